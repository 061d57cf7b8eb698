import Environment
import Lanes
import Nets
import Testing

@testable import Replay

/// Beside a plain model that keeps every observation whole.
struct ReplayTests {
  /// Every sample that can be drawn, by the transition's number.
  private func all(
    _ replay: Replay, _ sampling: Sampling
  ) -> [(number: Int, sample: Stream.Sample)] {
    let batch = ReplayBatch(replay.spec, count: 1)
    return replay.places(steps: sampling.steps, length: 1).map { lane, position in
      replay.gather(lane, position, sampling, 0, batch)
      return (batch.number(0), batch.row(0))
    }
  }

  @Test(
    "With room for all, all transitions are there, each as it was",
    arguments: AutoresetMode.allCases, Stream.Opening.allCases)
  func whole(mode: AutoresetMode, opening: Stream.Opening) throws {
    for (lanes, steps) in [(1, 1), (3, 3), (2, 10)] {
      let stream = Stream(lanes: lanes, mode, opening, seed: UInt64(steps))
      let replay = try Replay(stream.spec, lanes: lanes, capacity: 4000 * lanes)
      for _ in 0..<300 { stream.advance([replay]) }
      let sampling = Sampling(steps: steps, discount: 0.5)
      let found = all(replay, sampling)
      // The last transition's observation is there before the next step begins.
      let known = (0..<lanes).flatMap { stream.known($0, steps: steps) }
      #expect(found.map(\.number) == known)
      for (number, sample) in found {
        #expect(sample == stream.sample(number, steps: steps, discount: 0.5))
      }
      #expect(replay.count == stream.ofLane.reduce(0) { $0 + $1.count })
    }
  }

  @Test(
    "A ring keeps the newest transitions, unbroken", arguments: AutoresetMode.allCases, [7, 40, 97])
  func ring(mode: AutoresetMode, capacity: Int) throws {
    let stream = Stream(lanes: 2, mode, .others, seed: 3)
    let replay = try Replay(stream.spec, lanes: 2, capacity: 2 * capacity)
    for round in 0..<400 {
      stream.advance([replay])
      // Nothing but steps can be drawn.
      #expect(replay.tree.total == Double(replay.count))
      guard round % 23 == 0 else { continue }
      let found = all(replay, Sampling(steps: 2, discount: 0.5))
      for (number, sample) in found {
        #expect(sample == stream.sample(number, steps: 2, discount: 0.5))
      }
      for lane in 0..<2 {
        let (mine, known) = (
          found.map(\.number).filter { stream.transitions[$0].lane == lane },
          stream.known(lane, steps: 2)
        )
        #expect(mine == known.suffix(mine.count))
        // An episode takes a row for its last observation and two for its first stack.
        let rows = stream.ofLane[lane].suffix(mine.count + 1)
        let episodes = rows.count { stream.transitions[$0].ended }
        let room = capacity - 2 - 2 - 3 * (episodes + 1) - 2
        #expect(mine.count >= min(room, known.count))
      }
    }
  }

  @Test("Draws reach all that can be drawn, and nothing else", arguments: [false, true])
  func draws(prioritised: Bool) throws {
    let stream = Stream(lanes: 3, .sameStep, .zeros, seed: 4)
    let replay = try Replay(
      stream.spec, lanes: 3, capacity: 3 * 60, priorities: prioritised ? Priorities() : nil)
    let (batch, sampling) = (
      ReplayBatch(stream.spec, count: 8), Sampling(steps: 3, discount: 0.5)
    )
    var generator = SplitMix64(seed: 5)
    #expect(!replay.sample(sampling, using: &generator, into: batch))
    for _ in 0..<100 { stream.advance([replay]) }
    let places = Set(all(replay, sampling).map(\.number))
    var counts: [Int: Int] = [:]
    for _ in 0..<3000 {
      #expect(replay.sample(sampling, using: &generator, into: batch))
      for row in 0..<8 {
        counts[batch.number(row), default: 0] += 1
        #expect(batch.row(row) == stream.sample(batch.number(row), steps: 3, discount: 0.5))
        #expect(batch.weights[row] == 1 && batch.isPart[row] == 1)
      }
    }
    #expect(Set(counts.keys) == places)
    // Within five deviations of equal chances.
    let mean = 24_000 / Double(places.count)
    for count in counts.values { #expect(abs(Double(count) - mean) < 5 * mean.squareRoot()) }
  }

  @Test("A single place is found however rare it is")
  func rare() throws {
    let stream = Stream(lanes: 1, .sameStep, longest: 1_000_000)
    let replay = try Replay(stream.spec, lanes: 1, capacity: 100_000)
    let batch = ReplayBatch(stream.spec, count: 2)
    var generator = SplitMix64(seed: 5)
    for _ in 0..<4000 { stream.advance([replay]) }
    #expect(
      replay.sample(Sampling(steps: 4000, discount: 1), using: &generator, into: batch))
    #expect(batch.number(0) == 0 && batch.number(1) == 0)
    #expect(
      !replay.sample(Sampling(steps: 4001, discount: 1), using: &generator, into: batch))
  }

  @Test("Sequences follow one episode and are filled up behind its end", arguments: [1, 3])
  func sequences(steps: Int) throws {
    let stream = Stream(lanes: 2, .nextStep, .others, seed: 6)
    let replay = try Replay(stream.spec, lanes: 2, capacity: 2 * 300)
    for _ in 0..<200 { stream.advance([replay]) }
    let (batch, sampling) = (
      ReplayBatch(stream.spec, count: 4, length: 5), Sampling(steps: steps, discount: 0.5)
    )
    var (generator, fillers) = (SplitMix64(seed: 7), 0)
    for _ in 0..<200 {
      #expect(replay.sample(sampling, using: &generator, into: batch))
      for first in stride(from: 0, to: 20, by: 5) {
        let start = stream.transitions[batch.number(first)]
        var last: Stream.Transition?
        for step in 0..<5 {
          let row = first + step
          if let last {
            fillers += 1
            #expect(batch.isPart[row] == 0 && batch.discounts[row] == 0)
            #expect(batch.rewards[row] == 0)
            #expect(batch.row(row).observation == last.nextObservation)
            continue
          }
          let number = stream.ofLane[start.lane][start.place + step]
          #expect(batch.isPart[row] == 1 && batch.number(row) == number)
          #expect(batch.row(row) == stream.sample(number, steps: steps, discount: 0.5))
          let here = stream.transitions[number]
          if here.terminated || here.truncated { last = here }
        }
      }
    }
    #expect(fillers > 100)
  }

  @Test("A picture is kept once a row")
  func memory() throws {
    let spec = EnvironmentSpec(
      id: "big",
      observation: [
        Field("image", [4, 84, 84], .uint8, .picture(planesFirst: true, stack: 4))
      ], action: .discrete(4))
    let replay = try Replay(spec, lanes: 8, capacity: 8000)
    #expect(replay.bytes < 8000 * (84 * 84 + 4 + 8 + 1 + 8) + 1000)
    #expect(throws: ReplayError.self) { try Replay(spec, lanes: 8, capacity: 1 << 40) }
    #expect(throws: ReplayError.self) { try Replay(spec, lanes: 2, capacity: 1 << 62) }
  }

  @Test("Sums of rewards by hand")
  func nSteps() {
    var result = NStepReturn()
    result.add(1, terminated: false, truncated: false, discount: 0.5)
    result.add(2, terminated: false, truncated: false, discount: 0.5)
    #expect(result.sum == 2 && result.discount == 0.25 && result.steps == 2 && !result.isOver)
    var cut = result
    cut.add(4, terminated: false, truncated: true, discount: 0.5)
    #expect(cut.sum == 3 && cut.discount == 0.125 && cut.isOver)
    result.add(4, terminated: true, truncated: true, discount: 0.5)
    #expect(result.sum == 3 && result.discount == 0 && result.isOver)
  }
}
