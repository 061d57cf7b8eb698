import Environment
import Lanes
import Pixels
import Records

/// A side that only an episode's first observation shows; four steps later the action that names it
/// is worth 1. Who remembers nothing gets half of it.
final class Cue: Block {
  struct Settings: Configurable {
    static let owner = "cue"
    static let settings: [Setting<Settings>] = []
  }

  static let length: Int32 = 5

  private var generators: [SplitMix64]
  private var sides, elapsed: [Int32]

  init(_ id: String, _ settings: Settings, lanes: Int) {
    generators = [SplitMix64](repeating: SplitMix64(seed: 0), count: lanes)
    sides = [Int32](repeating: 0, count: lanes)
    elapsed = sides
  }

  /// The side or 0, and whether the answer is due.
  static func spec(_ id: String, _ settings: Settings) -> EnvironmentSpec {
    EnvironmentSpec(
      id: id, observation: [Field("cue", [2], .float32, .vector, low: [-1], high: [1])],
      action: .discrete(3))
  }

  func begin(_ lanes: LaneMask, seeds: UnsafePointer<UInt64>?) {
    forEachLane(lanes) { lane in
      if let seeds { generators[lane] = SplitMix64(seed: seeds[lane]) }
      elapsed[lane] = 0
      sides[lane] = Int32(generators[lane].next(below: 2))
    }
  }

  func step(_ lanes: LaneMask, _ rows: BlockRows) {
    forEachLane(lanes) { lane in
      elapsed[lane] += 1
      let isDue = elapsed[lane] == Self.length
      rows.terminated[lane] = isDue ? 1 : 0
      rows.rewards[lane] = isDue && rows.actions(Int32.self)[lane] == sides[lane] ? 1 : 0
    }
  }

  func observe(_ lanes: LaneMask, _ rows: BlockRows) {
    let cues = rows.observation(0, Float.self)
    forEachLane(lanes) { lane in
      cues[2 * lane] = elapsed[lane] == 0 ? Float(2 * sides[lane] - 1) : 0
      cues[2 * lane + 1] = elapsed[lane] == Self.length - 1 ? 1 : 0
    }
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    state.visit(&generators[lane].state)
    state.visit(&sides[lane])
    state.visit(&elapsed[lane])
  }

  func render(lane: Int) -> Picture { Picture(width: 1, height: 1, filled: (0, 0, 0)) }

  static func batch(_ lanes: Int, _ autoreset: AutoresetMode = .sameStep) throws -> BlockBatch<Cue>
  {
    var episode = EpisodeSettings()
    episode.autoreset = autoreset
    return try BlockBatch("Cue", Settings(), episode, lanes: lanes)
  }
}
