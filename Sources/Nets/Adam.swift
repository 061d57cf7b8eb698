import Foundation
import Lanes

/// Adam with bias correction. Source: Kingma and Ba 2015, arXiv:1412.6980.
public final class Adam: @unchecked Sendable {
  public var learningRate: Float
  public let beta1: Float = 0.9
  public let beta2: Float = 0.999
  public let epsilon: Float
  /// Steps taken.
  public var updates = 0
  /// At the offsets of the weights.
  public let firstMoments, secondMoments: AlignedBuffer<Float>

  public init(_ parameters: Parameters, learningRate: Float, epsilon: Float = 1e-5) {
    self.learningRate = learningRate
    self.epsilon = epsilon
    firstMoments = AlignedBuffer(count: parameters.count)
    secondMoments = AlignedBuffer(count: parameters.count)
  }

  /// One step along `parameters.gradients`, scaled by `scale`.
  public func update(_ parameters: Parameters, scale: Float, pool: ThreadPool) {
    updates += 1
    let step = learningRate / (1 - pow(beta1, Float(updates)))
    let rootCorrection = 1 / (1 - pow(beta2, Float(updates))).squareRoot()
    let (beta1, beta2, epsilon) = (beta1, beta2, epsilon)
    let (values, gradients) = (parameters.values.pointer, parameters.gradients.pointer)
    let (first, second) = (firstMoments.pointer, secondMoments.pointer)
    let (count, part) = (parameters.count, 1 << 16)
    pool.forEach((count + part - 1) / part) { item, _ in
      for index in (item * part)..<min(count, (item + 1) * part) {
        let gradient = gradients[index] * scale
        let m = beta1 * first[index] + (1 - beta1) * gradient
        let v = beta2 * second[index] + (1 - beta2) * gradient * gradient
        first[index] = m
        second[index] = v
        values[index] -= step * m / (v.squareRoot() * rootCorrection + epsilon)
      }
    }
  }
}
