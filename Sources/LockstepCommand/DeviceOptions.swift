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
      "Of a card's products: float32, tf32 or bfloat16; default: float32.", valueName: "name"))
  var precision: String?

  /// Where no card serves, networks run on the processor, and a line says so.
  func workshop(_ pool: ThreadPool) throws -> Workshop {
    let known = CUDA.Precision.allCases.map(\.rawValue)
    let precision = try self.precision.map { name in
      guard let precision = CUDA.Precision(rawValue: name) else {
        throw UsageError("--precision must be \(known.quotedList), not '\(name)'")
      }
      return precision
    }
    if device == .cpu {
      guard precision ?? .float32 == .float32 else {
        throw UsageError("--precision \(precision!) needs --device cuda")
      }
      return try Workshop(pool: pool)
    }
    do {
      return Workshop(pool: pool, backend: try CUDA(precision ?? .float32))
    } catch let error as CUDAError {
      let line = "lockstep: \(error); networks run on the processor, in float32\n"
      FileHandle.standardError.write(Data(line.utf8))
      return try Workshop(pool: pool)
    }
  }
}
