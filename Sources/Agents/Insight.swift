import Environment
import Foundation
import Lanes
import Nets

/// What an agent makes of a state, for people to look at.
public struct Insight: Equatable, Sendable {
  /// What the return from here is expected to be, discounted and scaled as in training; nil: the agent
  /// does not say.
  public var value: Double?
  /// Of the discrete actions.
  public var actions: [Double]
  public var meaning = Meaning.probabilities

  public enum Meaning: Sendable { case probabilities, values }
}

/// An agent that can be looked into.
public protocol InsightfulAgent: Agent {
  /// - Parameter memory: what the policy remembers of the lanes; stays as it is.
  /// - Returns: nil: there is nothing to see.
  func insight(_ buffers: StepBuffers, _ memory: PolicyMemory, lane: Int) -> Insight?
}

extension PPO: InsightfulAgent {
  public func insight(_ buffers: StepBuffers, _ memory: PolicyMemory, lane: Int) -> Insight? {
    let inputs = senses.rows(buffers.observations, first: lane)
    let rows = HostRows(acting, rows: 1)
    acting.forward(
      learner.weights, inputs + (memory.width > 0 ? memory.rows(from: lane) : []), count: 1,
      into: rows)
    let output = UnsafePointer(rows[acting.output("value and policy")])
    return Insight(value: Double(output[0]), actions: spec.action.probabilities(output + 1))
  }
}

extension DQN: InsightfulAgent {
  /// Of implicit quantiles those at even distances.
  public func insight(_ buffers: StepBuffers, _ memory: PolicyMemory, lane: Int) -> Insight? {
    var inputs = senses.bases(buffers.observations).map { Rows($0, first: lane) }
    let head = settings.actingHead
    let fractions = AlignedBuffer<Float>(count: head.numbers)
    for (index, point) in midpoints(head.numbers).enumerated() { fractions[index] = point }
    if case .implicit = head { inputs.append(Rows(UnsafeRawPointer(fractions.pointer))) }
    let rows = HostRows(acting, rows: 1)
    acting.forward(learner.weights, Inputs(inputs), count: 1, into: rows)
    let values = AlignedBuffer<Float>(count: actions)
    head.values(
      UnsafePointer(rows[acting.output("values")]), actions: actions, into: values.pointer)
    let shown = values.span.map(Double.init)
    return withExtendedLifetime(fractions) {
      Insight(value: shown.max(), actions: shown, meaning: .values)
    }
  }
}

extension SAC: InsightfulAgent {
  public func insight(_ buffers: StepBuffers, _ memory: PolicyMemory, lane: Int) -> Insight? {
    if policy.isContinuous { return nil }
    var senses = Senses(spec, normalizes: false)
    let rows = HostRows(actor.plan, rows: 1)
    actor.values(senses.rows(buffers.observations, first: lane), count: 1, into: rows)
    return Insight(
      value: nil, actions: spec.action.probabilities(UnsafePointer(rows[actor.plan.outputs[0]])))
  }
}

extension ActionSpace {
  /// Of logits; none where actions are numbers, or several at once.
  func probabilities(_ logits: UnsafePointer<Float>) -> [Double] {
    guard case .discrete(let count) = self else { return [] }
    let distribution = Categorical(counts: [count])
    return (0..<count).map { action in
      var number = Float(action)
      return exp(Double(distribution.logProbability(logits, of: &number)))
    }
  }
}
