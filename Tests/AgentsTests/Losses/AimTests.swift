import Lanes
import Nets
import TestDevices
import Testing

@testable import Agents

/// Targets that a card makes, beside the agents' own.
struct AimTests {
  private static let (rows, actions) = (12, 4)

  struct Case: Sendable, CustomTestStringConvertible {
    let head: ValueHead
    var isDouble = false
    var isSoft = false
    var isMasked = false
    var testDescription: String { "\(head), \(isDouble), \(isSoft), \(isMasked)" }
  }

  private static let support = Support(-2, 3, count: 13)
  private static let bins = Support.bins(-2, 3, count: 140)

  private static let cases: [Case] = [
    Case(head: .scalar(threshold: nil)), Case(head: .scalar(threshold: 1), isDouble: true),
    Case(head: .scalar(threshold: nil), isSoft: true),
    Case(head: .categorical(support, .projection)),
    Case(head: .categorical(Support(-2, 3, count: 150), .projection), isDouble: true),
    Case(head: .categorical(support, .projection), isDouble: true, isMasked: true),
    Case(head: .categorical(support, .twoHot)),
    Case(head: .categorical(support, .twoHot), isSoft: true),
    Case(head: .categorical(bins, .gaussian(0.03)), isMasked: true),
    Case(head: .categorical(bins, .gaussian(0.03)), isSoft: true),
    Case(head: .quantile(130)), Case(head: .quantile(130), isDouble: true, isMasked: true),
    Case(head: .quantile(5), isSoft: true), Case(head: .implicit(6)),
    Case(head: .implicit(6), isSoft: true),
  ]

  /// Random outputs of a network, or what stands for them.
  private func numbers(_ count: Int, _ generator: inout SplitMix64) -> AlignedBuffer<Float> {
    let made = AlignedBuffer<Float>(count: count)
    for index in 0..<count { made[index] = Float(gaussian(using: &generator)) }
    return made
  }

  @Test("Are those of the agents' own, by every head", arguments: cases)
  func targets(one: Case) throws {
    let (rows, actions, head) = (Self.rows, Self.actions, one.head)
    let (numbers, width) = (head.numbers, Self.actions * head.numbers)
    var generator = SplitMix64(seed: 3)
    let seen = (0..<3).map { _ in self.numbers(rows * width, &generator) }
    let told = self.numbers(4 * rows, &generator)
    for row in 0..<rows {
      told[4 * row] = Float(row % actions)
      // Steps without a future, and such as lead beyond the support.
      told[4 * row + 1] *= 2
      told[4 * row + 2] = row % 5 == 0 ? 0 : 0.9
    }
    let fractions = self.numbers(rows * numbers, &generator)
    // One row in which nothing is allowed.
    let allowed = AlignedBuffer<UInt8>(count: 2 * rows * actions)
    for index in 0..<2 * rows * actions {
      allowed[index] = index / actions == 6 ? 0 : UInt8(generator.next(below: 2))
    }
    let given = try there(one, seen, told, fractions, one.isMasked ? allowed : nil)
    let soft = Backup.Munchausen(temperature: 0.3, share: 0.9, floor: -1)
    let backup = Backup(head: head, actions: actions, munchausen: one.isSoft ? soft : nil)
    for row in 0..<rows {
      let values = AlignedBuffer<Float>(count: actions)
      func value(_ network: Int) {
        head.values(
          seen[network].pointer + row * width, actions: actions, into: values.pointer)
      }
      value(one.isDouble ? 2 : 0)
      let mask = one.isMasked ? UnsafePointer(allowed.pointer + (rows + row) * actions) : nil
      var step = Backup.Step(
        reward: told[4 * row + 1], discount: told[4 * row + 2], action: row % actions,
        next: UnsafePointer(seen[0].pointer + row * width),
        nextAction: Greedy(actions, allowed: mask).best(values.pointer))
      if one.isSoft {
        value(1)
        step.before = UnsafePointer(values.pointer)
      }
      let target = AlignedBuffer<Float>(count: numbers)
      backup.target(step, into: target.pointer)
      let mine = given + row * (2 + 2 * numbers)
      #expect(mine[0] == told[4 * row] && mine[1] == told[4 * row + 3] / Float(rows))
      for index in 0..<numbers {
        #expect(abs(mine[2 + index] - target[index]) <= 4e-6, "\(row), \(index)")
        #expect(mine[2 + numbers + index] == fractions[row * numbers + index])
      }
    }
  }

  /// What the card gives to the loss. Actions are allowed by the second half of the rows.
  private func there(
    _ one: Case, _ seen: [AlignedBuffer<Float>], _ told: AlignedBuffer<Float>,
    _ fractions: AlignedBuffer<Float>, _ allowed: AlignedBuffer<UInt8>?
  ) throws -> UnsafePointer<Float> {
    let (rows, actions, numbers) = (Self.rows, Self.actions, one.head.numbers)
    let workshop = try Place.card.workshop(threads: 1)
    let device = workshop.backend.device!
    let graph = Graph()
    graph.output("y", graph.input("x", Input(vector: actions * numbers, .float32)).scaled(1))
    let plan = Plan(graph, workshop)
    let weights = graph.layout.makeBuffer(workshop.backend)
    var settings = DQN.Settings()
    (settings.double, settings.munchausen) = (one.isDouble, one.isSoft)
    settings.munchausenTemperature = 0.3
    let aim = DQN.aim(settings, head: one.head, actions: actions)
    let aiming = try #require(Aiming(plan, plan.output("y"), aim, rows: rows))
    let draws = Draws(rows, stacks: [1], on: device)
    let next = (0..<rows).map { Int32(rows + $0) }
    device.upload(told.pointer, to: draws.told, 16 * rows)
    device.upload(next, to: draws.nextNumbers, 4 * rows)
    if let allowed { device.keep(allowed.pointer, 2 * rows * actions, isLocked: false) }
    if let allowed { device.bring(allowed.pointer, 2 * rows * actions) }
    defer { if let allowed { device.forget(allowed.pointer) } }
    device.sequence {
      for (network, which) in [Aiming.Seen.next, .before, .chosen].enumerated() {
        aiming.see(
          which, weights, Inputs([UnsafeRawPointer(seen[network].pointer)]), noise: nil)
      }
      aiming.set(fractions: fractions.pointer, rows * numbers)
      aiming.aim(
        draws, allowed: allowed.map { draws.rows(0, isNext: true, UnsafeRawPointer($0.pointer)) })
    }
    let given = UnsafeMutablePointer<Float>.allocate(capacity: rows * (2 + 2 * numbers))
    device.download(aiming.given, to: given, 4 * rows * (2 + 2 * numbers))
    device.wait()
    try device.check()
    return UnsafePointer(given)
  }
}
