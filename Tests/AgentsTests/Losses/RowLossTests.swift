import Environment
import Lanes
import Nets
import TestDevices
import Testing

@testable import Agents

/// Losses that a card computes, beside the agents' own.
struct RowLossTests {
  private let rows = 40

  /// Outputs that are what they are given, and the slopes of the loss with respect to them.
  private final class Subject {
    let plan: Plan
    let values: [Float]
    let weights, gradients: Buffer
    let rows: Int

    init(_ width: Int, rows: Int, on place: Place, seed: UInt64) throws {
      let graph = Graph()
      graph.output("y", graph.input("x", Input(vector: width, .float32)).scaled(1))
      let workshop = try place.workshop(threads: 1)
      plan = Plan(graph, workshop, wanted: ["x"])
      weights = graph.layout.makeBuffer(workshop.backend)
      gradients = graph.layout.makeBuffer(workshop.backend)
      var generator = SplitMix64(seed: seed)
      values = (0..<rows * width).map { _ in 2 * Float(gaussian(using: &generator)) }
      self.rows = rows
    }

    var output: OutputShape { plan.outputs[0] }

    private var slopes: [Float] {
      Array(UnsafeBufferPointer(start: plan.slopes(ofInput: "x"), count: values.count))
    }

    func here(_ loss: (_ row: Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void)
      -> [Float]
    {
      values.withUnsafeBytes { bytes in
        plan.train(weights, Inputs([bytes.baseAddress!]), count: rows, gradients: gradients) {
          for (index, row) in $0.rows.enumerated() {
            let offset = index * output.count
            loss(row, $0.outputs(output) + offset, $0.slopes(output) + offset)
          }
        }
      }
      return slopes
    }

    func there(_ loss: RowLoss) throws -> [Float] {
      let device = try #require(plan.device)
      values.withUnsafeBytes { bytes in
        let inputs = Inputs([bytes.baseAddress!])
        device.sequence {
          plan.ask(
            device, weights, inputs, count: rows, gradients: gradients, noise: nil, loss)
        }
        device.wait()
      }
      try device.check()
      return slopes
    }
  }

  private func expect(_ mine: [Float], _ theirs: [Float], _ name: String) {
    let largest = theirs.map(abs).max()!
    let off = zip(mine, theirs).map { abs($0 - $1) }.max()!
    #expect(largest > 0 && off <= 2e-6 * max(largest, 1), "\(name) is off by \(off)")
  }

  @Test("Of actions' values, by every head", arguments: 0..<5)
  func actions(number: Int) throws {
    let heads: [ValueHead] = [
      .scalar(threshold: 1), .scalar(threshold: nil),
      .categorical(Support(-2, 3, count: 13), .projection), .quantile(150), .implicit(6),
    ]
    let (head, actions) = (heads[number], 3)
    let numbers = head.numbers
    var generator = SplitMix64(seed: 5)
    let (here, there) = (
      try Subject(actions * numbers, rows: rows, on: .processor, seed: 2),
      try Subject(actions * numbers, rows: rows, on: .card, seed: 2)
    )
    let loss = RowLoss(head.rowRule(actions: actions), of: there.output, rows: rows)
    for row in 0..<rows {
      let given = loss.given(row)
      (given[0], given[1]) = (Float(row % actions), generator.nextFloat() / 8)
      for number in 0..<numbers {
        given[2 + number] = generator.nextFloat() * (head.isOfNumber ? 4 : 0.2)
        given[2 + numbers + number] = generator.nextFloat()
      }
    }
    var told: [Float] = []
    let slopes = here.here { row, outputs, slopes in
      let (given, action) = (loss.given(row), row % actions)
      let memory = AlignedBuffer<Float>(count: 2 * numbers)
      head.part(outputs, action, actions: actions, into: memory.pointer)
      let part = floats(memory.pointer, numbers).span
      var written = UnsafeMutableBufferPointer(
        start: memory.pointer + numbers, count: numbers
      ).mutableSpan
      told += [
        head.loss(
          part, floats(given + 2, numbers).span,
          fractions: floats(given + 2 + numbers, numbers).span, scale: given[1],
          slopes: &written), head.value(part),
      ]
      for number in 0..<numbers {
        slopes[head.place(number, action, actions)] = memory[numbers + number]
      }
    }
    expect(try there.there(loss), slopes, "slope")
    expect(
      (0..<rows).flatMap { [loss.figures($0)[0], loss.figures($0)[1]] }, told, "loss or value")
  }

  @Test("Of PPO's objective, on both sides of every cut", arguments: [true, false])
  func policy(clipsValue: Bool) throws {
    let choices = 5
    let distribution = Categorical(counts: [choices])
    var generator = SplitMix64(seed: 6)
    let (here, there) = (
      try Subject(1 + choices, rows: rows, on: .processor, seed: 3),
      try Subject(1 + choices, rows: rows, on: .card, seed: 3)
    )
    let rule = RowLoss.Rule.policy(
      choices: choices, clip: 0.2, clipsValue: clipsValue, value: 0.5, entropy: 0.01)
    let loss = RowLoss(rule, of: there.output, rows: rows)
    for row in 0..<rows {
      let (given, values) = (loss.given(row), there.values[(row * (1 + choices))...])
      var action = Float(row % choices)
      let now = values.dropFirst().withUnsafeBufferPointer {
        distribution.logProbability($0.baseAddress!, of: &action)
      }
      given[0] = action
      // Ratios, and changes of the value, within the cuts and beyond them.
      given[1] = now + [0, 0.1, -0.1, 0.5, -0.5][row / 2 % 5]
      given[2] = Float(gaussian(using: &generator))
      given[3] = values.first! + [0.1, -0.1, 1, -1][row % 4]
      given[4] = given[3] + 0.3 * Float(gaussian(using: &generator))
      given[5] = row % 7 == 3 ? 0 : 1 / Float(rows)
    }
    var told: [Float] = []
    let slopes = here.here { row, outputs, slopes in
      let given = loss.given(row)
      guard given[5] > 0 else { return told += [0, 0, 0, 0, 0] }
      let logRatio = distribution.logProbability(outputs + 1, of: given) - given[1]
      let policy = Objective.policy(logRatio: logRatio, advantage: given[2], clip: 0.2)
      let error = Objective.value(
        outputs[0], old: given[3], target: given[4], clip: clipsValue ? 0.2 : nil)
      distribution.writeSlopes(
        outputs + 1, of: given, logProbability: given[5] * policy.slope,
        entropy: -given[5] * 0.01, into: slopes + 1)
      slopes[0] = given[5] * 0.5 * error.slope
      told += [
        policy.loss, error.loss, distribution.entropy(outputs + 1), policy.divergence,
        policy.isClipped ? 1 : 0,
      ]
    }
    expect(try there.there(loss), slopes, "slope")
    expect((0..<rows).flatMap { row in (0..<5).map { loss.figures(row)[$0] } }, told, "figure")
    #expect(told.contains(1) && Set(slopes).count > rows)
  }
}
