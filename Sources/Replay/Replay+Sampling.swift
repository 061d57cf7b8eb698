import Environment
import Glibc
import Lanes

/// What a sample's rows are.
public struct Sampling: Equatable, Sendable {
  /// Whose rewards are summed.
  public var steps: Int
  /// Per step.
  public var discount: Float
  /// The correction's exponent, beta: 1 undoes unequal chances.
  public var correction: Float

  public init(steps: Int = 1, discount: Float, correction: Float = 0.5) {
    (self.steps, self.discount, self.correction) = (steps, discount, correction)
  }
}

extension Replay {
  /// Fills the batch with transitions whose whole future is known, drawn with replacement, each by a
  /// generator of its own that `generator` seeds.
  /// - Returns: false where there is none yet.
  public func sample(
    _ sampling: Sampling, using generator: inout SplitMix64, into batch: ReplayBatch
  ) -> Bool {
    precondition(ledger == nil, "a device draws")
    bringFresh()
    for index in 0..<batch.count {
      var own = SplitMix64(seed: generator.next())
      guard let (lane, position) = draw(sampling, batch.length, &own) else { return false }
      (batch.lanes[index], batch.positions[index]) = (lane, position)
      gather(lane, position, sampling, index, batch)
    }
    weigh(sampling, batch)
    return true
  }

  /// New priorities, one a sequence: losses, or sizes of errors. What has been overwritten since is
  /// left alone.
  public func update(_ batch: ReplayBatch, priorities losses: Span<Float>) {
    guard let priorities else { return }
    for index in 0..<batch.count {
      let (lane, position) = (batch.lanes[index], batch.positions[index])
      if position < oldest(lane) { continue }
      let leaf = raised(Double(losses[index]) + priorities.slack, priorities.exponent)
      // What is no number would spoil every sum.
      guard leaf.isFinite, leaf > 0 else { continue }
      tree[self.leaf(lane, position)] = leaf
      largest = max(largest, leaf)
    }
  }

  // MARK: Drawing

  /// Draws again where the future is not known, or a stack's pictures are gone; after many vain draws
  /// looks through all rows.
  private func draw(
    _ sampling: Sampling, _ length: Int, _ generator: inout SplitMix64
  ) -> (lane: Int, position: Int)? {
    if count == 0 { return nil }
    // Decided once: who draws again draws in the same way.
    let share = priorities?.uniformShare ?? 1
    let isUniform = share > 0 && unit(&generator) < share
    for _ in 0..<256 {
      let (lane, position) = isUniform ? place(&generator) : important(&generator)
      if isWhole(lane, position, sampling.steps, length) { return (lane, position) }
    }
    let all = places(steps: sampling.steps, length: length)
    func weight(_ place: (lane: Int, position: Int)) -> Double {
      isUniform ? 1 : tree[leaf(place.lane, place.position)]
    }
    var rest = unit(&generator) * all.reduce(0) { $0 + weight($1) }
    for place in all {
      rest -= weight(place)
      if rest < 0 { return place }
    }
    return all.last
  }

  private func important(_ generator: inout SplitMix64) -> (lane: Int, position: Int) {
    let found = tree.find(unit(&generator) * tree.total)
    let (lane, place) = (found / window, found % window)
    let newest = written[lane] - 1
    return (lane, newest - (newest - place) % window)
  }

  private func place(_ generator: inout SplitMix64) -> (lane: Int, position: Int) {
    let longest = min(written.max()!, window)
    let lane = Int(generator.next(below: UInt32(lanes)))
    return (lane, written[lane] - 1 - Int(generator.next(below: UInt32(longest))))
  }

  private func unit(_ generator: inout SplitMix64) -> Double {
    Double(generator.next() >> 11) * 0x1p-53
  }

  /// All that could be drawn, in order.
  func places(steps: Int, length: Int) -> [(lane: Int, position: Int)] {
    (0..<lanes).flatMap { lane in
      (oldest(lane)..<written[lane]).filter { isWhole(lane, $0, steps, length) }
        .map { (lane, $0) }
    }
  }

  /// Whether there is a step whose pictures and whole future are there.
  func isWhole(_ lane: Int, _ position: Int, _ steps: Int, _ length: Int) -> Bool {
    let first = position - store.history
    guard first >= oldest(lane), position < written[lane] else { return false }
    guard store.kind(row(lane, position)) == .step else { return false }
    // So many steps in all, or an end before.
    var (place, left) = (position, steps + length - 1)
    while true {
      let row = row(lane, place)
      left -= 1
      let next = next(lane, place)
      switch next.map({ store.kind(self.row(lane, $0)) }) {
      case .step where left > 0 && !isEnd(row): place = next!
      case .step, .last: return true
      case .open: return left == 0 || isEnd(row)
      case .filler, nil: return false
      }
    }
  }

  func isEnd(_ row: Int) -> Bool { store.isTerminated(row) || store.isTruncated(row) }

  /// The observation after a step's.
  func next(_ lane: Int, _ position: Int) -> Int? {
    (position + 1..<max(written[lane], position + 1)).first {
      store.kind(row(lane, $0)) != .filler
    }
  }

  // MARK: Gathering

  func gather(
    _ lane: Int, _ position: Int, _ sampling: Sampling, _ index: Int, _ batch: ReplayBatch
  ) {
    var (place, isPart) = (position, true)
    for step in 0..<batch.length {
      let target = index * batch.length + step
      let row = row(lane, place)
      take(lane, place, batch, isNext: false, target)
      (batch.actions.base + target * store.actionBytes)
        .copyMemory(from: store.action(row), byteCount: store.actionBytes)
      batch.isPart[target] = isPart ? 1 : 0
      guard isPart else {
        (batch.rewards[target], batch.discounts[target]) = (0, 0)
        take(lane, place, batch, isNext: true, target)
        continue
      }
      let (result, after) = future(lane, place, sampling)
      batch.rewards[target] = Float(result.sum)
      batch.discounts[target] = Float(result.discount)
      take(lane, after, batch, isNext: true, target)
      isPart = !isEnd(row) && store.kind(self.row(lane, next(lane, place)!)) == .step
      place = next(lane, place)!
    }
  }

  /// What the steps from a place on are worth, and where the observation after them is.
  private func future(
    _ lane: Int, _ position: Int, _ sampling: Sampling
  ) -> (result: NStepReturn, after: Int) {
    var (result, place) = (NStepReturn(), position)
    repeat {
      let row = row(lane, place)
      result.add(
        store.rewards[row], terminated: store.isTerminated(row),
        truncated: store.isTruncated(row), discount: Double(sampling.discount))
      place = next(lane, place)!
    } while result.steps < sampling.steps && !result.isOver
      && store.kind(row(lane, place)) == .step
    return (result, place)
  }

  /// Pictures of a stack lie in consecutive rows.
  private func take(
    _ lane: Int, _ position: Int, _ batch: ReplayBatch, isNext: Bool, _ target: Int
  ) {
    let columns = isNext ? batch.nextObservations : batch.observations
    for (index, kept) in store.fields.enumerated() {
      if batch.namesPictures && kept.stack > 1 {
        let numbers = (isNext ? batch.nextNumbers : batch.numbers)[index]
        for age in 0..<kept.stack {
          numbers[(target + 1) * kept.stack - 1 - age] = Int32(row(lane, position - age))
        }
        continue
      }
      var place = columns[kept.place].base + target * kept.field.bytes
      for age in (0..<kept.stack).reversed() {
        let picture = store.frame(index, row(lane, position - age))
        place.copyMemory(from: picture, byteCount: kept.bytes)
        place += kept.bytes
      }
    }
  }

  private func weigh(_ sampling: Sampling, _ batch: ReplayBatch) {
    guard let priorities else {
      for index in 0..<batch.count { batch.weights[index] = 1 }
      return
    }
    let share = priorities.uniformShare
    let weights = (0..<batch.count).map { index in
      let leaf = tree[self.leaf(batch.lanes[index], batch.positions[index])]
      let chance = (1 - share) * leaf / tree.total + share / Double(count)
      return raised(chance, -Double(sampling.correction))
    }
    let most = weights.max()!
    for index in 0..<batch.count { batch.weights[index] = Float(weights[index] / most) }
  }
}

/// x to the power of e, by root and quotient alone where they do: those are the same on every machine.
private func raised(_ x: Double, _ e: Double) -> Double {
  switch e {
  case 1: x
  case 0.5: x.squareRoot()
  case -0.5: 1 / x.squareRoot()
  case -1: 1 / x
  default: pow(x, e)
  }
}
