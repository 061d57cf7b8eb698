import Lanes

/// What goes into a planned network, layer by layer.
public enum LayerPlan: Sendable {
  case convolution(filters: Int, kernel: Int, stride: Int)
  case dense(Int)
  /// Linear outputs side by side, each with its own gain of the initial weights.
  case heads([(units: Int, gain: Double)])
}

/// A chain of layers over byte pictures, planned once: nothing is allocated afterwards.
///
/// A batch is cut into a fixed number of shards; each shard's gradients are summed in a fixed
/// order, so results do not depend on the number of threads.
public final class Network: @unchecked Sendable {
  public let parameters = Parameters()
  public let outputCount: Int
  public let capacity: Int
  private var layers: [any Layer] = []
  private let pool: ThreadPool
  private let shards: [Shard]

  public static let shardCount = 4

  /// - Parameters:
  ///   - input: [channels, height, width].
  ///   - capacity: the largest batch.
  public init(
    input: [Int], plan: [LayerPlan], capacity: Int, pool: ThreadPool,
    using generator: inout SplitMix64
  ) {
    _ = Kernels.ready
    self.pool = pool
    self.capacity = capacity
    var builder = Builder(parameters: parameters, input: input)
    for (index, layer) in plan.enumerated() { builder.add(layer, index) }
    layers = builder.layers
    parameters.allocate()
    builder.initialise(using: &generator)
    outputCount = layers.last?.outputCount ?? 0
    let layers = self.layers
    let count = parameters.count
    let share = (capacity + Self.shardCount - 1) / Self.shardCount
    shards = (0..<Self.shardCount).map { _ in
      Shard(layers: layers, capacity: share, parameters: count)
    }
  }

  /// Outputs [count, outputCount] for one picture a sample.
  public func forward(
    _ pictures: UnsafePointer<UnsafePointer<UInt8>>, count: Int,
    into outputs: UnsafeMutablePointer<Float>
  ) {
    forEachShard(count) { shard, range in
      shard.forward(pictures + range.lowerBound, range.count, parameters)
      (outputs + range.lowerBound * outputCount).update(
        from: shard.outputs, count: range.count * outputCount)
    }
  }

  /// Forward and backward; fills `parameters.gradients`.
  /// - Parameter loss: writes the gradient of the outputs of the samples in its range;
  ///   both buffers begin with the range's first sample.
  public func train(
    _ pictures: UnsafePointer<UnsafePointer<UInt8>>, count: Int,
    loss: (
      _ samples: Range<Int>, _ outputs: UnsafePointer<Float>,
      _ gradient: UnsafeMutablePointer<Float>
    ) -> Void
  ) {
    forEachShard(count) { shard, range in
      shard.forward(pictures + range.lowerBound, range.count, parameters)
      loss(range, UnsafePointer(shard.outputs), shard.outputGradient)
      shard.backward(pictures + range.lowerBound, range.count, parameters)
    }
    let used = shards.prefix(min(Self.shardCount, count)).map { $0.gradients.pointer }
    reduce(used)
  }

  private func forEachShard(_ count: Int, _ body: (Shard, Range<Int>) -> Void) {
    precondition(count <= capacity)
    let used = min(Self.shardCount, count)
    pool.forEach(used) { item, _ in
      body(shards[item], (item * count / used)..<((item + 1) * count / used))
    }
  }

  private func reduce(_ parts: [UnsafeMutablePointer<Float>]) {
    let total = parameters.gradients.pointer
    let count = parameters.count
    let part = 1 << 16
    pool.forEach((count + part - 1) / part) { item, _ in
      let range = (item * part)..<min(count, (item + 1) * part)
      for index in range { total[index] = parts[0][index] }
      for other in parts.dropFirst() {
        for index in range { total[index] += other[index] }
      }
    }
  }

  /// Euclidean length of all gradients; summed in a fixed order.
  public func gradientNorm() -> Float {
    let part = 1 << 14
    let count = parameters.count
    let gradients = parameters.gradients.pointer
    var total = 0.0
    var first = 0
    while first < count {
      var sums = SIMD16<Float>.zero
      var index = first
      let last = min(first + part, count)
      while index + 16 <= last {
        let values = UnsafeRawPointer(gradients + index).loadUnaligned(as: SIMD16<Float>.self)
        sums += values * values
        index += 16
      }
      while index < last {
        sums[0] += gradients[index] * gradients[index]
        index += 1
      }
      total += Double(sums.sum())
      first = last
    }
    return Float(total.squareRoot())
  }
}

/// One shard's activations and gradients.
private final class Shard {
  let layers: [any Layer]
  private let activations: [AlignedBuffer<Float>]
  private let activationGradients: [AlignedBuffer<Float>]
  private let scratch: AlignedBuffer<Float>
  let gradients: AlignedBuffer<Float>

  var outputs: UnsafeMutablePointer<Float> { activations.last!.pointer }
  var outputGradient: UnsafeMutablePointer<Float> { activationGradients.last!.pointer }

  init(layers: [any Layer], capacity: Int, parameters: Int) {
    self.layers = layers
    activations = layers.map { AlignedBuffer(count: capacity * $0.outputCount) }
    activationGradients = layers.map { AlignedBuffer(count: capacity * $0.outputCount) }
    scratch = AlignedBuffer(count: layers.map(\.scratchCount).max() ?? 0)
    gradients = AlignedBuffer(count: parameters)
  }

  private func pass(
    _ index: Int, _ pictures: UnsafePointer<UnsafePointer<UInt8>>, _ count: Int,
    _ parameters: Parameters
  ) -> Pass {
    Pass(
      samples: count, values: UnsafePointer(parameters.values.pointer),
      input: index == 0
        ? .pictures(pictures) : .floats(UnsafePointer(activations[index - 1].pointer)),
      scratch: scratch.pointer)
  }

  func forward(
    _ pictures: UnsafePointer<UnsafePointer<UInt8>>, _ count: Int, _ parameters: Parameters
  ) {
    for (index, layer) in layers.enumerated() {
      layer.forward(pass(index, pictures, count, parameters), output: activations[index].pointer)
    }
  }

  func backward(
    _ pictures: UnsafePointer<UnsafePointer<UInt8>>, _ count: Int, _ parameters: Parameters
  ) {
    gradients.pointer.update(repeating: 0, count: gradients.count)
    for index in layers.indices.reversed() {
      layers[index].backward(
        pass(index, pictures, count, parameters), output: activations[index].pointer,
        outputGradient: activationGradients[index].pointer,
        inputGradient: index == 0 ? nil : activationGradients[index - 1].pointer,
        gradients: gradients.pointer)
    }
  }
}

/// Turns plans into layers, reserving parameters on the way.
private struct Builder {
  let parameters: Parameters
  /// [channels, height, width], or [values] once a dense layer has been met.
  var shape: [Int]
  var layers: [any Layer] = []
  private var gains: [(ParameterSlice, [(units: Int, gain: Double)])] = []

  init(parameters: Parameters, input: [Int]) {
    self.parameters = parameters
    shape = input
  }

  mutating func add(_ plan: LayerPlan, _ index: Int) {
    switch plan {
    case .convolution(let filters, let kernel, let stride):
      addConvolution("conv\(index + 1)", filters, kernel, stride)
    case .dense(let units): addDense("dense\(index + 1)", [(units, 2.0.squareRoot())], relu: true)
    case .heads(let parts): addDense("heads", parts, relu: false)
    }
  }

  private mutating func addConvolution(_ name: String, _ filters: Int, _ kernel: Int, _ stride: Int)
  {
    let weights = parameters.reserve("\(name).weight", [kernel * kernel * shape[0], filters])
    let bias = parameters.reserve("\(name).bias", [filters])
    let layer = Convolution(
      height: shape[1], width: shape[2], channels: shape[0], kernel: kernel, stride: stride,
      filters: filters, readsPictures: layers.isEmpty, weights: weights, bias: bias)
    layers.append(layer)
    gains.append((weights, [(filters, 2.0.squareRoot())]))
    shape = [filters, layer.outputHeight, layer.outputWidth]
  }

  private mutating func addDense(
    _ name: String, _ parts: [(units: Int, gain: Double)], relu: Bool
  ) {
    let inputs = shape.reduce(1, *)
    let units = parts.reduce(0) { $0 + $1.units }
    let weights = parameters.reserve("\(name).weight", [inputs, units])
    let bias = parameters.reserve("\(name).bias", [units])
    layers.append(
      Dense(inputs: inputs, outputCount: units, relu: relu, weights: weights, bias: bias))
    gains.append((weights, parts))
    shape = [units]
  }

  /// Orthogonal weights, zero biases.
  func initialise(using generator: inout SplitMix64) {
    for (slice, parts) in gains {
      let columns = slice.shape[1]
      var first = 0
      for part in parts {
        let block = orthogonal(
          rows: slice.shape[0], columns: part.units, gain: part.gain, using: &generator)
        for row in 0..<slice.shape[0] {
          for column in 0..<part.units {
            parameters.value(slice)[row * columns + first + column] =
              block[row * part.units + column]
          }
        }
        first += part.units
      }
    }
  }
}
