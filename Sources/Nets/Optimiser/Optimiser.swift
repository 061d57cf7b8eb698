import Foundation
import Lanes

/// How weights follow their gradients.
public enum Descending: Sendable, Equatable {
  /// Kingma and Ba 2015, arXiv:1412.6980, with bias correction. `decay` is added to the gradient as
  /// PyTorch's Adam does, or, if `isDecoupled`, taken from the weights by the learning rate
  /// (Loshchilov and Hutter 2019, arXiv:1711.05101).
  case adam(
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, decay: Float = 0,
    isDecoupled: Bool = false)
  /// Tieleman and Hinton 2012. `isCentred`: by the variance and not the mean square; `epsilonInside`:
  /// under the root, as TensorFlow and Optax, else behind it, as PyTorch.
  case rmsProp(
    decay: Float = 0.99, epsilon: Float = 1e-8, isCentred: Bool = false,
    epsilonInside: Bool = false, momentum: Float = 0)
  case sgd(momentum: Float = 0)

  /// Names of the arrays that it keeps, at the weights' offsets.
  var moments: [String] {
    switch self {
    case .adam: ["adam.m", "adam.v"]
    case .rmsProp(_, _, let isCentred, _, let momentum):
      ["rmsprop.v"] + (isCentred ? ["rmsprop.m"] : []) + (momentum > 0 ? ["rmsprop.step"] : [])
    case .sgd(let momentum): momentum > 0 ? ["sgd.step"] : []
    }
  }
}

/// Moves the weights of some groups along their gradients.
public final class Optimiser: @unchecked Sendable {
  public let rule: Descending
  public var learningRate: Float
  /// Steps taken.
  public var updates = 0
  /// By name; at the offsets of the weights.
  public let moments: [(name: String, numbers: Buffer)]
  private let layout: Layout
  private let ranges: [Range<Int>]
  private let workshop: Workshop
  /// On a device: the gradients' length, and the factor that cuts them.
  private var figures: Arena?
  /// The last length that came from a device.
  package let length = AlignedBuffer<Float>(count: 1)

  /// - Parameter groups: whose weights it moves; nil: all.
  public init(
    _ layout: Layout, _ rule: Descending, learningRate: Float, groups: [String]? = nil,
    _ workshop: Workshop
  ) {
    self.layout = layout
    self.rule = rule
    self.learningRate = learningRate
    self.workshop = workshop
    moments = rule.moments.map { ($0, layout.makeBuffer(workshop.backend)) }
    ranges = layout.ranges(of: groups)
  }

  /// One step along the gradients times `scale`.
  public func step(_ weights: Buffer, _ gradients: Buffer, scale: Float = 1) {
    step(weights, gradients, scale: scale, factor: nil)
  }

  private func step(_ weights: Buffer, _ gradients: Buffer, scale: Float, factor: Floats?) {
    updates += 1
    let step = Descent(rule, learningRate: learningRate, updates: updates, scale: scale)
    func moment(_ place: Int) -> MutableFloats {
      moments.indices.contains(place) ? moments[place].numbers.address : gradients.address
    }
    let numbers = DescentNumbers(
      weights: weights.address, gradients: gradients.source, first: moment(0), second: moment(1),
      third: moment(2), factor: factor)
    for range in ranges {
      workshop.forEachPart(of: range) { workshop.backend.descend(step, $0, numbers) }
    }
  }

  /// One step along the gradients, cut to a length; none where one is no number.
  /// - Parameter most: nil: they are as long as they are.
  /// - Returns: their length before.
  public func step(_ weights: Buffer, _ gradients: Buffer, atMost most: Float?) -> Float {
    if let device = workshop.backend.device {
      device.sequence { ask(device, weights, gradients, atMost: most) }
      device.wait()
      return length.pointer[0]
    }
    let norm = norm(gradients)
    if norm.isFinite { step(weights, gradients, scale: most.map { Self.clip(norm, at: $0) } ?? 1) }
    return norm
  }

  /// The same on a device, as part of a sequence.
  package func ask(
    _ device: any Device, _ weights: Buffer, _ gradients: Buffer, atMost most: Float?
  ) {
    let figures = figures ?? Arena(count: 2, workshop.backend)
    self.figures = figures
    device.measure(gradients.source, ranges, atMost: most, figures.address)
    step(weights, gradients, scale: 1, factor: figures.address + 1)
    device.download(figures.address, to: length.pointer, 4)
  }

  /// Euclidean length of the gradients of its groups; summed in a fixed order.
  public func norm(_ gradients: Buffer) -> Float {
    let (part, numbers) = (1 << 14, gradients.source)
    var total = 0.0
    for range in ranges {
      let sums = AlignedBuffer<Double>(count: (range.count + part - 1) / part)
      workshop.forEachPart(of: range, size: part) {
        sums[($0.lowerBound - range.lowerBound) / part] = workshop.backend.squares(numbers, $0)
      }
      for sum in sums.span { total += sum }
    }
    return Float(total.squareRoot())
  }

  /// The factor by which gradients of such a length become at most `most` long.
  /// Source: PyTorch's `clip_grad_norm_`.
  public static func clip(_ norm: Float, at most: Float) -> Float { min(1, most / (norm + 1e-6)) }
}
