import CCUDA
import Nets

/// An NVIDIA card: kernels of our own through the driver alone, all on one stream.
///
/// Whatever fails is kept: nothing is launched afterwards, and `check` throws it.
public final class CUDA: Backend, @unchecked Sendable {
  /// Of products: what their factors are rounded to; sums are float32.
  public enum Precision: String, CaseIterable, Sendable {
    case float32, tf32, bfloat16

    var number: Int { Self.allCases.firstIndex(of: self)! }
  }

  public let precision: Precision
  public let card: Card
  public let floatsAtOnce: Int
  let driver: CUDADriver
  let stream: CUstream
  private let functions: [CUfunction?]
  private(set) var failure: CUDAError?
  var working = Working()
  var staging: [Staging] = []
  var nextStaging = 0
  var kept: [Kept] = []

  public var device: (any Device)? { self }

  /// The first card.
  /// - Parameters:
  ///   - libraries: nil: NVIDIA's.
  ///   - isKept: compiled kernels are kept for the next time.
  ///   - floatsAtOnce: of a plan's arrays.
  /// - Throws: `CUDAError`.
  public init(
    _ precision: Precision = .float32, libraries: CUDALibraries? = nil, isKept: Bool = true,
    floatsAtOnce: Int = 1 << 30
  ) throws {
    let libraries = try libraries ?? CUDALibraries.open()
    let driver = libraries.driver
    self.driver = driver
    self.precision = precision
    self.floatsAtOnce = floatsAtOnce
    card = try Card(driver)
    var stream: CUstream?
    try driver.check(driver.cuStreamCreate(&stream, 1), "cuStreamCreate")
    self.stream = stream!
    let kernels = try CompiledKernels(
      libraries.compiler, capability: card.capability, precision, isKept: isKept)
    var module: CUmodule?
    try driver.check(driver.cuModuleLoadData(&module, kernels.image), "cuModuleLoadData")
    functions = try Kernel.allCases.map { kernel in
      var function: CUfunction?
      try driver.check(
        driver.cuModuleGetFunction(&function, module, kernel.rawValue), kernel.rawValue)
      return function
    }
  }

  /// - Throws: `CUDAError`; of kernels that still run, nothing is known.
  public func check() throws { if let failure { throw failure } }

  /// Keeps what failed first.
  func fail(_ error: CUDAError) { if failure == nil { failure = error } }

  func expect(_ status: Int32, _ name: String) {
    if status != 0 { fail(.call(name, driver.text(status))) }
  }

  // MARK: Launching

  /// A thread for each of `count` numbers.
  func launch<each Argument: BitwiseCopyable>(
    _ kernel: Kernel, _ count: Int, _ arguments: repeat each Argument
  ) {
    if count == 0 { return }
    launch(kernel, grid: ((count + 255) / 256, 1, 1), block: 256, repeat each arguments)
  }

  func launch<each Argument: BitwiseCopyable>(
    _ kernel: Kernel, grid: (Int, Int, Int), block: Int, _ arguments: repeat each Argument
  ) {
    if failure != nil || grid.0 * grid.1 * grid.2 == 0 { return }
    withUnsafeTemporaryAllocation(byteCount: 768, alignment: 16) { memory in
      withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: 16) { places in
        var (next, count) = (0, 0)
        func add<Value: BitwiseCopyable>(_ value: Value) {
          memory.storeBytes(of: value, toByteOffset: next, as: Value.self)
          places[count] = memory.baseAddress! + next
          next += (MemoryLayout<Value>.size + 15) / 16 * 16
          count += 1
        }
        repeat add(each arguments)
        driver.enter(card)
        expect(
          driver.cuLaunchKernel(
            functions[kernel.place], UInt32(grid.0), UInt32(grid.1), UInt32(grid.2),
            UInt32(block), 1, 1, 0, stream, places.baseAddress, nil), kernel.rawValue)
      }
    }
  }
}

extension CUDADriver {
  func text(_ status: Int32) -> String {
    var text: UnsafePointer<CChar>?
    guard cuGetErrorString(status, &text) == 0, let text else { return "status \(status)" }
    return String(cString: text)
  }

  func check(_ status: Int32, _ name: String) throws {
    if status != 0 { throw CUDAError.call(name, text(status)) }
  }

  /// The calling thread works with the card.
  func enter(_ card: Card) { _ = cuCtxSetCurrent(card.context) }
}
