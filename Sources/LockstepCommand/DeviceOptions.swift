import ArgumentParser
import CUDA
import Foundation
import Lanes
import Nets

/// Where networks run.
struct DeviceOptions: ParsableArguments {
  enum Device: String, ExpressibleByArgument, CaseIterable { case cpu, cuda, auto }

  @Option(
    help: ArgumentHelp(
      "Where networks run; auto: on an NVIDIA card if there is one.", valueName: "cpu|cuda|auto"))
  var device = Device.cpu

  @Option(
    help: ArgumentHelp(
      "Of large products: float32, tf32 or bfloat16; default: float32.", valueName: "name"))
  var precision: String?

  /// Where no card serves, networks run on the processor, and a line says so.
  func workshop(_ pool: ThreadPool) throws -> Workshop {
    let precision = try precisionAsked()
    if device == .cpu {
      guard CPU.has(precision) else {
        let need = precision == .bfloat16 ? "a processor with AVX512-BF16 or " : ""
        throw UsageError("--precision \(precision) needs \(need)--device cuda")
      }
      return Workshop(pool: pool, backend: try CPU(precision))
    }
    do {
      return Workshop(pool: pool, backend: try CUDA(precision))
    } catch let error as CUDAError {
      let nearest = CPU.has(precision) ? precision : .float32
      let line = "lockstep: \(error); networks run on the processor, in \(nearest)\n"
      FileHandle.standardError.write(Data(line.utf8))
      return Workshop(pool: pool, backend: try CPU(nearest))
    }
  }

  private func precisionAsked() throws -> Precision {
    guard let name = self.precision else { return .float32 }
    guard let precision = Precision(rawValue: name) else {
      let known = Precision.allCases.map(\.rawValue).quotedList
      throw UsageError("--precision must be \(known), not '\(name)'")
    }
    return precision
  }
}
