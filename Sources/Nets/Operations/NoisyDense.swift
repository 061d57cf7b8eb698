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
  var prepared: Int { 2 * weightCount + 2 * plain.units }
  private var weightCount: Int { plain.inputs * plain.units }

  func prepare(_ run: Preparation) {
    var generator = SplitMix64(seed: run.seed)
    let (inputs, units) = (plain.inputs, plain.units)
    let rows = (0..<inputs).map { _ in Self.factor(using: &generator) }
    let columns = (0..<units).map { _ in Self.factor(using: &generator) }
    let (weights, noise) = (run.prepared, run.prepared + weightCount)
    let means = run.weights + plain.weights.offset
    let deviations = run.weights + weightNoise.offset
    for row in 0..<inputs {
      for column in 0..<units {
        let place = row * units + column
        noise[place] = rows[row] * columns[column]
        weights[place] = means[place] + deviations[place] * noise[place]
      }
    }
    guard let bias = plain.bias, let biasNoise else { return }
    let (biases, factors) = (noise + weightCount, noise + weightCount + units)
    for column in 0..<units {
      factors[column] = columns[column]
      biases[column] =
        run.weights[bias.offset + column] + run.weights[biasNoise.offset + column] * columns[column]
    }
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
  func finish(_ run: Preparation, _ gradients: UnsafeMutablePointer<Float>) {
    let noise = run.prepared + weightCount
    for index in 0..<weightCount {
      gradients[weightNoise.offset + index] = gradients[plain.weights.offset + index] * noise[index]
    }
    guard let bias = plain.bias, let biasNoise else { return }
    let factors = noise + weightCount + plain.units
    for index in 0..<plain.units {
      gradients[biasNoise.offset + index] = gradients[bias.offset + index] * factors[index]
    }
  }
}
