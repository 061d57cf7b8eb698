import Environment
import Lanes
import Pixels
import Records

/// A bright half, left or right; the action that names it is worth 1. Episodes of 5 steps: lanes of
/// even number terminate, others are truncated.
public final class Halves: Block {
  public enum Shown: String, CaseIterable, Sendable {
    case picture, planes, vector, several
    /// Pictures of the last three steps.
    case stack
    /// Ids: cells, a direction that says nothing beside a sentence, and a direction that says all.
    case cells, words, turn
  }

  public enum Taken: String, CaseIterable, Sendable { case discrete, pair, box }

  public struct Settings: Configurable {
    public var shown = Shown.picture
    public var taken = Taken.discrete
    public init() {}
    public static let owner = "halves"
    public static let settings: [Setting<Self>] = [
      .choice("shown", \.shown, "what an observation is; several: planes and a vector"),
      .choice("taken", \.taken, "what an action is"),
    ]
  }

  public static let length = 5

  private let settings: Settings
  private var generators: [SplitMix64]
  private var sides: [Int32]
  private var elapsed: [Int32]
  /// The last three sides, a bit each, the newest lowest.
  private var past: [Int32]

  public init(_ id: String, _ settings: Settings, lanes: Int) {
    self.settings = settings
    generators = [SplitMix64](repeating: SplitMix64(seed: 0), count: lanes)
    sides = [Int32](repeating: 0, count: lanes)
    elapsed = sides
    past = sides
  }

  public static func spec(_ id: String, _ settings: Settings) -> EnvironmentSpec {
    let planes = Field("planes", [10, 10, 2], .uint8, .planes(planesFirst: false))
    let vector = Field("vector", [2], .float64, .vector, low: [-1], high: [1])
    let turn = Field("turn", [], .uint8, .choice(3))
    let fields =
      switch settings.shown {
      case .picture: [Field("image", [1, 36, 36], .uint8, .picture(planesFirst: true, stack: 1))]
      case .stack: [Field("image", [3, 36, 36], .uint8, .picture(planesFirst: true, stack: 3))]
      case .planes: [planes]
      case .vector: [vector]
      case .several: [planes, vector]
      case .cells: [Field("cells", [4, 5, 2], .uint8, .symbols([2, 3]))]
      case .words: [turn, Field("words", [4], .uint8, .tokens(vocabulary: 4))]
      case .turn: [turn]
      }
    let action: ActionSpace =
      switch settings.taken {
      case .discrete: .discrete(2)
      case .pair: .multiDiscrete([3, 2])
      case .box: .box(low: [-3], high: [3])
      }
    return EnvironmentSpec(id: id, observation: fields, action: action)
  }

  public func begin(_ lanes: LaneMask, seeds: UnsafePointer<UInt64>?) {
    forEachLane(lanes) { lane in
      if let seeds { generators[lane] = SplitMix64(seed: seeds[lane]) }
      elapsed[lane] = 0
      draw(lane)
      past[lane] = 7 * sides[lane]
    }
  }

  private func draw(_ lane: Int) {
    sides[lane] = Int32(generators[lane].next(below: 2))
    past[lane] = (past[lane] << 1 | sides[lane]) & 7
  }

  public func step(_ lanes: LaneMask, _ rows: BlockRows) {
    forEachLane(lanes) { lane in
      rows.rewards[lane] = worth(lane, rows)
      elapsed[lane] += 1
      let ends = elapsed[lane] == Self.length
      rows.terminated[lane] = ends && lane % 2 == 0 ? 1 : 0
      rows.truncated[lane] = ends && lane % 2 == 1 ? 1 : 0
      draw(lane)
    }
  }

  /// 0...1
  private func worth(_ lane: Int, _ rows: BlockRows) -> Double {
    switch settings.taken {
    case .discrete: return rows.actions(Int32.self)[lane] == sides[lane] ? 1 : 0
    case .pair:
      let pair = rows.actions(Int32.self) + 2 * lane
      return (pair[0] == 2 * sides[lane] ? 0.5 : 0) + (pair[1] == sides[lane] ? 0.5 : 0)
    case .box:
      let wanted: Float = sides[lane] == 0 ? -0.5 : 0.5
      return Double(max(0, 1 - abs(rows.actions(Float.self)[lane] - wanted)))
    }
  }

  public func observe(_ lanes: LaneMask, _ rows: BlockRows) {
    forEachLane(lanes) { lane in
      switch settings.shown {
      case .picture: paint(rows.observation(0, UInt8.self) + lane * 1296, 36, 1, sides[lane], 200)
      case .stack:
        for age in 0..<3 {
          let picture = rows.observation(0, UInt8.self) + (lane * 3 + 2 - age) * 1296
          paint(picture, 36, 1, past[lane] >> Int32(age) & 1, 200)
        }
      case .planes: paint(rows.observation(0, UInt8.self) + lane * 200, 10, 2, sides[lane], 1)
      case .vector: point(rows.observation(0, Double.self) + lane * 2, sides[lane])
      case .several:
        paint(rows.observation(0, UInt8.self) + lane * 200, 10, 2, 0, 1)
        point(rows.observation(1, Double.self) + lane * 2, sides[lane])
      case .cells:
        let cells = rows.observation(0, UInt8.self) + lane * 40
        for cell in 0..<20 { (cells[2 * cell], cells[2 * cell + 1]) = (1, UInt8(sides[lane]) * 2) }
      case .words:
        rows.observation(0, UInt8.self)[lane] = 2
        let words = rows.observation(1, UInt8.self) + lane * 4
        (words[0], words[1], words[2], words[3]) = (3, UInt8(sides[lane]) + 1, 0, 0)
      case .turn: rows.observation(0, UInt8.self)[lane] = UInt8(sides[lane]) + 1
      }
    }
  }

  private func paint(
    _ picture: UnsafeMutablePointer<UInt8>, _ size: Int, _ channels: Int, _ side: Int32,
    _ bright: UInt8
  ) {
    for pixel in 0..<size * size {
      let isBright = (pixel % size < size / 2) == (side == 0)
      for channel in 0..<channels {
        picture[pixel * channels + channel] = isBright && channel == 0 ? bright : 0
      }
    }
  }

  private func point(_ vector: UnsafeMutablePointer<Double>, _ side: Int32) {
    vector[0] = side == 0 ? -1 : 1
    vector[1] = 0.5
  }

  public func visit(lane: Int, _ state: inout some StateVisitor) {
    state.visit(&generators[lane].state)
    state.visit(&sides[lane])
    state.visit(&elapsed[lane])
    state.visit(&past[lane])
  }

  public func flaw(lane: Int) -> String? {
    let isSound =
      (0...1).contains(sides[lane]) && (0...Int32(Self.length)).contains(elapsed[lane])
      && (0...7).contains(past[lane])
    return isSound ? nil : "side or time is out of range"
  }

  public func render(lane: Int) -> Picture {
    let shade: UInt8 = sides[lane] == 0 ? 200 : 0
    return Picture(width: 1, height: 1, filled: (shade, shade, shade))
  }
}

extension Halves {
  public static func batch(
    _ lanes: Int, _ shown: Shown = .picture, _ taken: Taken = .discrete,
    _ autoreset: AutoresetMode = .sameStep, workers: Int = 1
  ) throws -> BlockBatch<Halves> {
    var (settings, episode) = (Settings(), EpisodeSettings())
    (settings.shown, settings.taken, episode.autoreset) = (shown, taken, autoreset)
    return try BlockBatch<Halves>("Halves", settings, episode, lanes: lanes, workers: workers)
  }
}
