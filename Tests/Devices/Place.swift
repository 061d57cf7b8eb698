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
    let pool = ThreadPool(threads: threads, awakening: 0)
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
    _ precision: Precision, floatsAtOnce: Int = 1 << 30, records: Bool = true
  ) throws -> CUDA {
    let isReal = ProcessInfo.processInfo.environment["LOCKSTEP_TEST_DEVICE"] == "cuda"
    return try CUDA(
      precision, libraries: isReal ? nil : standIn(), isKept: isReal,
      floatsAtOnce: floatsAtOnce, records: records)
  }

  /// Linked, or the library that LOCKSTEP_STAND_IN names: one with a fault.
  /// - Parameter hasCompiler: false: NVIDIA's is missing.
  public static func standIn(hasCompiler: Bool = true) throws -> CUDALibraries {
    let other: Find? = try symbol("standin_function")
    func find(_ name: String) -> UnsafeMutableRawPointer? {
      if let other { other(name) } else { standin_function(name) }
    }
    return try CUDALibraries(
      driver: find, compiler: hasCompiler ? find : nil)
  }

  private typealias Find = @convention(c) (UnsafePointer<CChar>) -> UnsafeMutableRawPointer?

  /// What the stand-in says it is, for the calling thread; nil: as usual.
  public static func show(_ card: StandInCard?) {
    typealias Show = @convention(c) (StandInCard) -> Void
    let (other, card) = (try? symbol("standin_set_card") as Show?, card ?? standin_usual_card())
    if let other { other(card) } else { standin_set_card(card) }
  }

  /// nil: the stand-in is linked.
  private static func symbol<Function>(_ name: String) throws -> Function? {
    guard let path = ProcessInfo.processInfo.environment["LOCKSTEP_STAND_IN"] else { return nil }
    guard let library = dlopen(path, RTLD_NOW), let symbol = dlsym(library, name) else {
      throw CUDAError.noDriver
    }
    return unsafeBitCast(symbol, to: Function.self)
  }
}
