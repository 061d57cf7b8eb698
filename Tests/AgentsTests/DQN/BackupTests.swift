import Foundation
import Lanes
import Nets
import Testing

@testable import Agents

/// What outputs mean, and what they are to become, beside the formulas in double.
struct BackupTests {
  private static let support = Support(-4, 4, count: 5)
  static let heads: [ValueHead] = [
    .scalar(threshold: nil), .scalar(threshold: 1), .categorical(support, .projection),
    .categorical(support, .twoHot), .categorical(Support.bins(-4, 4, count: 5), .gaussian(1.2)),
    .quantile(5), .implicit(5),
  ]
  private static let actions = 3

  /// Outputs as [actions, numbers], whatever order the head has.
  private func outputs(_ head: ValueHead, _ row: [Float]) -> [[Double]] {
    (0..<Self.actions).map { action in
      (0..<head.numbers).map { Double(row[head.place($0, action, Self.actions)]) }
    }
  }

  private func value(_ head: ValueHead, _ outputs: [Double]) -> Double {
    guard case .categorical(let support, _) = head else {
      return outputs.reduce(0, +) / Double(outputs.count)
    }
    return zip(softmax(outputs), 0...).reduce(0) { $0 + $1.0 * support.atom($1.1) }
  }

  private func target(
    _ head: ValueHead, _ step: Backup.Step, _ munchausen: Backup.Munchausen? = nil
  ) -> [Float] {
    row(head.numbers) { target in
      var numbers = [Float](repeating: .nan, count: head.numbers)
      Backup(head: head, actions: Self.actions, munchausen: munchausen).target(
        step, into: &numbers)
      for index in numbers.indices { target[index] = numbers[index] }
    }
  }

  /// The number that a scalar target has, as the head's.
  private func shown(_ head: ValueHead, _ number: Double) -> [Float] {
    switch head {
    case .categorical(let support, .twoHot):
      row(5) { twoHot(Float(number), on: support, into: &$0) }
    case .categorical(let support, .gaussian(let deviation)):
      row(5) { gaussianHistogram(Float(number), on: support, deviation: deviation, into: &$0) }
    default: [Float(number)]
    }
  }

  @Test("Values are the outputs' expectations", arguments: heads)
  func values(head: ValueHead) {
    var generator = SplitMix64(seed: 1)
    let row = normals(Self.actions * head.numbers, &generator)
    var values: [Float] = [0, 0, 0]
    head.values(row, actions: Self.actions, into: &values)
    var part = [Float](repeating: 0, count: head.numbers)
    for (action, outputs) in outputs(head, row).enumerated() {
      #expect(isClose(values[action], value(head, outputs)))
      head.part(row, action, actions: Self.actions, into: &part)
      #expect(doubles(part) == outputs)
    }
  }

  @Test("Slopes of values reach the outputs", arguments: heads)
  func valueSlopes(head: ValueHead) {
    var generator = SplitMix64(seed: 2)
    let row = normals(Self.actions * head.numbers, &generator)
    var values: [Float] = [0, 0, 0]
    head.values(row, actions: Self.actions, into: &values)
    var slopes = [Float](repeating: 1, count: row.count)
    head.addSlopes(row, values: values, [2, -1, 0.5], actions: Self.actions, into: &slopes)
    for action in 0..<Self.actions {
      for index in 0..<head.numbers {
        let slope = difference { step in
          var outputs = outputs(head, row)[action]
          outputs[index] += step
          return [2, -1, 0.5][action] * value(head, outputs)
        }
        let found = slopes[head.place(index, action, Self.actions)]
        #expect(abs(Double(found) - 1 - slope) < 2e-6)
      }
    }
  }

  @Test("The loss is the head's, with its slopes", arguments: heads)
  func losses(head: ValueHead) {
    var generator = SplitMix64(seed: 3)
    let target =
      head.numbers > 1 && !(head == .quantile(5) || head == .implicit(5))
      ? softmax(doubles(normals(5, &generator))).map { Float($0) }
      : normals(head.numbers, &generator)
    let fractions: [Float] =
      head == .implicit(5) ? [0.05, 0.3, 0.5, 0.8, 0.93] : midpoints(head.numbers)
    checkLoss(at: normals(head.numbers, &generator), ulps: 16) {
      head.loss($0, target.span, fractions: fractions.span, scale: $1, slopes: &$2)
    } _: { outputs in
      switch head {
      case .scalar(let threshold):
        let error = outputs[0] - Double(target[0])
        guard threshold != nil else { return error * error }
        return abs(error) <= 1 ? error * error / 2 : abs(error) - 0.5
      case .categorical:
        return zip(target, softmax(outputs)).reduce(0) { $0 - Double($1.0) * log($1.1) }
      case .quantile, .implicit:
        var sum = 0.0
        for (output, fraction) in zip(outputs, fractions) {
          for target in target {
            let error = Double(target) - output
            let huber = abs(error) <= 1 ? error * error / 2 : abs(error) - 0.5
            sum += abs(Double(fraction) - (error < 0 ? 1 : 0)) * huber / 5
          }
        }
        return sum
      }
    }
  }

  @Test("Targets: r + discount times the next action's", arguments: heads, [0.5, 0] as [Float])
  func targets(head: ValueHead, discount: Float) {
    var generator = SplitMix64(seed: 4)
    let next = normals(Self.actions * head.numbers, &generator)
    next.withUnsafeBufferPointer { pointer in
      for action in 0..<Self.actions {
        let found = target(
          head,
          Backup.Step(
            reward: 0.75, discount: discount, action: 1, next: pointer.baseAddress!,
            nextAction: action))
        let outputs = outputs(head, next)[action]
        if head.isOfNumber {
          let number = 0.75 + Double(discount) * value(head, outputs)
          for (one, other) in zip(found, shown(head, number)) {
            #expect(isClose(one, Double(other), ulps: 32))
          }
        } else if case .categorical(let support, _) = head {
          let masses = softmax(outputs).map { Float($0) }
          let exact = row(5) {
            projected(masses.span, reward: 0.75, discount: discount, on: support, into: &$0)
          }
          #expect(zip(found, exact).allSatisfy { isClose($0, Double($1)) })
        } else {
          for (one, other) in zip(found, outputs) {
            #expect(isClose(one, 0.75 + Double(discount) * other))
          }
        }
      }
    }
  }

  @Test(
    "Munchausen's targets are the paper's, quantile by quantile",
    arguments: heads.filter { $0 != heads[2] })
  func munchausen(head: ValueHead) {
    var generator = SplitMix64(seed: 5)
    let settings = Backup.Munchausen(temperature: 0.5, share: 0.9, floor: -0.6)
    let next = normals(Self.actions * head.numbers, &generator)
    let before = normals(Self.actions, &generator)
    func policy(_ values: [Double]) -> [Double] { softmax(values.map { $0 / 0.5 }) }
    let nexts = outputs(head, next)
    let chances = policy(nexts.map { value(head, $0) })
    next.withUnsafeBufferPointer { pointer in
      before.withUnsafeBufferPointer { left in
        for action in 0..<Self.actions {
          var step = Backup.Step(
            reward: 0.75, discount: 0.5, action: action, next: pointer.baseAddress!,
            nextAction: 0)
          step.before = left.baseAddress!
          let bonus = 0.9 * max(0.5 * log(policy(doubles(before))[action]), Double(Float(-0.6)))
          func soft(_ values: [Double]) -> Double {
            zip(chances, values).reduce(0) { $0 + $1.0 * ($1.1 - 0.5 * log($1.0)) }
          }
          let found = target(head, step, settings)
          if head.isOfNumber {
            let number = 0.75 + bonus + 0.5 * soft(nexts.map { value(head, $0) })
            for (one, other) in zip(found, shown(head, number)) {
              #expect(isClose(one, Double(other), ulps: 32))
            }
          } else {
            for index in 0..<5 {
              #expect(isClose(found[index], 0.75 + bonus + 0.5 * soft(nexts.map { $0[index] })))
            }
          }
        }
      }
    }
  }

  @Test("The share of random actions: all, then falling, then the last")
  func schedule() {
    let schedule = EpsilonSchedule(start: 1, end: 0.2, delay: 100, decay: 400)
    for (step, epsilon) in [(0, 1), (99, 1), (100, 1), (300, 0.6), (500, 0.2), (9999, 0.2)] {
      #expect(abs(schedule.epsilon(at: step) - Float(epsilon)) < 1e-6)
    }
    #expect(EpsilonSchedule(start: 0.5, end: 0.1, delay: 0, decay: 0).epsilon(at: 0) == 0.1)
  }

  @Test("The best of what is allowed, the first of equals; the rest at random")
  func greedy() {
    let mask: [UInt8] = [0, 1, 0, 1]
    var generator = SplitMix64(seed: 6)
    #expect(Greedy(4).best([1, 3, 3, 2]) == 1)
    mask.withUnsafeBufferPointer { mask in
      let greedy = Greedy(4, allowed: mask.baseAddress)
      #expect(greedy.best([9, 1, 9, 2]) == 3)
      var counts = [0, 0, 0, 0]
      for _ in 0..<1000 { counts[greedy.any(using: &generator)] += 1 }
      #expect(counts[0] == 0 && counts[2] == 0 && abs(counts[1] - 500) < 80)
    }
    var counts = [0, 0, 0, 0]
    for _ in 0..<4000 { counts[Greedy(4).any(using: &generator)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 1000) < 150 })
  }
}
