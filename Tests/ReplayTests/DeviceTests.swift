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
