extension Value {
  /// x W + b over the last axis, W [last, units].
  public func dense(
    _ units: Int, _ kind: DenseKind = .plain, initialiser: Initialiser? = nil,
    biases: Initialiser? = nil, bias: Bool = true, name: String? = nil
  ) -> Value {
    let layer = graph.layer(name, "dense")
    let (inputs, outputs) = (channels, Swift.Array(shape.dropLast()) + [units])
    func slice(_ part: String, _ shape: [Int], _ initialiser: Initialiser?) -> Slice {
      graph.reserve(layer, part, shape, initialiser, fan: (inputs, units))
    }
    let plain = Dense(
      lines: count / inputs, inputs: inputs, units: units,
      weights: slice("weight", [inputs, units], initialiser ?? kind.initialiser),
      bias: bias ? slice("bias", [units], biases ?? kind.initialiser) : nil)
    guard case .noisy(let deviation) = kind else { return made(plain, outputs) }
    let noisy = NoisyDense(
      plain: plain,
      weightNoise: slice("weight-noise", [inputs, units], .level(deviation)),
      biasNoise: bias ? slice("bias-noise", [units], .level(deviation)) : nil)
    return made(noisy, outputs)
  }

  /// A layer of its own for each line of the first axis: [groups, ..., width] to [groups, ..., units],
  /// weights [groups, width, units].
  public func denseEach(
    _ units: Int, initialiser: Initialiser? = nil, bias: Bool = true, name: String? = nil
  ) -> Value {
    precondition(shape.count >= 2, "no groups in \(shape)")
    let layer = graph.layer(name, "experts")
    let (groups, inputs) = (shape[0], channels)
    func slice(_ part: String, _ shape: [Int], _ initialiser: Initialiser?) -> Slice {
      graph.reserve(layer, part, shape, initialiser, fan: (inputs, units))
    }
    let operation = GroupedDense(
      groups: groups, lines: count / inputs / groups, inputs: inputs, units: units,
      weights: slice("weight", [groups, inputs, units], initialiser),
      bias: bias ? slice("bias", [groups, units], nil) : nil)
    return made(operation, Swift.Array(shape.dropLast()) + [units])
  }
}

public enum DenseKind: Sendable, Equatable {
  case plain
  /// Factored Gaussian noise on weights and biases whose deviations are learned, at first this over
  /// the root of the inputs. Fortunato et al. 2018, arXiv:1706.10295.
  case noisy(Double)

  /// Of means.
  public var initialiser: Initialiser? { self == .plain ? nil : .bounded(1) }
}

/// y = activation(x W + b), W [inputs, units].
struct Dense: Activated {
  /// Rows of x in a row of the batch.
  let lines: Int
  let inputs, units: Int
  let weights: Slice
  let bias: Slice?
  var activation = Activation.none

  var slices: [Slice] { [weights] + (bias.map { [$0] } ?? []) }
  var addsSlopes: Bool { true }
  var products: Int { lines * inputs * units }
  var late: Dense? { lines == 1 && inputs * units >= 1 << 18 ? self : nil }

  func forward(_ run: Run) {
    forward(run, run.weights(weights), bias.map { run.weights($0) })
  }

  func forward(_ run: Run, _ weights: Floats, _ bias: Floats?) {
    let rows = run.count * lines
    run.backend.multiply(
      Product(rows, units, inputs), run.input(0), weights, run.output, bias: bias, activation)
  }

  func backward(_ run: Run) { backward(run, run.weights(weights)) }

  func backward(_ run: Run, _ used: Floats) {
    let rows = run.count * lines
    run.backend.bend(
      run.slope, by: run.output, rows, units, activation,
      sums: run.learns ? bias.map { run.gradient($0) } : nil)
    if run.learns {
      if let late = run.late {
        late.keep(run)
      } else {
        run.backend.multiply(
          Product(inputs, units, rows, transposesA: true, beta: 1), run.input(0), run.slope,
          run.gradient(weights))
      }
    }
    guard let slope = run.slope(ofInput: 0) else { return }
    run.backend.multiply(
      Product(rows, inputs, units, transposesB: true, beta: run.adds(0) ? 1 : 0), run.slope, used,
      slope)
  }
}
