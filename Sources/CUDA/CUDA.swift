import CCUDA
import Nets

/// An NVIDIA card: kernels of our own through the driver alone, all on one stream.
///
/// Whatever fails is kept: nothing is launched afterwards, and `check` throws it.
public final class CUDA: Backend, @unchecked Sendable {
  public let precision: Precision
  public let card: Card
  public let floatsAtOnce: Int
  let driver: CUDADriver
  let stream: CUstream
  let functions: [CUfunction?]
  /// Of all that work with the card.
  let twins: Twins
  private(set) var failure: CUDAError?
  var working = Working()

  // What is asked for between two waits.
  var tape = Tape()
  var isRecording = false
  var recordings: [Recording] = []
  /// Graphs can be had of this driver.
  var canCapture: Bool
  /// Of all that work with the card.
  let uses: Uses
  /// When the sequence began.
  var began = ContinuousClock.now
  var quays = [Quay(), Quay()]
  /// The quay in use.
  var turn = 0
  /// Memory that what is being recorded may still use.
  var retired: [UInt64] = []
  /// The factor of who asks for none, on the card.
  private(set) lazy var one: Floats = {
    let place = allocate(4)
    var one: Float = 1
    upload(&one, to: place, 4)
    return Floats(place.assumingMemoryBound(to: Float.self))
  }()

  public var device: (any Device)? { self }

  /// The first card.
  /// - Parameters:
  ///   - libraries: nil: NVIDIA's.
  ///   - isKept: compiled kernels are kept for the next time.
  ///   - floatsAtOnce: of a plan's arrays.
  ///   - records: what it is asked for again becomes a graph.
  /// - Throws: `CUDAError`.
  public init(
    _ precision: Precision = .float32, libraries: CUDALibraries? = nil, isKept: Bool = true,
    floatsAtOnce: Int = 1 << 30, records: Bool = true
  ) throws {
    canCapture = records
    let libraries = try libraries ?? CUDALibraries.open()
    let driver = libraries.driver
    self.driver = driver
    self.precision = precision
    self.floatsAtOnce = floatsAtOnce
    (twins, uses) = (Twins(), Uses())
    card = try Card(driver)
    stream = try driver.makeStream(isUrgent: false)
    let kernels = try CompiledKernels(
      libraries.compiler, capability: card.capability, precision, isKept: isKept)
    var module: CUmodule?
    try driver.check(driver.cuModuleLoadData(&module, kernels.image), "cuModuleLoadData")
    functions = try Kernel.allCases.map { kernel in
      if kernel.isOfVectors && precision != .bfloat16 { return nil }
      var function: CUfunction?
      try driver.check(
        driver.cuModuleGetFunction(&function, module, kernel.rawValue), kernel.rawValue)
      return function
    }
  }

  /// The same card for another thread, whose requests go first.
  private init(beside other: CUDA) throws {
    (precision, card, floatsAtOnce) = (other.precision, other.card, other.floatsAtOnce)
    (driver, functions, twins) = (other.driver, other.functions, other.twins)
    uses = other.uses
    canCapture = other.canCapture
    driver.enter(card)
    stream = try driver.makeStream(isUrgent: true)
  }

  public func forAnotherThread() throws -> any Backend { try CUDA(beside: self) }

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
    var count = 0
    func counted<Value>(_: Value) { count += 1 }
    repeat counted(each arguments)
    alone {
      tape.addKernel(kernel.place, grid: grid, block: block, arguments: count)
      repeat tape.addArgument(each arguments)
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

  /// - Parameter isUrgent: what it is asked for goes before what other streams are.
  func makeStream(isUrgent: Bool) throws -> CUstream {
    var (least, most) = (0 as Int32, 0 as Int32)
    try check(cuCtxGetStreamPriorityRange(&least, &most), "cuCtxGetStreamPriorityRange")
    var stream: CUstream?
    try check(
      cuStreamCreateWithPriority(&stream, 1, isUrgent ? most : least),
      "cuStreamCreateWithPriority")
    return stream!
  }

  /// The calling thread works with the card.
  func enter(_ card: Card) { _ = cuCtxSetCurrent(card.context) }
}
