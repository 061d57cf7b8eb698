import Environment
import Foundation
import Lanes
import Testing

@testable import Atari

/// Games whose ROM is here; tests that need more are skipped with the command that enables them.
let present = Game.all.filter { ROMStore.standard.has($0) }
let enabledByROMs = ConditionTrait.enabled(
  if: !present.isEmpty, "no ROMs; Tools/import-roms fetches them")

/// What every lane of a batch went through: one number a lane, from all it got.
struct Journal: Equatable {
  var lanes: [UInt64]

  init(count: Int) { lanes = [UInt64](repeating: 0xCBF2_9CE4_8422_2325, count: count) }

  mutating func add(_ buffers: StepBuffers, sounds: AlignedBuffer<UInt8>) {
    let (rewards, returns) = (
      buffers.rewards.of(Double.self), buffers.episodeReturns.of(Double.self)
    )
    for lane in 0..<lanes.count {
      var hash = lanes[lane]
      func add(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        let bytes = UnsafeRawPointer(bytes)
        for word in 0..<count / 8 {
          hash = (hash ^ bytes.load(fromByteOffset: word * 8, as: UInt64.self)) &* 0x100_0000_01B3
          hash ^= hash >> 31
        }
      }
      add(buffers.observation(lane: lane), buffers.observationBytes)
      let soundBytes = sounds.count / buffers.lanes
      add(UnsafePointer(sounds.pointer) + lane * soundBytes, soundBytes)
      for player in 0..<buffers.rewards.rows / lanes.count {
        let index = player * lanes.count + lane
        hash = (hash ^ rewards[index].bitPattern) &* 0x100_0000_01B3
        hash = (hash ^ returns[index].bitPattern) &* 0x100_0000_01B3
      }
      for value in [
        UInt64(buffers.terminated.of(UInt8.self)[lane]),
        UInt64(buffers.truncated.of(UInt8.self)[lane]),
        UInt64(buffers.episodeLengths.of(Int32.self)[lane]),
      ] { hash = (hash ^ value) &* 0x100_0000_01B3 }
      lanes[lane] = hash
    }
  }
}

/// A batch with the actions of given lanes: lane i of the batch plays as `names[i]` would in any
/// batch, from that seed and with that lane's own action stream.
final class Player {
  let batch: AtariBatch
  let buffers: StepBuffers
  private(set) var journal: Journal
  private var generators: [SplitMix64]
  private let pool: ThreadPool

  init(
    _ game: Game, names: [UInt64], settings: AtariBatch.Settings = .init(), threads: Int = 1
  ) throws {
    pool = ThreadPool(threads: threads)
    batch = try AtariBatch(game, lanes: names.count, settings: settings, workers: threads)
    buffers = StepBuffers(spec: batch.spec, lanes: names.count)
    journal = Journal(count: names.count)
    generators = names.map { SplitMix64(seed: $0 &* 77 &+ 5) }
    try batch.reset(seeds: names, buffers, on: pool)
    journal.add(buffers, sounds: batch.sounds)
  }

  func play(steps: Int) throws {
    let limit = UInt32(batch.actions.count)
    let actions = buffers.actions.writable(Int32.self)
    for _ in 0..<steps {
      for index in 0..<buffers.actions.rows {
        actions[index] = Int32(generators[index % batch.lanes].next(below: limit))
      }
      try batch.step(buffers, on: pool)
      journal.add(buffers, sounds: batch.sounds)
    }
  }

  func playContinuously(steps: Int) throws {
    let sticks = buffers.actions.writable(Float.self)
    for _ in 0..<steps {
      for index in 0..<buffers.actions.rows {
        let action = ContinuousAction(uniform: &generators[index % batch.lanes])
        sticks[3 * index] = action.radius
        sticks[3 * index + 1] = action.angle
        sticks[3 * index + 2] = action.fire
      }
      try batch.step(buffers, on: pool)
      journal.add(buffers, sounds: batch.sounds)
    }
  }

  var generatorStates: [SplitMix64] {
    get { generators }
    set { generators = newValue }
  }

  func forgetJournal() { journal = Journal(count: batch.lanes) }
}

extension EnvironmentBatch {
  /// A step under these actions.
  func step<Number: BitwiseCopyable>(_ actions: [Number], _ buffers: StepBuffers) throws {
    precondition(actions.count * 4 == buffers.actions.bytes.count)
    for (index, action) in actions.enumerated() {
      buffers.actions.writable(Number.self)[index] = action
    }
    try step(buffers)
  }
}

extension Column {
  func array<Number: BitwiseCopyable>(_: Number.Type) -> [Number] {
    Array(UnsafeBufferPointer(start: of(Number.self), count: rows * field.count))
  }
}

extension StepBuffers {
  var observationBytes: Int { observations[0].field.bytes }

  func observation(lane: Int) -> UnsafePointer<UInt8> {
    observations[0].of(UInt8.self) + lane * observationBytes
  }

  func finalObservation(lane: Int) -> UnsafePointer<UInt8> {
    finalObservations[0].of(UInt8.self) + lane * observationBytes
  }
}

/// Saves `first` and lets it go on; `second`, once restored from that, must do the same.
func expectResumption(
  of first: Player, in second: Player, play: (Player) throws -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let saved = try first.batch.checkpoint()
  second.generatorStates = first.generatorStates
  first.forgetJournal()
  try play(first)
  try second.batch.resume(saved, into: second.buffers)
  second.forgetJournal()
  try play(second)
  #expect(first.journal == second.journal, sourceLocation: sourceLocation)
}

/// Plays as many frames as a recording has, with a generator of the recording's seed, 20.
/// - Parameter act: acts a frame; the words of its line between the frame's number and the checksums.
func expectFrames(
  of name: String, _ console: RawAtari, act: (RawAtari, inout SplitMix64) throws -> String
) throws {
  let lines = try goldenLines(name)
  var generator = SplitMix64(seed: 20)
  var checksum = CRC32()
  var next = 0
  for frame in 0...lines.last!.index {
    if console.isOver { console.reset() }
    let words = try act(console, &generator)
    var (memory, picture) = (CRC32(), CRC32())
    memory.add(console.memory)
    picture.add(console.picture)
    checksum.add(Array("\(frame) \(words) \(memory.hex) \(picture.hex)\n".utf8))
    guard frame == lines[next].index else { continue }
    try #require(checksum.hex == lines[next].checksum, "differs within 100 frames of \(frame)")
    next += 1
  }
}

/// Index and checksum of every line of a recording.
func goldenLines(_ name: String) throws -> [(index: Int, checksum: String)] {
  try golden(name).map { (Int($0.key)!, $0.checksum) }
}

/// First word and checksum of every line of a recording.
func golden(_ name: String) throws -> [(key: String, checksum: String)] {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
  let text = try String(contentsOf: folder.appending(path: "Golden/\(name)"), encoding: .utf8)
  return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
    let parts = line.split(separator: " ")
    return (String(parts[0]), String(parts[1]))
  }
}

extension ContinuousAction {
  /// Anywhere in the space. `Tools/oracle/record-golden` does the same.
  init(uniform generator: inout SplitMix64) {
    let radius = generator.nextFloat()
    let turn = generator.nextFloat() * 2 - 1
    self.init(radius: radius, angle: turn * Self.pi, fire: generator.nextFloat())
  }
}
