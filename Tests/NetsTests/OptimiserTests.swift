import Foundation
import Lanes
import TestDevices
import Testing

@testable import Nets

struct OptimiserTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop(pool: ThreadPool(threads: 2)) }

  /// Weights of one place, moved along the same gradients.
  private struct Mover {
    let weights, gradients: Buffer
    let optimiser: Optimiser

    init(_ layout: Layout, _ rule: Descending, _ place: Place) throws {
      let workshop = try place.workshop(threads: 2)
      weights = layout.makeBuffer(workshop.backend)
      gradients = layout.makeBuffer(workshop.backend)
      optimiser = Optimiser(layout, rule, learningRate: 0.1, workshop)
      weights.span.update(repeating: 0.75)
    }
  }

  /// Steps of one weight in double precision: (gradient, weight, step number) to the weight.
  private func check(
    _ rule: Descending, _ exact: (_ gradient: Double, _ weight: Double, _ step: Int) -> Double
  ) throws {
    let graph = Graph()
    _ = graph.constant([70_000], name: "w")
    let movers = try Place.exact.map { try Mover(graph.layout, rule, $0) }
    var value = 0.75
    for step in 1...6 {
      let gradient = Double(step) * 0.7 - 2.5
      value = exact(Double(Float(gradient)) * 0.5, value, step)
      for mover in movers {
        mover.gradients.span.update(repeating: Float(gradient))
        mover.optimiser.step(mover.weights, mover.gradients, scale: 0.5)
        for index in [0, 1, 65_537, 69_999] {
          let weight = mover.weights[index]
          let off = abs(Double(weight) - value) / Double(Float(value).ulp)
          #expect(off < 32, "\(rule), step \(step): \(weight) for \(value)")
        }
      }
    }
    #expect(movers.allSatisfy { $0.optimiser.updates == 6 })
  }

  @Test("Adam's steps", arguments: [0, 0.1], [true, false])
  func adam(decay: Float, isDecoupled: Bool) throws {
    let (beta1, beta2) = (Double(Float(0.9)), Double(Float(0.999)))
    var (m, v) = (0.0, 0.0)
    try check(.adam(epsilon: 1e-3, decay: decay, isDecoupled: isDecoupled)) {
      gradient, weight, step in
      let decay = Double(decay)
      let gradient = gradient + (isDecoupled ? 0 : decay * weight)
      m = beta1 * m + (1 - beta1) * gradient
      v = beta2 * v + (1 - beta2) * gradient * gradient
      let (mean, square) = (m / (1 - pow(beta1, Double(step))), v / (1 - pow(beta2, Double(step))))
      let kept = isDecoupled ? weight * (1 - Double(Float(0.1)) * decay) : weight
      return kept - Double(Float(0.1)) * mean / (square.squareRoot() + Double(Float(1e-3)))
    }
  }

  @Test("RMSProp's steps", arguments: [true, false], [0, 0.9])
  func rmsProp(isCentred: Bool, momentum: Float) throws {
    for isInside in [true, false] {
      let (decay, epsilon) = (Double(Float(0.95)), Double(Float(0.01)))
      var (square, mean, kept) = (0.0, 0.0, 0.0)
      let rule = Descending.rmsProp(
        decay: 0.95, epsilon: 0.01, isCentred: isCentred, epsilonInside: isInside,
        momentum: momentum)
      try check(rule) { gradient, weight, _ in
        square = decay * square + (1 - decay) * gradient * gradient
        mean = decay * mean + (1 - decay) * gradient
        let variance = square - (isCentred ? mean * mean : 0)
        let root =
          isInside ? (variance + epsilon).squareRoot() : variance.squareRoot() + epsilon
        kept = Double(momentum) * kept + gradient / root
        return weight - Double(Float(0.1)) * kept
      }
    }
  }

  @Test("Plain descent, with momentum and without", arguments: [0, 0.9] as [Float])
  func sgd(momentum: Float) throws {
    var kept = 0.0
    try check(.sgd(momentum: momentum)) { gradient, weight, _ in
      kept = Double(momentum) * kept + gradient
      return weight - Double(Float(0.1)) * kept
    }
  }

  @Test("Groups move alone; their norm is theirs")
  func groups() throws {
    let graph = Graph()
    graph.group("a") { _ = graph.constant([40_000], name: "x") }
    graph.group("b") { _ = graph.constant([3], name: "y") }
    let (weights, gradients) = (graph.layout.makeBuffer(), graph.layout.makeBuffer())
    for index in 0..<gradients.count { gradients[index] = 2 }
    let optimiser = Optimiser(graph.layout, .sgd(), learningRate: 1, groups: ["b"], workshop)
    #expect(abs(optimiser.norm(gradients) - Float(12).squareRoot()) < 1e-6)
    optimiser.step(weights, gradients)
    #expect(weights[0] == 0 && weights[39_999] == 0)
    #expect(graph.layout["b/y.bias"]!.range.allSatisfy { weights[$0] == -2 })
    let all = Optimiser(graph.layout, .sgd(), learningRate: 1, workshop)
    let exact = (4 * Double(graph.layout.count)).squareRoot()
    #expect(abs(Double(all.norm(gradients)) - exact) < 1e-5 * exact)
  }

  @Test("Gradients are cut to a length, and never made longer")
  func clipping() {
    #expect(abs(Optimiser.clip(10, at: 0.5) - 0.05) < 1e-6 && Optimiser.clip(0.4, at: 0.5) == 1)
  }

  @Test("A target moves by its share")
  func mixing() {
    let (target, online) = (Buffer(count: 70_000), Buffer(count: 70_000))
    for index in 0..<70_000 { (target[index], online[index]) = (1, Float(index)) }
    target.mix(online, share: 0.25, workshop)
    #expect((0..<70_000).allSatisfy { target[$0] == 1 + 0.25 * (Float($0) - 1) })
  }
}
