import Lanes

/// y = x (W + Wd e) + b + bd e', with e = f(in) f(out), e' = f(out), f(x) = sign(x) sqrt|x| of normal
/// numbers that are drawn once a call. Without noise it is its means.
///
/// What is prepared: weights, their e, biases.
struct NoisyDense: Activated {
  var plain: Dense
  let weightNoise: Slice
  let biasNoise: Slice?

  var activation: Activation {
    get { plain.activation }
    set { plain.activation = newValue }
  }
  var slices: [Slice] { plain.slices + [weightNoise] + (biasNoise.map { [$0] } ?? []) }
  var addsSlopes: Bool { true }
  var products: Int { plain.products }
  var late: Dense? { plain.late }
  var prepared: Int { 2 * weightCount + 2 * plain.units }
  private var weightCount: Int { plain.inputs * plain.units }

  func prepare(_ run: Preparation) {
    var generator = SplitMix64(seed: run.seed)
    let rows = (0..<plain.inputs).map { _ in Self.factor(using: &generator) }
    let columns = (0..<plain.units).map { _ in Self.factor(using: &generator) }
    let noise = run.prepared + weightCount
    run.backend.perturb(
      rows: rows, columns: columns, means: run.weights + plain.weights.offset,
      deviations: run.weights + weightNoise.offset, noise: noise, run.prepared)
    guard let bias = plain.bias, let biasNoise else { return }
    let biases = noise + weightCount
    run.backend.perturb(
      rows: [1], columns: columns, means: run.weights + bias.offset,
      deviations: run.weights + biasNoise.offset, noise: biases + plain.units, biases)
  }

  private static func factor(using generator: inout SplitMix64) -> Float {
    let number = Float(gaussian(using: &generator))
    return number < 0 ? -(-number).squareRoot() : number.squareRoot()
  }

  func forward(_ run: Run) {
    guard let prepared = run.prepared else { return plain.forward(run) }
    plain.forward(run, prepared, plain.bias.map { _ in prepared + 2 * weightCount })
  }

  func backward(_ run: Run) {
    plain.backward(run, run.prepared ?? run.weights(plain.weights))
  }

  /// Slopes of deviations are those of the means, which are summed already, times the noise.
  func finish(_ run: Preparation, _ gradients: MutableFloats) {
    let noise = run.prepared + weightCount
    func multiply(_ slice: Slice, _ noise: Floats, into target: Slice) {
      run.backend.combine(
        .product, Broadcast([slice.count], [slice.count]), rows: 1, gradients + slice.offset,
        noise, gradients + target.offset)
    }
    multiply(plain.weights, noise, into: weightNoise)
    guard let bias = plain.bias, let biasNoise else { return }
    multiply(bias, noise + weightCount + plain.units, into: biasNoise)
  }
}
