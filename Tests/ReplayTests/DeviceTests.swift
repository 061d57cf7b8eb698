import CUDA
import Environment
import Lanes
import Nets
import TestDevices
import Testing

@testable import Replay

/// Samples whose pictures stay where they are kept.
struct DeviceTests {
  @Test("Pictures that are named are those that are copied", arguments: Place.exact, [true, false])
  func named(place: Place, isFull: Bool) throws {
    let stream = Stream(lanes: 2, .sameStep, .others, seed: 3)
    let replay = try Replay(stream.spec, lanes: 2, capacity: 2 * 40)
    let workshop = try place.workshop(threads: 1)
    if isFull { for _ in 0..<30 { stream.advance([replay]) } }
    if let device = workshop.backend.device { replay.keep(on: device) }
    for _ in 0..<90 { stream.advance([replay]) }
    let (copied, named) = (
      ReplayBatch(stream.spec, count: 8), ReplayBatch(stream.spec, count: 8, namesPictures: true)
    )
    let sampling = Sampling(steps: 2, discount: 0.5)
    for seed in 0..<4 as Range<UInt64> {
      var (first, second) = (SplitMix64(seed: seed), SplitMix64(seed: seed))
      #expect(replay.sample(sampling, using: &first, into: copied))
      #expect(replay.sample(sampling, using: &second, into: named))
      for isNext in [false, true] {
        let rows = replay.named(named, isNext: isNext)
        #expect(rows.map(\.place) == [1, 2])
        let columns = isNext ? copied.nextObservations : copied.observations
        for (place, rows) in rows {
          let field = columns[place].field
          let input = Input(
            outer: field.shape[0], height: field.shape[1], width: field.shape[2], inner: 1, .uint8)
          let shown = [rows, Rows(columns[place].bytes.baseAddress!)].map {
            seen(input, $0, workshop)
          }
          #expect(shown[0] == shown[1])
        }
      }
      for _ in 0..<3 { stream.advance([replay]) }
    }
    try workshop.backend.device?.check()
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var priorities: Priorities?
    var autoreset = AutoresetMode.sameStep
    var longest: UInt32 = 9
    var lanes = 3
    var capacity = 3 * 20
    var steps = 3
    var correction: Float = 0.5
    var testDescription: String {
      let priorities = priorities.map { "\($0)" } ?? "uniform"
      return "\(priorities), \(autoreset), \(lanes), \(capacity), \(steps), \(correction)"
    }
  }

  private static let cases: [Case] = [
    Case(), Case(priorities: Priorities()),
    Case(priorities: Priorities(exponent: 0.6, slack: 0.1, uniformShare: 0.25), correction: 0.4),
    Case(priorities: Priorities(exponent: 1), autoreset: .nextStep, steps: 1, correction: 1),
    Case(priorities: Priorities(), autoreset: .disabled, lanes: 1, capacity: 300, steps: 10),
    Case(priorities: Priorities(), lanes: 300, capacity: 300 * 20),
  ]

  /// One replay draws here, another one, that is told the same, on the card.
  private final class Pair {
    let stream: Stream
    let here, there: Replay
    let batch: ReplayBatch
    let draws: Draws
    let sampling: Sampling
    let device: any Device
    private let losses: UnsafeMutableRawPointer
    /// Other powers than roots are not the same on every machine.
    private let isExact: Bool
    private var generators = (SplitMix64(seed: 7), SplitMix64(seed: 7))

    init(_ one: Case, count: Int = 8, before: Int = 0) throws {
      stream = Stream(lanes: one.lanes, one.autoreset, .others, longest: one.longest, seed: 3)
      func replay(_ spec: EnvironmentSpec) throws -> Replay {
        try Replay(
          spec, lanes: one.lanes, capacity: one.capacity, priorities: one.priorities)
      }
      (here, there) = (try replay(stream.spec), try replay(stream.spec))
      batch = ReplayBatch(stream.spec, count: count)
      sampling = Sampling(steps: one.steps, discount: 0.9, correction: one.correction)
      isExact =
        [0.5, 1].contains(one.priorities?.exponent ?? 1) && [0.5, 1].contains(one.correction)
      for _ in 0..<before { stream.advance([here, there]) }
      device = try Place.card(.float32)
      there.keep(on: device, draws: true)
      draws = try #require(there.makeDraws(count))
      losses = device.allocate(4 * count)
    }

    deinit { device.free(losses) }

    /// The same samples, to the last bit.
    func draw() throws {
      #expect(there.bring(sampling))
      #expect(here.sample(sampling, using: &generators.0, into: batch))
      device.sequence { there.draw(sampling, using: &generators.1, into: draws) }
      #expect(generators.0 == generators.1)
      let (leaves, worths) = draws.get()
      for row in 0..<batch.count {
        #expect(Int(leaves[row]) == here.leaf(batch.lanes[row], batch.positions[row]))
        let (mine, weight) = (worths[row], batch.weights[row])
        #expect(mine.action == Float(batch.actions.of(Int32.self)[row]))
        #expect(mine.reward == batch.rewards[row] && mine.discount == batch.discounts[row])
        #expect(isExact ? mine.weight == weight : abs(mine.weight - weight) <= 1e-6)
      }
    }

    /// The same chances, to the last bit.
    func rank(_ numbers: [Float]) {
      here.update(batch, priorities: numbers.span)
      device.upload(numbers, to: losses, 4 * numbers.count)
      there.rank(draws, losses: losses.assumingMemoryBound(to: Float.self), apart: 1)
      there.takeBack()
      if here.priorities == nil { return }
      #expect(
        zip(there.tree.leaves, here.tree.leaves).allSatisfy { mine, other in
          isExact ? mine == other : abs(mine - other) <= 1e-14 * other
        })
      #expect(there.largest == here.largest || !isExact)
      #expect(there.tree.total == here.tree.total || !isExact)
    }
  }

  @Test("A card draws what is drawn here", arguments: cases, [0, 25])
  func drawn(one: Case, before: Int) throws {
    let pair = try Pair(one, before: before)
    for _ in 0..<20 { pair.stream.advance([pair.here, pair.there]) }
    var generator = SplitMix64(seed: 2)
    for round in 0..<12 {
      try pair.draw()
      var losses = (0..<pair.batch.count).map { _ in 20 * generator.nextFloat() }
      // What is no number changes nothing, even where a step was drawn twice.
      if round % 3 == 1 { losses[generator.next(below: 2) == 0 ? 0 : 7] = .nan }
      pair.rank(losses)
      for _ in 0..<round % 4 { pair.stream.advance([pair.here, pair.there]) }
    }
    try pair.device.check()
  }

  @Test("Observations of a card's samples are those that are copied here")
  func shown() throws {
    let pair = try Pair(Case(priorities: Priorities()))
    for _ in 0..<30 { pair.stream.advance([pair.here, pair.there]) }
    try pair.draw()
    let workshop = Workshop(pool: ThreadPool(threads: 1), backend: pair.device as! CUDA)
    for isNext in [false, true] {
      let columns = isNext ? pair.batch.nextObservations : pair.batch.observations
      let rows = pair.there.rows(pair.draws, isNext: isNext)
      #expect(rows.map(\.place) == [1, 2, 3])
      for (place, rows) in rows {
        let field = columns[place].field
        let input =
          field.shape.count == 3
          ? Input(
            outer: field.shape[0], height: field.shape[1], width: field.shape[2], inner: 1, .uint8)
          : Input(vector: field.count, .float32)
        let shown = [rows, Rows(columns[place].bytes.baseAddress!)].map {
          seen(input, $0, workshop)
        }
        #expect(shown[0] == shown[1], "\(field.name)")
      }
    }
  }

  @Test("Where most draws are in vain, a card looks through all steps, too")
  func vain() throws {
    let pair = try Pair(
      Case(priorities: Priorities(), longest: 1_000_000, lanes: 1, capacity: 50, steps: 3),
      count: 4)
    for _ in 0..<6 { pair.stream.advance([pair.here, pair.there]) }
    // Steps that follow have a large chance, those that can be drawn have hardly any.
    for loss in [1e20, 1e-20, 1e-20, 1e-20] as [Float] {
      try pair.draw()
      pair.rank([Float](repeating: loss, count: 4))
    }
    for _ in 0..<2 { pair.stream.advance([pair.here, pair.there]) }
    for _ in 0..<4 {
      try pair.draw()
      pair.rank([1e-20, 1e-20, 1e-20, 1e-20])
    }
  }

  @Test("A step that was drawn twice has the last loss's priority")
  func twice() throws {
    let pair = try Pair(
      Case(priorities: Priorities(), longest: 1_000_000, lanes: 1, capacity: 50, steps: 1))
    for _ in 0..<3 { pair.stream.advance([pair.here, pair.there]) }
    try pair.draw()
    #expect(Set(pair.batch.positions).count < 8)
    pair.rank([1, 2, 3, 4, 5, 6, 7, 8])
    try pair.draw()
    pair.rank([8, 7, 6, 5, .nan, 3, 2, .infinity])
  }

  @Test("A checkpoint of a card's replay goes on here and there")
  func saved() throws {
    let one = Case(priorities: Priorities())
    let pair = try Pair(one)
    for _ in 0..<30 { pair.stream.advance([pair.here, pair.there]) }
    for round in 0..<3 {
      try pair.draw()
      pair.rank((0..<8).map { Float($0 + round) })
    }
    pair.stream.advance([pair.here, pair.there])
    var (mine, theirs) = (SafeTensors(), SafeTensors())
    try pair.here.save(into: &mine)
    try pair.there.save(into: &theirs)
    #expect(mine.tensors == theirs.tensors && mine.metadata == theirs.metadata)
    // The other's steps are gone.
    for _ in 0..<5 { pair.stream.advance([pair.there]) }
    try pair.there.restore(from: mine)
    for _ in 0..<3 {
      try pair.draw()
      pair.rank([3, 1, 4, 1, 5, 9, 2, 6])
    }
  }

  /// What a network reads of eight rows.
  private func seen(_ input: Input, _ rows: Rows, _ workshop: Workshop) -> [Float] {
    let graph = Graph()
    graph.output("x", graph.input("x", input).scaled(1))
    let plan = Plan(graph, workshop)
    let outputs = HostRows(plan, rows: 8)
    plan.forward(
      graph.layout.makeBuffer(workshop.backend), Inputs([rows]), count: 8, into: outputs)
    let output = plan.outputs[0]
    return Array(UnsafeBufferPointer(start: outputs[output], count: 8 * output.count))
  }
}
