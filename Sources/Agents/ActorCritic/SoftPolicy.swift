import Environment
import Lanes

/// What SAC's actor outputs: a squashed Gaussian for a box, logits for discrete actions.
struct SoftPolicy {
  /// nil: actions are discrete.
  let squashed: SquashedGaussian?
  private let categorical: Categorical

  init(_ space: ActionSpace, _ deviation: SquashedGaussian.Deviation) {
    switch space {
    case .box(let low, let high):
      squashed = SquashedGaussian(low: low, high: high, deviation: deviation)
      categorical = Categorical(counts: [])
    case .discrete(let count):
      squashed = nil
      categorical = Categorical(counts: [count])
    case .multiDiscrete(let counts):
      squashed = nil
      categorical = Categorical(counts: counts)
    }
  }

  var isContinuous: Bool { squashed != nil }
  var width: Int { squashed?.width ?? categorical.width }
  var outputs: Int { squashed?.outputs ?? categorical.outputs }

  /// - Parameter noise: [width], overwritten.
  func choose(
    _ row: UnsafePointer<Float>, greedy: Bool, noise: UnsafeMutablePointer<Float>,
    into action: UnsafeMutablePointer<Float>, using generator: inout SplitMix64
  ) {
    if let squashed {
      if !greedy { squashed.draw(noise, using: &generator) }
      squashed.act(row, noise: greedy ? nil : UnsafePointer(noise), into: action)
    } else if greedy {
      categorical.mode(row, into: action)
    } else {
      categorical.sample(row, into: action, using: &generator)
    }
  }
}
