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

  /// Lines that come in blocks of so many, as a device's kernels can read them: those of a, and the same
  /// of c where they are m, of b where they are k. From a block to the next, floats.
  package struct Blocks: Sendable {
    package let lines, farA, farB, farC: Int
    /// From a pair's bias to the next one's.
    package let stepBias: Int

    package init(lines: Int, farA: Int, farB: Int = 0, farC: Int = 0, stepBias: Int = 0) {
      (self.lines, self.stepBias) = (lines, stepBias)
      (self.farA, self.farB, self.farC) = (farA, farB, farC)
    }
  }
  package var blocks: Blocks?

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
  package func times(_ count: Int) -> Product {
    var product = self
    product.count = count
    (product.stepA, product.stepB, product.stepC) = (m * k, k * n, m * n)
    return product
  }
}

/// Layers of which each has its own lines of every sample, [samples, groups, lines, width]; weights are
/// [groups, inputs, units].
public struct Groups: Sendable {
  public let samples, groups, lines, inputs, units: Int

  package init(samples: Int, groups: Int, lines: Int, inputs: Int, units: Int) {
    (self.samples, self.groups, self.lines) = (samples, groups, lines)
    (self.inputs, self.units) = (inputs, units)
  }

  /// Of a group, in all samples.
  package var rows: Int { samples * lines }
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

/// Tokens that each go to one of `experts`, each of which has some places.
public struct Routing: Sendable {
  public let tokens, experts, places: Int
  /// Likelihoods are passed on, not 1.
  public let isWeighted: Bool
}

/// Memories before some steps of samples.
public struct Recollection: Sendable {
  /// Floats of a memory.
  public let width: Int
  public let samples: Int
  /// Steps that are wanted, of how many.
  public let steps: Range<Int>
  public let all: Int
}

/// Rows of a layer that remembers, and floats from one to the next of each array.
public struct CellShape: Sendable {
  public let cell: Cell
  public let units, rows: Int
  public let gates, echoes, before, states: Int
}
