extension Value {
  public func relu() -> Value { activated(.relu) }
  public func tanh() -> Value { activated(.tanh) }
  public func sigmoid() -> Value { activated(.sigmoid) }
  public func softplus() -> Value { activated(.softplus) }
  public func elu() -> Value { activated(.elu) }
  /// x sigmoid(x)
  public func silu() -> Value { activated(.silu) }
  public func exp() -> Value { activated(.exp) }
  public func log() -> Value { activated(.log) }
  /// 1 / x
  public func reciprocal() -> Value { activated(.reciprocal) }
  public func square() -> Value { activated(.square) }
  public func absolute() -> Value { activated(.absolute) }
  public func leakyRelu(_ slope: Float = 0.01) -> Value { activated(.leaky(slope)) }
  public func clipped(_ low: Float, _ high: Float) -> Value { activated(.clip(low, high)) }
  /// scale x + shift
  public func scaled(_ scale: Float, plus shift: Float = 0) -> Value {
    activated(.affine(scale, shift))
  }

  public func activated(_ activation: Activation) -> Value {
    made(Activate(activation: activation, count: count), shape)
  }
}

/// A function of each number. A layer before it may apply it instead.
struct Activate: Operation {
  let activation: Activation
  let count: Int

  func forward(_ run: Run) {
    run.backend.map(run.input(0), run.output, run.count * count, activation)
  }

  func backward(_ run: Run) {
    guard let slopes = run.slope(ofInput: 0) else { return }
    run.backend.mapSlopes(
      run.input(0), run.output, run.slope, slopes, run.count * count, activation)
  }
}
