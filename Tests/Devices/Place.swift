import CUDA
import Foundation
import Lanes
import Nets
import StandIn

/// Where a network of a test runs: here, or on a card, for which a stand-in serves unless
/// LOCKSTEP_TEST_DEVICE=cuda asks for a real one.
public enum Place: String, CaseIterable, Sendable {
  case processor, card, cardTF32, cardBFloat16

  /// Those of float32.
  public static let exact = [processor, card]

  /// Units in the last place for each one that float32 may be off.
  public var slack: Double {
    switch self {
    case .processor: 1
    case .card: 4
    case .cardTF32: 0x1p12
    case .cardBFloat16: 0x1p15
    }
  }

  public func workshop(threads: Int) throws -> Workshop {
    let pool = ThreadPool(threads: threads)
    return switch self {
    case .processor: try Workshop(pool: pool)
    case .card: Workshop(pool: pool, backend: try Self.card(.float32))
    case .cardTF32: Workshop(pool: pool, backend: try Self.card(.tf32))
    case .cardBFloat16: Workshop(pool: pool, backend: try Self.card(.bfloat16))
    }
  }

  /// - Parameters:
  ///   - floatsAtOnce: few, so that rows come in several pieces.
  ///   - records: makes graphs.
  public static func card(
    _ precision: CUDA.Precision, floatsAtOnce: Int = 1 << 30, records: Bool = true
  ) throws -> CUDA {
    let isReal = ProcessInfo.processInfo.environment["LOCKSTEP_TEST_DEVICE"] == "cuda"
    return try CUDA(
      precision, libraries: isReal ? nil : standIn(), isKept: isReal,
      floatsAtOnce: floatsAtOnce, records: records)
  }

  /// Linked, or the library that LOCKSTEP_STAND_IN names: one with a fault.
  public static func standIn() throws -> CUDALibraries {
    guard let path = ProcessInfo.processInfo.environment["LOCKSTEP_STAND_IN"] else {
      return try CUDALibraries(driver: { standin_function($0) }, compiler: { standin_function($0) })
    }
    guard let library = dlopen(path, RTLD_NOW), let symbol = dlsym(library, "standin_function")
    else { throw CUDAError.noDriver }
    typealias Find = @convention(c) (UnsafePointer<CChar>) -> UnsafeMutableRawPointer?
    let find = unsafeBitCast(symbol, to: Find.self)
    return try CUDALibraries(driver: { find($0) }, compiler: { find($0) })
  }
}
