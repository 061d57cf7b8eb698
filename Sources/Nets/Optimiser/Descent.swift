import CLanes
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
      var adam = lanes_adam(
        beta1: beta1, beta2: beta2, epsilon: epsilon, scale: step.scale,
        added: isDecoupled ? 0 : decay, kept: isDecoupled ? 1 - step.learningRate * decay : 1,
        rate: step.learningRate * step.firstCorrection, root: step.rootCorrection)
      let first = range.lowerBound
      lanes_descend(
        &adam, numbers.weights + first, numbers.gradients + first, numbers.first + first,
        numbers.second + first, range.count)
    case .rmsProp(let decay, let epsilon, let isCentred, let isInside, let momentum):
      var rms = lanes_rms(
        decay: decay, scale: step.scale, rate: step.learningRate,
        inside: isInside ? epsilon : 0, behind: isInside ? 0 : epsilon, momentum: momentum)
      let first = range.lowerBound
      let steps = isCentred ? numbers.third : numbers.second
      lanes_descend_rms(
        &rms, numbers.weights + first, numbers.gradients + first, numbers.first + first,
        isCentred ? numbers.second + first : nil, steps + first, range.count)
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
}
