extension Value {
  /// Over an axis, which is gone afterwards.
  public func mean(over axis: Int) -> Value { reduced(axis, isMean: true) }
  public func sum(over axis: Int) -> Value { reduced(axis, isMean: false) }

  private func reduced(_ axis: Int, isMean: Bool) -> Value {
    let whole = Axis(shape, axis)
    var shape = shape
    shape.remove(at: axis)
    let scale = isMean ? 1 / Float(whole.count) : 1
    return made(Reduce(axis: whole, scale: scale), shape.isEmpty ? [1] : shape)
  }

  /// Positive, and of sum 1 along the axis.
  public func softmax(over axis: Int) -> Value {
    made(Softmax(axis: Axis(shape, axis), isLogarithm: false), shape)
  }

  public func logSoftmax(over axis: Int) -> Value {
    made(Softmax(axis: Axis(shape, axis), isLogarithm: true), shape)
  }

  /// The last axis with mean 0 and variance 1, then times a gain plus a bias that are learned.
  /// Source: Ba et al. 2016, arXiv:1607.06450; epsilon as PyTorch (Flax: 1e-6).
  public func layerNorm(epsilon: Float = 1e-5, name: String? = nil) -> Value {
    let layer = graph.layer(name, "norm")
    func slice(_ part: String, _ initialiser: Initialiser) -> Slice {
      graph.reserve(layer, part, [channels], initialiser, fan: (1, 1))
    }
    let operation = LayerNorm(
      lines: count / channels, columns: channels, epsilon: epsilon,
      gain: slice("weight", .constant(1)), bias: slice("bias", .zero))
    return made(operation, shape)
  }

  /// A learned line for each number 0..<`vocabulary`: [...] to [..., width].
  public func embedded(
    _ vocabulary: Int, _ width: Int, initialiser: Initialiser? = nil, name: String? = nil
  ) -> Value {
    let layer = graph.layer(name, "embedding")
    let table = graph.reserve(
      layer, "weight", [vocabulary, width], initialiser, fan: (vocabulary, width))
    return made(Embed(numbers: count, table: table), shape + [width])
  }

  /// cos(pi i x), i = 1...count, of each number: [...] to [..., count].
  /// Source: Dabney et al. 2018, arXiv:1806.06923; from 1 on as Dopamine.
  public func cosines(_ count: Int) -> Value {
    made(Cosines(numbers: self.count, count: count), shape + [count])
  }
}

struct Reduce: Operation {
  let axis: Axis
  let scale: Float

  func forward(_ run: Run) {
    run.backend.reduce(axis.times(run.count), scale: scale, run.input(0), run.output)
  }

  func backward(_ run: Run) {
    guard let slopes = run.slope(ofInput: 0) else { return }
    run.backend.spread(axis.times(run.count), scale: scale, run.slope, slopes)
  }
}

struct Softmax: Operation {
  let axis: Axis
  let isLogarithm: Bool

  func forward(_ run: Run) {
    run.backend.softmax(
      axis.times(run.count), isLogarithm: isLogarithm, run.input(0), run.output)
  }

  func backward(_ run: Run) {
    guard let slopes = run.slope(ofInput: 0) else { return }
    run.backend.softmaxSlopes(
      axis.times(run.count), isLogarithm: isLogarithm, run.output, slopeOfOutput: run.slope,
      slopes)
  }
}

struct LayerNorm: Operation {
  let lines, columns: Int
  let epsilon: Float
  let gain, bias: Slice

  var slices: [Slice] { [gain, bias] }

  func forward(_ run: Run) {
    run.backend.normalize(
      run.count * lines, columns, epsilon: epsilon, run.input(0), gain: run.weights(gain),
      bias: run.weights(bias), run.output)
  }

  func backward(_ run: Run) {
    run.backend.normalizeSlopes(
      run.count * lines, columns, epsilon: epsilon, run.input(0), gain: run.weights(gain),
      slopeOfOutput: run.slope,
      gradients: run.learns ? (run.gradient(gain), run.gradient(bias)) : nil,
      run.slope(ofInput: 0))
  }
}

struct Embed: Operation {
  let numbers: Int
  /// [vocabulary, width]
  let table: Slice

  var slices: [Slice] { [table] }
  var passesSlopes: Bool { false }
  func counts(by input: Int) -> Bool { true }

  func forward(_ run: Run) {
    run.backend.gather(
      run.weights(table), table.shape[0], table.shape[1], run.input(0), run.count * numbers,
      run.output)
  }

  func backward(_ run: Run) {
    guard run.learns else { return }
    run.backend.scatter(
      run.slope, table.shape[0], table.shape[1], run.input(0), run.count * numbers,
      run.gradient(table))
  }
}

struct Cosines: Operation {
  let numbers, count: Int
  var passesSlopes: Bool { false }

  func forward(_ run: Run) {
    run.backend.cosines(run.input(0), run.count * numbers, terms: count, run.output)
  }

  func backward(_ run: Run) {}
}
