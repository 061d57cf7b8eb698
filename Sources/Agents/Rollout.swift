import Environment
import Lanes
import Nets

/// What happened in [steps, lanes] transitions since the last update. Place = step * lanes + lane.
final class Rollout {
  let steps: Int
  let lanes: Int
  private let actionWidth: Int
  /// By lane: steps that it has made.
  private var made: [Int]

  /// By field that is kept: [steps + 1, lanes]; the environment writes here.
  private let observations: [Column]
  private let actions: AlignedBuffer<Float>
  let logProbabilities, values, rewards: AlignedBuffer<Float>
  /// 1 where the learner sees an end, for whatever reason.
  private let ends: AlignedBuffer<UInt8>
  /// 1 where an environment only began its next episode: nothing to be learned.
  private let skips: AlignedBuffer<UInt8>
  /// Value of the last observation where an episode was cut off, else 0.
  let cutValues: AlignedBuffer<Float>
  /// [lanes]: value of the observation after the last step.
  let lastValues: AlignedBuffer<Float>
  let advantages: AlignedBuffer<Float>

  /// Steps of a sequence, by which a rollout is a whole number of them.
  let sequence: Int
  private let memoryWidth: Int
  /// [steps, lanes]: 1 where an episode begins; and [sequences, lanes]: memory before each.
  private let begins: AlignedBuffer<UInt8>
  private let memories: AlignedBuffer<Float>
  /// Keeps the observations too; nil: networks run where they are.
  private let device: (any Device)?
  /// [lanes]: not 0 where the last step ended an episode, so that stacks of pictures begin anew.
  private let begun: AlignedBuffer<UInt8>

  /// - Parameter memoryWidth: floats that the policy carries in each lane.
  init(
    _ fields: [Field], actionWidth: Int, steps: Int, lanes: Int, sequence: Int = 1,
    memoryWidth: Int = 0, device: (any Device)? = nil
  ) {
    self.sequence = sequence
    self.device = device
    self.memoryWidth = memoryWidth
    begins = AlignedBuffer(count: memoryWidth > 0 ? steps * lanes : 0)
    memories = AlignedBuffer(count: steps / sequence * lanes * memoryWidth)
    self.steps = steps
    self.lanes = lanes
    made = [Int](repeating: 0, count: lanes)
    self.actionWidth = actionWidth
    let count = steps * lanes
    observations = fields.map { Column($0, rows: count + lanes) }
    actions = AlignedBuffer(count: count * actionWidth)
    logProbabilities = AlignedBuffer(count: count)
    values = AlignedBuffer(count: count)
    rewards = AlignedBuffer(count: count)
    ends = AlignedBuffer(count: count)
    skips = AlignedBuffer(count: count)
    cutValues = AlignedBuffer(count: count)
    advantages = AlignedBuffer(count: count)
    lastValues = AlignedBuffer(count: lanes)
    begun = AlignedBuffer(count: lanes)
    for column in observations { device?.keep(column.base, column.bytes.count, isLocked: true) }
  }

  deinit { for column in observations { device?.forget(column.base) } }

  /// A step's observations of lanes are there: they go to the device.
  func bring(_ step: Int, from lane: Int = 0, _ count: Int? = nil) {
    guard let device else { return }
    let count = count ?? lanes
    let before = step > 0 ? columns(step - 1, from: lane, count) : []
    for (index, column) in columns(step, from: lane, count).enumerated() {
      let pictures = column.field.stack
      guard step > 0, pictures > 1 else {
        device.bring(column.base, column.bytes.count)
        continue
      }
      let stacks = Stacks(
        count: count, pictures: pictures, bytes: column.field.bytes / pictures)
      device.bring(
        column.base, stacks, after: before[index].base, begins: begun.pointer + lane)
    }
  }

  /// Bytes that one of so many steps and lanes takes; nil: more than can be counted.
  static func bytes(_ fields: [Field], actionWidth: Int, steps: Int, lanes: Int) -> Int? {
    let transition = fields.reduce(4 * actionWidth + 26) { $0 + $1.bytes }
    let (count, isMany) = (steps + 1).multipliedReportingOverflow(by: lanes)
    let (bytes, isMore) = count.multipliedReportingOverflow(by: transition)
    return isMany || isMore || count > Int(Int32.max) ? nil : bytes
  }

  func step(of lane: Int) -> Int { made[lane] }
  var isEmpty: Bool { made.allSatisfy { $0 == 0 } }
  var isFull: Bool { made.allSatisfy { $0 == steps } }
  func clear() { for lane in 0..<lanes { made[lane] = 0 } }

  /// Observations of a step.
  /// - Parameter count: of lanes; nil: all.
  func columns(_ step: Int, from lane: Int = 0, _ count: Int? = nil) -> [Column] {
    observations.map { $0.slice(step * lanes + lane, count ?? lanes) }
  }

  /// Observations of transitions from `first` on.
  func rows(first: Int) -> Inputs { Inputs(bases, first: first) }

  /// What a network learns from: observations of transitions or of sequences by their first, and
  /// there the memory.
  func withInputs<Result>(
    _ samples: [Int32], _ body: (Inputs) throws -> Result
  ) rethrows -> Result {
    // Of the memory before each sample.
    let lines = samples.map { Int32(Int($0) / lanes / sequence * lanes + Int($0) % lanes) }
    return try samples.withUnsafeBufferPointer { samples in
      try lines.withUnsafeBufferPointer { lines in
        let numbers = samples.baseAddress!
        let seen = Inputs(bases, numbers: numbers, stride: lanes)
        if memoryWidth == 0 { return try body(seen) }
        return try body(
          seen + [
            Rows(begins.pointer, numbers: numbers, stride: lanes),
            Rows(memories.pointer, numbers: lines.baseAddress!),
          ])
      }
    }
  }

  /// Before a step of all lanes: what the policy remembers.
  func keep(_ memory: PolicyMemory) {
    let step = made[0]
    (begins.pointer + step * lanes).update(from: memory.first.pointer, count: lanes)
    guard step % sequence == 0 else { return }
    let count = lanes * memoryWidth
    (memories.pointer + step / sequence * count).update(
      from: memory.states.pointer, count: count)
  }

  /// First places of the sequences.
  var sequences: [Int32] {
    stride(from: 0, to: steps, by: sequence).flatMap { step in
      (0..<lanes).map { Int32(step * lanes + $0) }
    }
  }

  private var bases: [UnsafeRawPointer] { observations.map { UnsafeRawPointer($0.base) } }

  func action(_ place: Int) -> UnsafeMutablePointer<Float> {
    actions.pointer + place * actionWidth
  }

  /// Ends the step of the buffers' lanes.
  /// - Parameter isSkipped: by lane of the rollout.
  func finishStep(_ buffers: StepBuffers, from first: Int = 0, skipping isSkipped: [Bool]) {
    let (terminated, truncated, ended) = (
      buffers.terminated.of(UInt8.self), buffers.truncated.of(UInt8.self),
      buffers.ended.of(UInt8.self)
    )
    for row in 0..<buffers.lanes {
      let lane = first + row
      let (place, isSkipped) = (made[lane] * lanes + lane, isSkipped[lane])
      ends[place] = terminated[row] | truncated[row]
      skips[place] = isSkipped ? 1 : 0
      begun[lane] = ends[place] | ended[row] | skips[place]
      made[lane] += 1
    }
  }

  /// Whether there is something to be learned from a place.
  func isLearned(_ place: Int) -> Bool { skips[place] == 0 }
  var learned: [Int32] { (0..<steps * lanes).filter(isLearned).map(Int32.init) }

  /// A terminated step has no future; one that was cut off takes its last observation's value.
  func estimateAdvantages(discount: Float, lambda: Float) {
    let count = steps * lanes
    func row(_ buffer: AlignedBuffer<Float>, _ count: Int) -> UnsafeBufferPointer<Float> {
      UnsafeBufferPointer(start: buffer.pointer, count: count)
    }
    var target = UnsafeMutableBufferPointer(start: advantages.pointer, count: count).mutableSpan
    Agents.estimateAdvantages(
      rewards: row(rewards, count).span, values: row(values, count).span,
      ends: UnsafeBufferPointer(start: ends.pointer, count: count).span,
      cutValues: row(cutValues, count).span, lastValues: row(lastValues, lanes).span,
      discount: discount, lambda: lambda, into: &target)
  }

  /// 1 - variance of (return - value) / variance of return.
  func explainedVariance(_ places: [Int32]) -> Double {
    let errors = places.map { Double(advantages[Int($0)]) }
    let targets = zip(errors, places).map { $0 + Double(values[Int($1)]) }
    let whole = Self.variance(targets)
    return whole > 0 ? 1 - Self.variance(errors) / whole : 0
  }

  private static func variance(_ numbers: [Double]) -> Double {
    let mean = numbers.reduce(0, +) / Double(max(numbers.count, 1))
    return numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }
}

/// Transitions of one gradient step, in the order of a network's rows.
struct Minibatch {
  /// [samples, steps]; nil: nothing is to be learned there.
  let places: [Int?]
  /// As `places`.
  private(set) var advantages: [Float]
  /// Places that there are.
  let count: Int

  /// - Parameter samples: first places.
  init(_ rollout: Rollout, _ samples: [Int32], steps: Int, normalizes: Bool) {
    let places = samples.flatMap { first in
      (0..<steps).map { step -> Int? in
        let place = Int(first) + step * rollout.lanes
        return rollout.isLearned(place) ? place : nil
      }
    }
    let known = places.indices.filter { places[$0] != nil }
    var numbers = known.map { rollout.advantages[places[$0]!] }
    if normalizes { numbers = Objective.normalized(numbers) }
    var advantages = [Float](repeating: 0, count: places.count)
    for (place, number) in zip(known, numbers) { advantages[place] = number }
    (self.places, self.advantages, count) = (places, advantages, known.count)
  }
}
