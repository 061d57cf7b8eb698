import Foundation

/// C51's projection: the masses of `reward + discount * atom`, shared out between the atoms next to
/// each; what lies outside the support goes to its ends.
///
/// Source: Bellemare et al. 2017, arXiv:1707.06887, algorithm 1.
/// - Parameters:
///   - discount: 0 or more; 0 where the step has no future.
///   - target: is written.
public func projected(
  _ masses: Span<Float>, reward: Float, discount: Float, on support: Support,
  into target: inout MutableSpan<Float>
) {
  // The moved atoms come in order, so two sums are open at a time: of atom `open` and the next.
  var (open, here, next) = (0, 0.0, 0.0)
  for index in masses.indices {
    let (lower, rest) = support.place(
      Double(reward) + Double(discount) * support.atom(index))
    while open < lower {
      target[open] = Float(here)
      (open, here, next) = (open + 1, next, 0)
    }
    here += (1 - rest) * Double(masses[index])
    next += rest * Double(masses[index])
  }
  while open < support.count {
    target[open] = Float(here)
    (open, here, next) = (open + 1, next, 0)
  }
}

/// All mass on the two atoms next to the number, so that it is their mean.
///
/// Source: Farebrother et al. 2024, arXiv:2403.03950, section 3.1.
/// - Parameter target: is written.
public func twoHot(
  _ number: Float, on support: Support, into target: inout MutableSpan<Float>
) {
  let (lower, rest) = support.place(Double(number))
  for index in target.indices { target[index] = 0 }
  target[lower] = Float(1 - rest)
  target[lower + 1] = Float(rest)
}

/// HL-Gauss: what a normal distribution around the number has in each atom's bin, of what it has in
/// all of them.
///
/// Source: Imani and White 2018; Farebrother et al. 2024, arXiv:2403.03950, appendix A.
/// - Parameters:
///   - support: of `Support.bins`.
///   - deviation: the paper's is 0.75 bins.
///   - target: is written.
public func gaussianHistogram(
  _ number: Float, on support: Support, deviation: Float, into target: inout MutableSpan<Float>
) {
  let (spread, half) = (Double(deviation), support.spacing / 2)
  // Beyond thirty deviations all is in the last bin, and nothing is left to divide by.
  let (least, most) = (support.low - half, support.high + half)
  let mean = min(max(Double(number), least - 30 * spread), most + 30 * spread)
  func mass(_ low: Double, _ high: Double) -> Double {
    normalMass((low - mean) / spread, (high - mean) / spread)
  }
  let total = mass(least, most)
  for index in target.indices {
    let atom = support.atom(index)
    target[index] = Float(mass(atom - half, atom + half) / total)
  }
}

/// Of the standard normal distribution, between two numbers; exact in both tails.
private func normalMass(_ low: Double, _ high: Double) -> Double {
  if low > 0 { return normalMass(-high, -low) }
  let root = 2.0.squareRoot()
  return 0.5 * (erfc(-high / root) - erfc(-low / root))
}

/// Of a target from the softmax of logits, in nats.
/// - Parameter slopes: get `scale` times the loss's slopes added.
public func crossEntropy(
  _ logits: Span<Float>, _ target: Span<Float>, scale: Float, slopes: inout MutableSpan<Float>
) -> Float {
  let most = Double(logits[logits.largest])
  return logits.withExponentials(less: most) { masses, sum in
    let total = most + log(sum)
    var (loss, whole) = (0.0, 0.0)
    for index in logits.indices {
      loss += Double(target[index]) * (total - Double(logits[index]))
      whole += Double(target[index])
    }
    for index in logits.indices {
      slopes[index] += scale * Float(whole * masses[index] / sum - Double(target[index]))
    }
    return Float(loss)
  }
}
