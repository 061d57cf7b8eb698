import Foundation

/// One step of a rule, with all that depends on the number of steps alone.
public struct Descent: Sendable {
  package let rule: Descending
  package let learningRate, scale: Float
  /// Adam's: what the moments are multiplied by, for they begin at 0.
  package let firstCorrection, rootCorrection: Float

  init(_ rule: Descending, learningRate: Float, updates: Int, scale: Float) {
    self.rule = rule
    self.learningRate = learningRate
    self.scale = scale
    guard case .adam(let beta1, let beta2, _, _, _) = rule else {
      (firstCorrection, rootCorrection) = (1, 1)
      return
    }
    firstCorrection = Float(1 / (1 - pow(Double(beta1), Double(updates))))
    rootCorrection = Float(1 / (1 - pow(Double(beta2), Double(updates))).squareRoot())
  }
}

/// What a step reads and writes, all at the same offsets; moments in the order of
/// `Descending.moments`, unused ones never touched.
public struct DescentNumbers {
  package let weights: MutableFloats
  package let gradients: Floats
  package let first, second, third: MutableFloats
  /// Of the gradients, beside the step's scale; 0: nothing moves. nil: 1.
  package let factor: Floats?
}

extension CPU {
  public func mix(_ a: MutableFloats, _ b: Floats, _ range: Range<Int>, share: Float) {
    for index in range { a[index] += share * (b[index] - a[index]) }
  }

  public func squares(_ numbers: Floats, _ range: Range<Int>) -> Double {
    var (sums, index) = (SIMD16<Float>.zero, range.lowerBound)
    while index + 16 <= range.upperBound {
      let values = UnsafeRawPointer(numbers + index).loadUnaligned(as: SIMD16<Float>.self)
      sums += values * values
      index += 16
    }
    while index < range.upperBound {
      sums[0] += numbers[index] * numbers[index]
      index += 1
    }
    return Double(sums.sum())
  }

  public func descend(_ step: Descent, _ range: Range<Int>, _ numbers: DescentNumbers) {
    switch step.rule {
    case .adam(let beta1, let beta2, let epsilon, let decay, let isDecoupled):
      let settings = AdamSettings(
        beta1: beta1, beta2: beta2, epsilon: epsilon, added: isDecoupled ? 0 : decay,
        kept: isDecoupled ? 1 - step.learningRate * decay : 1)
      adam(step, settings, range, numbers)
    case .rmsProp(let decay, let epsilon, let isCentred, let isInside, let momentum):
      rmsProp(
        step, decay, epsilon: (isInside ? epsilon : 0, isInside ? 0 : epsilon), isCentred, momentum,
        range, numbers)
    case .sgd(let momentum):
      let (weights, gradients, kept) = (numbers.weights, numbers.gradients, numbers.first)
      for index in range {
        var gradient = gradients[index] * step.scale
        if momentum > 0 {
          gradient += momentum * kept[index]
          kept[index] = gradient
        }
        weights[index] -= step.learningRate * gradient
      }
    }
  }

  private struct AdamSettings {
    let beta1, beta2, epsilon: Float
    /// Of the weight: added to the gradient; kept after decay.
    let added, kept: Float
  }

  private func adam(
    _ step: Descent, _ settings: AdamSettings, _ range: Range<Int>, _ numbers: DescentNumbers
  ) {
    let (weights, gradients) = (numbers.weights, numbers.gradients)
    let (first, second) = (numbers.first, numbers.second)
    let (beta1, beta2) = (settings.beta1, settings.beta2)
    let rate = step.learningRate * step.firstCorrection
    for index in range {
      let gradient = gradients[index] * step.scale + settings.added * weights[index]
      let m = beta1 * first[index] + (1 - beta1) * gradient
      let v = beta2 * second[index] + (1 - beta2) * gradient * gradient
      first[index] = m
      second[index] = v
      weights[index] =
        settings.kept * weights[index]
        - rate * m / (v.squareRoot() * step.rootCorrection + settings.epsilon)
    }
  }

  private func rmsProp(
    _ step: Descent, _ decay: Float, epsilon: (inside: Float, behind: Float), _ isCentred: Bool,
    _ momentum: Float, _ range: Range<Int>, _ numbers: DescentNumbers
  ) {
    let (weights, squares, means) = (numbers.weights, numbers.first, numbers.second)
    let kept = isCentred ? numbers.third : numbers.second
    for index in range {
      let gradient = numbers.gradients[index] * step.scale
      let square = decay * squares[index] + (1 - decay) * gradient * gradient
      squares[index] = square
      var variance = square
      if isCentred {
        let mean = decay * means[index] + (1 - decay) * gradient
        means[index] = mean
        variance -= mean * mean
      }
      // Rounding may leave less than nothing.
      let root = (max(variance, 0) + epsilon.inside).squareRoot()
      var move = gradient / (root + epsilon.behind)
      if momentum > 0 {
        move += momentum * kept[index]
        kept[index] = move
      }
      weights[index] -= step.learningRate * move
    }
  }
}
