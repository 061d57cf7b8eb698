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
    /// By output: [rows, width].
    let values: [[Float]]
    let weights, gradients: Buffer
    let rows: Int

    init(_ widths: [Int], rows: Int, on place: Place, seed: UInt64, scale: Float = 2) throws {
      let graph = Graph()
      let names = widths.indices.map { "x\($0)" }
      for (name, width) in zip(names, widths) {
        graph.output("y" + name, graph.input(name, Input(vector: width, .float32)).scaled(1))
      }
      let workshop = try place.workshop(threads: 1)
      plan = Plan(graph, workshop, wanted: names)
      weights = graph.layout.makeBuffer(workshop.backend)
      gradients = graph.layout.makeBuffer(workshop.backend)
      var generator = SplitMix64(seed: seed)
      values = widths.map { width in
        (0..<rows * width).map { _ in scale * Float(gaussian(using: &generator)) }
      }
      self.rows = rows
    }

    private var slopes: [Float] {
      values.indices.flatMap {
        UnsafeBufferPointer(start: plan.slopes(ofInput: "x\($0)"), count: values[$0].count)
      }
    }

    private func withInputs(_ body: (Inputs) -> Void) {
      let copies = values.map { values in
        let copy = AlignedBuffer<Float>(count: values.count)
        for (place, value) in values.enumerated() { copy[place] = value }
        return copy
      }
      withExtendedLifetime(copies) { body(Inputs(copies.map { UnsafeRawPointer($0.pointer) })) }
    }

    typealias Loss = (_ row: Int, [UnsafePointer<Float>], [UnsafeMutablePointer<Float>]) -> Void

    func here(_ loss: Loss) -> [Float] {
      withInputs { inputs in
        plan.train(weights, inputs, count: rows, gradients: gradients) { part in
          for (index, row) in part.rows.enumerated() {
            loss(
              row, plan.outputs.map { part.outputs($0) + index * $0.count },
              plan.outputs.map { part.slopes($0) + index * $0.count })
          }
        }
      }
      return slopes
    }

    func there(_ loss: RowLoss) throws -> [Float] {
      withInputs { plan.train(weights, $0, count: rows, gradients: gradients, loss) }
      try plan.check()
      return slopes
    }
  }

  private func subjects(
    _ widths: [Int], seed: UInt64, scale: Float = 2
  ) throws -> (here: Subject, there: Subject) {
    (
      try Subject(widths, rows: rows, on: .processor, seed: seed, scale: scale),
      try Subject(widths, rows: rows, on: .card, seed: seed, scale: scale)
    )
  }

  private func expect(_ mine: [Float], _ theirs: [Float], _ name: String) {
    let largest = theirs.map(abs).max()!
    let off = zip(mine, theirs).map { abs($0 - $1) }.max()!
    #expect(mine.count == theirs.count)
    #expect(largest > 0 && off <= 2e-6 * max(largest, 1), "\(name) is off by \(off)")
  }

  private func figures(_ loss: RowLoss, _ count: Int) -> [Float] {
    (0..<rows).flatMap { row in (0..<count).map { loss.figures(row)[$0] } }
  }

  // MARK: Values

  @Test("Of actions' values, by every head, conservative or not", arguments: 0..<5, [0, 0.7])
  func actions(number: Int, conservatism: Float) throws {
    let heads: [ValueHead] = [
      .scalar(threshold: 1), .scalar(threshold: nil),
      .categorical(Support(-2, 3, count: 13), .projection), .quantile(150), .implicit(6),
    ]
    let (head, actions) = (heads[number], 3)
    let numbers = head.numbers
    var generator = SplitMix64(seed: 5)
    let (here, there) = try subjects([actions * numbers], seed: 2)
    let loss = RowLoss(
      head.rowRule(actions: actions, conservatism: conservatism), of: there.plan.outputs,
      rows: rows)
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
      head.part(outputs[0], action, actions: actions, into: memory.pointer)
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
        slopes[0][head.place(number, action, actions)] = memory[numbers + number]
      }
      told.append(
        conserve(head, actions, outputs[0], action, conservatism * given[1], slopes[0]))
    }
    expect(try there.there(loss), slopes, "slope")
    let penalties = stride(from: 2, to: told.count, by: 3).map { told[$0] }
    #expect(penalties.contains { $0 != 0 })
    if conservatism == 0 { for row in 0..<rows { told[3 * row + 2] = 0 } }
    expect(figures(loss, 3), told, "loss, value or penalty")
  }

  /// The penalty of conservative Q-learning, and adds its slopes.
  private func conserve(
    _ head: ValueHead, _ actions: Int, _ outputs: UnsafePointer<Float>, _ action: Int,
    _ scale: Float, _ slopes: UnsafeMutablePointer<Float>
  ) -> Float {
    let values = AlignedBuffer<Float>(count: actions)
    let valueSlopes = AlignedBuffer<Float>(count: actions)
    head.values(outputs, actions: actions, into: values.pointer)
    var span = valueSlopes.span.mutableSpan
    let penalty = conservatism(
      floats(values.pointer, actions).span, action: action, scale: scale, slopes: &span)
    head.addSlopes(
      outputs, values: values.pointer, valueSlopes.pointer, actions: actions, into: slopes)
    return penalty
  }

  @Test("Of two networks' values of the actions that were taken", arguments: [1, 4])
  func twins(outputs: Int) throws {
    let (here, there) = try subjects([outputs, outputs], seed: 8)
    let loss = RowLoss(.twins(outputs: outputs), of: there.plan.outputs, rows: rows)
    for row in 0..<rows {
      let given = loss.given(row)
      (given[0], given[1], given[2]) = (Float(row % outputs), Float(row % 5) - 2, 0.125)
    }
    var told: [Float] = []
    let slopes = here.here { row, outputs, slopes in
      let (given, place) = (loss.given(row), Int(loss.given(row)[0]))
      for (output, slope) in zip(outputs, slopes) {
        let error = squaredError(output[place], given[1])
        slope[place] = error.slope * given[2]
        told.append(error.loss)
      }
      told.append(outputs[0][place])
    }
    expect(try there.there(loss), slopes, "slope")
    expect(figures(loss, 3), told, "error or value")
  }

  // MARK: Actors

  @Test("Less the smaller value")
  func lesser() throws {
    let (here, there) = try subjects([1, 1], seed: 9)
    let loss = RowLoss(.lesser, of: there.plan.outputs, rows: rows)
    let slopes = here.here { row, outputs, slopes in
      slopes[outputs[1][0] < outputs[0][0] ? 1 : 0][0] = -1
    }
    expect(try there.there(loss), slopes, "slope")
    #expect(slopes[..<rows].contains(-1) && slopes[rows...].contains(-1))
  }

  @Test("Of actions through a tanh", arguments: SquashedGaussian.Deviation.allCases)
  func squashed(deviation: SquashedGaussian.Deviation) throws {
    let policy = SquashedGaussian(low: [-2, 0, -1], high: [2, 3, 1], deviation: deviation)
    let width = policy.width
    var generator = SplitMix64(seed: 10)
    // Deviations beyond both bounds, too.
    let (here, there) = try subjects([2 * width], seed: 4, scale: deviation == .cut ? 10 : 2)
    let loss = RowLoss(
      .squashed(width: width, isCut: deviation == .cut), of: there.plan.outputs, rows: rows)
    for row in 0..<rows {
      let given = loss.given(row)
      given[0] = generator.nextFloat()
      for place in 0..<width {
        given[1 + place] = Float(gaussian(using: &generator))
        given[1 + width + place] = Float(gaussian(using: &generator))
        given[1 + 2 * width + place] = policy.low[place]
        given[1 + 3 * width + place] = policy.high[place]
      }
    }
    let slopes = here.here { row, outputs, slopes in
      let given = UnsafePointer(loss.given(row))
      policy.addPathSlopes(
        outputs[0], noise: given + 1, logProbability: given[0], action: given + 1 + width,
        into: slopes[0])
    }
    expect(try there.there(loss), slopes, "slope")
  }

  @Test("Of soft values of discrete actions")
  func soft() throws {
    let actions = 5
    var generator = SplitMix64(seed: 11)
    let (here, there) = try subjects([actions], seed: 12)
    let loss = RowLoss(.soft(actions: actions), of: there.plan.outputs, rows: rows)
    for row in 0..<rows {
      let given = loss.given(row)
      (given[0], given[1]) = (0.125, 0.5)
      for place in 0..<2 * actions { given[2 + place] = Float(gaussian(using: &generator)) }
    }
    var told: [Float] = []
    let slopes = here.here { row, outputs, slopes in
      let given = loss.given(row)
      var written = UnsafeMutableBufferPointer(start: slopes[0], count: actions).mutableSpan
      told.append(
        discreteActorLoss(
          logits: floats(outputs[0], actions).span, floats(given + 2, actions).span,
          floats(given + 2 + actions, actions).span, temperature: given[1], scale: given[0],
          slopes: &written))
    }
    expect(try there.there(loss), slopes, "slope")
    expect(figures(loss, 1), told, "loss")
  }

  // MARK: PPO

  @Test(
    "Of PPO's objective, on both sides of every cut",
    arguments: [.choices([5]), .choices([3, 2, 4]), .normal(width: 3)] as [RowLoss.Policy],
    [true, false])
  func policy(policy: RowLoss.Policy, clipsValue: Bool) throws {
    let distribution: any ActionDistribution =
      switch policy {
      case .choices(let counts): Categorical(counts: counts)
      case .normal(let width): DiagonalGaussian(width: width)
      }
    let width = distribution.outputs
    var generator = SplitMix64(seed: 6)
    let (here, there) = try subjects([1 + width], seed: 3, scale: 1)
    let rule = RowLoss.Rule.policy(
      policy, clip: 0.2, clipsValue: clipsValue, value: 0.5, entropy: 0.01)
    let loss = RowLoss(rule, of: there.plan.outputs, rows: rows)
    for row in 0..<rows {
      let (given, values) = (loss.given(row), there.values[0][(row * (1 + width))...])
      for place in 0..<distribution.width {
        given[5 + place] = distribution is Categorical ? Float(row % 2) : 0.3 * Float(place)
      }
      let now = values.dropFirst().withUnsafeBufferPointer {
        distribution.logProbability($0.baseAddress!, of: given + 5)
      }
      // Ratios, and changes of the value, within the cuts and beyond them.
      given[0] = now + [0, 0.1, -0.1, 0.5, -0.5][row / 2 % 5]
      given[1] = Float(gaussian(using: &generator))
      given[2] = values.first! + [0.1, -0.1, 1, -1][row % 4]
      given[3] = given[2] + 0.3 * Float(gaussian(using: &generator))
      given[4] = row % 7 == 3 ? 0 : 1 / Float(rows)
    }
    var told: [Float] = []
    let slopes = here.here { row, outputs, slopes in
      let (given, output) = (loss.given(row), outputs[0])
      guard given[4] > 0 else { return told += [0, 0, 0, 0, 0] }
      let logRatio = distribution.logProbability(output + 1, of: given + 5) - given[0]
      let policy = Objective.policy(logRatio: logRatio, advantage: given[1], clip: 0.2)
      let error = Objective.value(
        output[0], old: given[2], target: given[3], clip: clipsValue ? 0.2 : nil)
      distribution.writeSlopes(
        output + 1, of: given + 5, logProbability: given[4] * policy.slope,
        entropy: -given[4] * 0.01, into: slopes[0] + 1)
      slopes[0][0] = given[4] * 0.5 * error.slope
      told += [
        policy.loss, error.loss, distribution.entropy(output + 1), policy.divergence,
        policy.isClipped ? 1 : 0,
      ]
    }
    expect(try there.there(loss), slopes, "slope")
    expect(figures(loss, 5), told, "figure")
    #expect(told.contains(1) && Set(slopes).count > rows)
  }
}
