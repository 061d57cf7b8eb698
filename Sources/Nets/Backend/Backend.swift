/// Where networks run: the kernels of which operations are made. Arrays are row-major floats.
///
/// The processor's is `CPU`. Nothing above knows which one runs.
public protocol Backend: Sendable {
  /// c = a b + beta c, for each of `product.count` pairs.
  func multiply(_ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats)
  /// Adds a bias to every row, where there is one, and applies the activation in place.
  func finish(
    _ rows: MutableFloats, _ count: Int, _ columns: Int, bias: Floats?, _ activation: Activation)
  /// Multiplies slopes by the derivative that follows from the activation's output, in place.
  func bend(_ slopes: MutableFloats, by output: Floats, _ count: Int, _ activation: Activation)
  /// output = activation(input)
  func map(_ input: Floats, _ output: MutableFloats, _ count: Int, _ activation: Activation)
  /// slopes = slopeOfOutput * activation'(input)
  func mapSlopes(
    _ input: Floats, _ output: Floats, _ slopeOfOutput: Floats, _ slopes: MutableFloats,
    _ count: Int, _ activation: Activation)

  /// Convolution with bias and activation, `scratch` floats beside it.
  func convolve(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, bias: Floats?,
    _ output: MutableFloats, _ activation: Activation, scratch: MutableFloats)
  /// Adds to the gradient of the weights (nil: none is wanted), writes the input's slopes (nil: the
  /// same).
  func convolveSlopes(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, slopeOfOutput: Floats,
    gradient: MutableFloats?, _ slopes: MutableFloats?, scratch: MutableFloats)
  func pool(_ kind: Pooling, _ window: Window, rows: Int, _ input: Floats, _ output: MutableFloats)
  func poolSlopes(
    _ kind: Pooling, _ window: Window, rows: Int, _ input: Floats, _ output: Floats,
    slopeOfOutput: Floats, _ slopes: MutableFloats)

  /// Broadcasting arithmetic of two values.
  func combine(
    _ rule: Combination, _ shape: Broadcast, rows: Int, _ a: Floats, _ b: Floats,
    _ output: MutableFloats)
  /// Writes slopes of one of them, `isFirst` or not, from the output's.
  func combineSlopes(
    _ rule: Combination, _ shape: Broadcast, isFirst: Bool, rows: Int, _ other: Floats,
    slopeOfOutput: Floats, _ slopes: MutableFloats)

  /// Adds each column's sum.
  func addColumnSums(_ rows: Floats, _ count: Int, _ columns: Int, to sums: MutableFloats)
  /// [outer, axis, inner] to [outer, inner], sums times `scale`.
  func reduce(_ shape: Axis, scale: Float, _ input: Floats, _ output: MutableFloats)
  /// The reverse: [outer, inner] to [outer, axis, inner].
  func spread(_ shape: Axis, scale: Float, _ input: Floats, _ output: MutableFloats)
  func softmax(_ shape: Axis, isLogarithm: Bool, _ input: Floats, _ output: MutableFloats)
  func softmaxSlopes(
    _ shape: Axis, isLogarithm: Bool, _ output: Floats, slopeOfOutput: Floats,
    _ slopes: MutableFloats)
  /// Mean 0 and variance 1 of each row, times `gain` plus `bias`.
  func normalize(
    _ count: Int, _ columns: Int, epsilon: Float, _ input: Floats, gain: Floats, bias: Floats,
    _ output: MutableFloats)
  /// Adds to the gradients (nil: not wanted); writes slopes (nil: the same).
  func normalizeSlopes(
    _ count: Int, _ columns: Int, epsilon: Float, _ input: Floats, gain: Floats,
    slopeOfOutput: Floats, gradients: (gain: MutableFloats, bias: MutableFloats)?,
    _ slopes: MutableFloats?)

  /// Lines of a table by number; a number that the table has not is its nearest.
  func gather(
    _ table: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ output: MutableFloats)
  /// Adds rows to lines of a table, in the order of the numbers.
  func scatter(
    _ rows: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ table: MutableFloats)
  /// Blocks of `size` floats, `count` of them, from one spacing to another.
  func copyBlocks(
    _ count: Int, _ size: Int, _ source: Floats, spacing: Int, _ target: MutableFloats,
    spacing targetSpacing: Int, adds: Bool)
  /// Rows with their axes in another order.
  func permute(_ order: Permutation, rows: Int, _ input: Floats, _ output: MutableFloats)

  /// A step of a layer that remembers, of one row: gates from its features, [gates * units], and from
  /// the memory before the step; writes the memory after it.
  func remember(
    _ cell: Cell, _ units: Int, _ gates: Floats, _ echoes: Floats, _ before: Floats,
    _ output: MutableFloats)
  /// Writes slopes of the features' gates, of the memory's into `echoes`, and those of the memory
  /// before the step that do not pass through gates.
  func rememberSlopes(
    _ cell: Cell, _ units: Int, _ gates: Floats, _ echoes: MutableFloats, _ before: Floats,
    _ output: Floats, slopeOfOutput: Floats, _ slopes: MutableFloats, _ memory: MutableFloats)

  /// One step of an optimiser over a stretch of weights.
  func descend(_ step: Descent, _ range: Range<Int>, _ numbers: DescentNumbers)
}

public typealias Floats = UnsafePointer<Float>
public typealias MutableFloats = UnsafeMutablePointer<Float>

/// Matrix products: a is [m, k], b [k, n], c [m, n], each line `line` floats after the one before.
public struct Product: Sendable {
  public var m, n, k: Int
  /// In memory a is [k, m], b [n, k].
  public var transposesA = false
  public var transposesB = false
  /// Floats from line to line.
  public var lineA, lineB, lineC: Int
  public var beta: Float = 0
  /// Pairs, and floats from one to the next.
  public var count = 1
  public var stepA = 0
  public var stepB = 0
  public var stepC = 0

  public init(
    _ m: Int, _ n: Int, _ k: Int, transposesA: Bool = false, transposesB: Bool = false,
    beta: Float = 0
  ) {
    (self.m, self.n, self.k) = (m, n, k)
    self.transposesA = transposesA
    self.transposesB = transposesB
    self.beta = beta
    lineA = transposesA ? m : k
    lineB = transposesB ? k : n
    lineC = n
  }

  /// For so many pairs that lie one after the other.
  func times(_ count: Int) -> Product {
    var product = self
    product.count = count
    (product.stepA, product.stepB, product.stepC) = (m * k, k * n, m * n)
    return product
  }
}

/// A window that slides over [height, width, channels].
public struct Window: Sendable, Equatable {
  public let height, width, channels, kernel, stride, filters: Int
  /// Rows above and columns to the left of the picture, zeros.
  public let top, left: Int
  public let outputHeight, outputWidth: Int

  public init(
    _ shape: [Int], kernel: Int, stride: Int, filters: Int, _ padding: Padding
  ) {
    (height, width, channels) = (shape[0], shape[1], shape[2])
    self.kernel = kernel
    self.stride = stride
    self.filters = filters
    (top, outputHeight) = padding.place(height, kernel, stride)
    (left, outputWidth) = padding.place(width, kernel, stride)
  }

  public var positions: Int { outputHeight * outputWidth }
  public var patch: Int { kernel * kernel * channels }
  public var inputCount: Int { height * width * channels }
  public var outputCount: Int { positions * filters }
  public var outputShape: [Int] { [outputHeight, outputWidth, filters] }
  /// The window never leaves the picture.
  public var isInside: Bool {
    top == 0 && left == 0 && (outputHeight - 1) * stride + kernel <= height
      && (outputWidth - 1) * stride + kernel <= width
  }
}

public enum Padding: Sendable, Equatable {
  case valid
  /// As TensorFlow and JAX: outputs are inputs / stride, the odd zero comes last.
  case same
  /// As PyTorch: so many on every side.
  case pixels(Int)

  /// Zeros before the first number, and the count of outputs.
  func place(_ size: Int, _ kernel: Int, _ stride: Int) -> (before: Int, outputs: Int) {
    switch self {
    case .valid: return (0, (size - kernel) / stride + 1)
    case .pixels(let count): return (count, (size + 2 * count - kernel) / stride + 1)
    case .same:
      let outputs = (size + stride - 1) / stride
      return (max((outputs - 1) * stride + kernel - size, 0) / 2, outputs)
    }
  }
}

public enum Pooling: Sendable {
  case most
  /// Of the numbers inside the picture.
  case mean
}

public enum Combination: Sendable { case sum, difference, product }

/// How two values of up to four axes meet; an axis along which one repeats has step 0.
public struct Broadcast: Sendable, Equatable {
  public let shape: [Int]
  public let stepsA, stepsB: [Int]
  public let countA, countB: Int
  public var count: Int { shape.reduce(1, *) }
  /// Both have the same shape.
  public var isPlain: Bool { countA == count && countB == count }

  /// As NumPy: the last axes meet, an axis of 1 or none repeats.
  public init(_ a: [Int], _ b: [Int]) {
    let rank = max(a.count, b.count)
    func padded(_ shape: [Int]) -> [Int] {
      [Int](repeating: 1, count: rank - shape.count) + shape
    }
    let (a, b) = (padded(a), padded(b))
    let shape = zip(a, b).map { left, right in
      precondition(left == right || left == 1 || right == 1, "\(a) and \(b) do not meet")
      return max(left, right)
    }
    func steps(_ own: [Int]) -> [Int] {
      own.indices.map { own[$0] == 1 ? 0 : own[($0 + 1)...].reduce(1, *) }
    }
    self.shape = shape
    (stepsA, stepsB) = (steps(a), steps(b))
    (countA, countB) = (a.reduce(1, *), b.reduce(1, *))
  }
}

/// An axis of a value, with what lies before and behind it.
public struct Axis: Sendable, Equatable {
  public var outer: Int
  public let count, inner: Int

  init(_ shape: [Int], _ axis: Int) {
    precondition(shape.indices.contains(axis), "\(shape) has no axis \(axis)")
    outer = shape[..<axis].reduce(1, *)
    count = shape[axis]
    inner = shape[(axis + 1)...].reduce(1, *)
  }

  func times(_ rows: Int) -> Axis {
    var axis = self
    axis.outer *= rows
    return axis
  }
}

public struct Permutation: Sendable {
  /// Of the output.
  public let shape: [Int]
  /// Floats of the input from one to the next along each axis of the output.
  public let steps: [Int]
  public var count: Int { shape.reduce(1, *) }

  init(_ shape: [Int], _ order: [Int]) {
    precondition(order.sorted() == Swift.Array(shape.indices), "\(order) is no order of \(shape)")
    self.shape = order.map { shape[$0] }
    steps = order.map { shape[($0 + 1)...].reduce(1, *) }
  }
}

public enum Activation: Sendable, Equatable {
  case none, relu, tanh, sigmoid, softplus, elu, silu, exp, log, reciprocal, square, absolute
  case leaky(Float)
  /// Cut at both ends; no slope outside.
  case clip(Float, Float)
  /// a x + b
  case affine(Float, Float)

  /// Its derivative is known from its output.
  var followsFromOutput: Bool {
    switch self {
    case .none, .relu, .tanh, .sigmoid, .elu, .exp, .reciprocal: true
    case .softplus, .silu, .log, .square, .absolute, .leaky, .clip, .affine: false
    }
  }
}
