import Environment
import Foundation
import Lanes
import Nets
import Testing

@testable import Replay

struct SavingTests {
  private func path() -> String {
    FileManager.default.temporaryDirectory.path + "/replay-\(UUID().uuidString)"
  }

  /// A stream with a replay that is asked and told as an agent does.
  private final class Run {
    let stream: Stream
    let replay: Replay
    let batch: ReplayBatch
    var generator = SplitMix64(seed: 8)
    private(set) var seen: [Stream.Sample] = []

    init(_ mode: AutoresetMode, _ path: String?) throws {
      stream = Stream(lanes: 2, mode, .others, seed: 9)
      replay = try Replay(
        stream.spec, lanes: 2, capacity: 140, priorities: Priorities(), path: path)
      batch = ReplayBatch(stream.spec, count: 3)
    }

    /// - Parameter replay: another than the run's own.
    func advance(_ count: Int, _ replay: Replay? = nil) {
      let replay = replay ?? self.replay
      for _ in 0..<count {
        stream.advance([replay])
        let sampling = Sampling(steps: 2, discount: 0.5)
        guard replay.sample(sampling, using: &generator, into: batch) else { continue }
        for row in 0..<3 { seen.append(batch.row(row)) }
        let losses = (0..<3).map { _ in generator.nextFloat() }
        replay.update(batch, priorities: losses.span)
      }
    }
  }

  private func saved(_ replay: Replay) throws -> SafeTensors {
    var file = SafeTensors()
    try replay.save(into: &file)
    return file
  }

  @Test(
    "A restored replay goes on as the saved one", arguments: AutoresetMode.allCases, [false, true])
  func restores(mode: AutoresetMode, inFile: Bool) throws {
    let path = inFile ? path() : nil
    defer { if let path { try? FileManager.default.removeItem(atPath: path) } }
    let (whole, broken) = (try Run(mode, nil), try Run(mode, path))
    whole.advance(333)
    broken.advance(333)
    let file = try saved(broken.replay)
    whole.advance(20)
    // The run goes on and dies; what it wrote since is in the file.
    broken.advance(20)
    #expect(!broken.replay.mustSave)
    let again = try Replay(
      whole.stream.spec, lanes: 2, capacity: 140, priorities: Priorities(), path: path)
    try again.restore(from: file)
    let rest = try Run(mode, nil)
    rest.advance(333)
    rest.advance(20, again)
    #expect(rest.seen == whole.seen)
    #expect(rest.generator == whole.generator)
    #expect(again.count == whole.replay.count && again.written == whole.replay.written)
  }

  @Test("Who says that it must be saved loses nothing until then")
  func slack() throws {
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = try Run(.sameStep, path)
    run.advance(200)
    let file = try saved(run.replay)
    let before = run.replay.places(steps: 1, length: 1)
    let samples = before.map { sample(run.replay, $0) }
    var steps = 0
    while !run.replay.mustSave {
      run.advance(1)
      steps += 1
    }
    #expect(steps > 15)
    let again = try Replay(
      run.stream.spec, lanes: 2, capacity: 140, priorities: Priorities(), path: path)
    try again.restore(from: file)
    #expect(again.places(steps: 1, length: 1).map { sample(again, $0) } == samples)
    _ = try saved(run.replay)
    #expect(!run.replay.mustSave)
  }

  @Test(
    "Either of the last two checkpoints can be gone on from, whenever the next one is asked for")
  func two() throws {
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = try Run(.sameStep, path)
    run.advance(200)
    var files = [try saved(run.replay)]
    var samples = [places(run.replay)]
    for _ in 0..<5 {
      while !run.replay.mustSave { run.advance(1) }
      for (file, known) in zip(files, samples).suffix(2) {
        let again = try Replay(
          run.stream.spec, lanes: 2, capacity: 140, priorities: Priorities(), path: path)
        // In a copy: restoring forgets what came after.
        let rows = Array(again.store.bytes)
        try again.restore(from: file)
        #expect(places(again) == known)
        again.store.bytes.copyBytes(from: rows)
      }
      files.append(try saved(run.replay))
      samples.append(places(run.replay))
      #expect(!run.replay.mustSave)
    }
  }

  private func places(_ replay: Replay) -> [Stream.Sample] {
    replay.places(steps: 1, length: 1).map { sample(replay, $0) }
  }

  @Test("An observation in the file that is not what was written is refused")
  func pictures() throws {
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = try Run(.sameStep, path)
    run.advance(100)
    let file = try saved(run.replay)
    let row = run.replay.row(1, run.replay.oldest(1))
    let byte = run.replay.store.frame(0, row).assumingMemoryBound(to: UInt8.self)
    byte.pointee ^= 1
    let again = try Replay(
      run.stream.spec, lanes: 2, capacity: 140, priorities: Priorities(), path: path)
    #expect(throws: CheckpointError.mismatch(path)) { try again.restore(from: file) }
    byte.pointee ^= 1
    try again.restore(from: file)
  }

  private func sample(_ replay: Replay, _ place: (lane: Int, position: Int)) -> Stream.Sample {
    let batch = ReplayBatch(replay.spec, count: 1)
    replay.gather(place.lane, place.position, Sampling(discount: 0.5), 0, batch)
    return batch.row(0)
  }

  @Test("Damage and other runs' files are refused")
  func damage() throws {
    let (path, other) = (path(), path())
    defer {
      for path in [path, other] { try? FileManager.default.removeItem(atPath: path) }
    }
    let run = try Run(.sameStep, path)
    run.advance(50)
    let file = try saved(run.replay)
    func refuses(_ change: (inout SafeTensors) -> Void, at path: String) throws {
      var bad = file
      change(&bad)
      let replay = try Replay(
        run.stream.spec, lanes: 2, capacity: 140, priorities: Priorities(), path: path)
      #expect(throws: CheckpointError.self) { try replay.restore(from: bad) }
    }
    try refuses({ _ in }, at: other)
    try refuses({ $0.tensors["replay.written"] = nil }, at: path)
    try refuses({ $0.tensors["replay.written"]!.bytes[7] = 0x80 }, at: path)
    try refuses({ $0.tensors["replay.written"]!.bytes[0] ^= 1 }, at: path)
    try refuses({ $0.tensors["replay.priorities"]!.bytes[7] = 0xFF }, at: path)
    try refuses({ $0.metadata["replay.largest"] = "nan" }, at: path)
    try refuses({ $0.metadata["replay.sum"] = "1" }, at: path)
    let replay = try Replay(
      run.stream.spec, lanes: 2, capacity: 140, priorities: Priorities(), path: path)
    try replay.restore(from: file)
    #expect(throws: ReplayError.self) {
      try Replay(run.stream.spec, lanes: 2, capacity: 140, path: "/nowhere/replay")
    }
  }
}
