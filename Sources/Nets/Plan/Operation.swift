/// One step of a network over a few rows. Operations never mix rows.
protocol Operation: Sendable {
  /// Weights of its own.
  var slices: [Slice] { get }
  /// Slopes pass from its output to its inputs.
  var passesSlopes: Bool { get }
  /// The numbers of an input say which lines of something are meant.
  func counts(by input: Int) -> Bool
  /// Its backward pass can add to slopes that other readers of an input have written; who does not
  /// say so finds fresh memory, which the plan adds.
  var addsSlopes: Bool { get }
  /// Floats of working memory for both passes over so many rows.
  func scratch(rows: Int, _ backend: any Backend) -> Int
  /// Multiply-adds of a row's forward pass in matrix products; each of its slopes costs as many.
  var products: Int { get }
  /// Floats that `prepare` writes.
  var prepared: Int { get }
  /// A layer whose weights are so many that their gradient waits for all rows; nil: there is none.
  var late: Dense? { get }

  /// Once a call, before any rows: what all of them share.
  func prepare(_ run: Preparation)
  func forward(_ run: Run)
  /// Adds to the gradients of the weights and writes the slopes of the inputs that have one. The
  /// output's slope may be overwritten.
  func backward(_ run: Run)
  /// Once a call, when the gradients of all rows are summed.
  func finish(_ run: Preparation, _ gradients: UnsafeMutablePointer<Float>)
}

extension Operation {
  var slices: [Slice] { [] }
  var passesSlopes: Bool { true }
  var addsSlopes: Bool { false }
  func counts(by input: Int) -> Bool { false }
  func scratch(rows: Int, _ backend: any Backend) -> Int { 0 }
  var products: Int { 0 }
  var prepared: Int { 0 }
  var late: Dense? { nil }
  func prepare(_ run: Preparation) {}
  func finish(_ run: Preparation, _ gradients: UnsafeMutablePointer<Float>) {}
}

/// An operation that applies an activation to what it writes, without a pass of its own.
protocol Activated: Operation {
  var activation: Activation { get set }
}

/// What an operation works on: [rows, count] arrays of its inputs and its output.
struct Run {
  let backend: any Backend
  /// Rows, and the first one's place in the batch.
  let count, first: Int
  let inputs: Inputs
  let weights: UnsafePointer<Float>
  let gradients: UnsafeMutablePointer<Float>
  let scratch: UnsafeMutablePointer<Float>
  /// nil: the operation prepares nothing, or noise is off.
  let prepared: UnsafePointer<Float>?
  /// The gradient of the weights is made of all rows, which it keeps; nil: rows add to it.
  let late: Late?
  let places: Places

  var output: UnsafeMutablePointer<Float> { places.output }
  /// Of the output; read and perhaps overwritten in backward passes alone.
  var slope: UnsafeMutablePointer<Float> { places.slope }
  /// The operation's own weights are being learned.
  var learns: Bool { places.learns }

  func input(_ index: Int) -> UnsafePointer<Float> { UnsafePointer(places.inputs[index]) }
  /// nil: nobody asks for it.
  func slope(ofInput index: Int) -> UnsafeMutablePointer<Float>? { places.slopes[index] }
  /// Others have written slopes there that must be kept.
  func adds(_ index: Int) -> Bool { places.adds[index] }
  func weights(_ slice: Slice) -> UnsafePointer<Float> { weights + slice.offset }
  func gradient(_ slice: Slice) -> UnsafeMutablePointer<Float> { gradients + slice.offset }
}

/// Where the arrays of one operation lie in a workspace.
struct Places {
  let output, slope: UnsafeMutablePointer<Float>
  let inputs: UnsafePointer<UnsafeMutablePointer<Float>>
  let slopes: UnsafePointer<UnsafeMutablePointer<Float>?>
  let adds: UnsafePointer<Bool>
  let learns: Bool
}

/// What an operation prepares for a call.
struct Preparation {
  let backend: any Backend
  let weights: UnsafePointer<Float>
  let prepared: UnsafeMutablePointer<Float>
  /// Of this operation in this call.
  let seed: UInt64
}
