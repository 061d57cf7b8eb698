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
  /// Of each router in the network.
  public var routes: [Routes] = []

  public enum Meaning: Sendable { case probabilities, values }

  /// What part experts have in the answers to tokens.
  public struct Routes: Equatable, Sendable {
    /// In which tokens lie: places as in the picture.
    public var rows, columns: Int
    public var experts: Int
    /// [rows, columns, experts]: of sum 1 over experts; where a token goes to one of them 1 there, and
    /// 0 everywhere if it has no room left.
    public var shares: [Float]

    public init(rows: Int, columns: Int, experts: Int, shares: [Float]) {
      precondition(shares.count == rows * columns * experts)
      (self.rows, self.columns, self.experts) = (rows, columns, experts)
      self.shares = shares
    }

    /// Of all tokens, row by row.
    public func shares(of expert: Int) -> [Double] {
      (0..<rows * columns).map { Double(shares[$0 * experts + expert]) }
    }

    /// Mean over tokens.
    public func load(of expert: Int) -> Double {
      shares(of: expert).reduce(0, +) / Double(rows * columns)
    }
  }
}

/// An agent that can be looked into.
public protocol InsightfulAgent: Agent {
  /// - Parameter memory: what the policy remembers of the lanes; stays as it is.
  /// - Returns: nil: there is nothing to see.
  func insight(_ buffers: StepBuffers, _ memory: PolicyMemory, lane: Int) -> Insight?
}

/// All that a network gives out, of one row.
final class Glance {
  private let plan: Plan
  private let rows: HostRows

  init(_ graph: Graph, _ workshop: Workshop) {
    plan = Plan(graph, workshop)
    rows = HostRows(plan, rows: 1)
  }

  func look(_ weights: Buffer, _ inputs: Inputs) {
    plan.forward(weights, inputs, count: 1, into: rows)
  }

  subscript(output: String) -> UnsafePointer<Float> { UnsafePointer(rows[plan.output(output)]) }

  var routes: [Insight.Routes] {
    plan.outputs.filter { $0.name.hasPrefix("routes") }.map { output in
      Insight.Routes(
        rows: output.shape[0], columns: output.shape[1], experts: output.shape[2],
        shares: Array(UnsafeBufferPointer(start: rows[output], count: output.count)))
    }
  }
}

extension PPO: InsightfulAgent {
  public func insight(_ buffers: StepBuffers, _ memory: PolicyMemory, lane: Int) -> Insight? {
    let inputs = senses.rows(buffers.observations, first: lane)
    glance.look(learner.weights, inputs + (memory.width > 0 ? memory.rows(from: lane) : []))
    let output = glance["value and policy"]
    return Insight(
      value: Double(output[0]), actions: spec.action.probabilities(output + 1),
      routes: glance.routes)
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
    withExtendedLifetime(fractions) { glance.look(learner.weights, Inputs(inputs)) }
    let values = AlignedBuffer<Float>(count: actions)
    head.values(glance["values"], actions: actions, into: values.pointer)
    let shown = values.span.map(Double.init)
    return Insight(value: shown.max(), actions: shown, meaning: .values, routes: glance.routes)
  }
}

extension SAC: InsightfulAgent {
  /// The value is the critic's: of the likeliest action, or the mean over discrete ones.
  public func insight(_ buffers: StepBuffers, _ memory: PolicyMemory, lane: Int) -> Insight? {
    let inputs = senses.rows(buffers.observations, first: lane)
    glance.look(actor.weights, inputs)
    var insight = Insight(actions: [], routes: glance.routes)
    if policy.isContinuous {
      let action = AlignedBuffer<Float>(count: policy.width)
      policy.squashed!.act(glance["policy"], noise: nil, into: action.pointer)
      insight.value = withExtendedLifetime(action) {
        critic.smaller(inputs + [Rows(UnsafeRawPointer(action.pointer))])[0]
      }
    } else {
      insight.actions = spec.action.probabilities(glance["policy"])
      insight.value = zip(insight.actions, critic.smaller(inputs)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return insight
  }
}

extension TD3: InsightfulAgent {
  /// The value is the critic's, of the action that the policy takes.
  public func insight(_ buffers: StepBuffers, _ memory: PolicyMemory, lane: Int) -> Insight? {
    let inputs = senses.rows(buffers.observations, first: lane)
    glance.look(actor.weights, inputs)
    let action = AlignedBuffer<Float>(count: width)
    scale(glance["action"], into: action.pointer)
    let value = withExtendedLifetime(action) {
      critic.smaller(inputs + [Rows(UnsafeRawPointer(action.pointer))])[0]
    }
    return Insight(value: value, actions: [], routes: glance.routes)
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
