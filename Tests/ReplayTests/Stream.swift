import Environment
import Lanes
import Replay

/// Lanes of random episodes with everything that can happen at their edges, and the truth about them.
///
/// A transition's action is its own number, so that a sample says which one it is.
final class Stream {
  /// What a stack shows at an episode's start beside the first picture.
  enum Opening: CaseIterable { case first, zeros, others }

  struct Transition {
    var observation, nextObservation: [[UInt8]]
    var reward: Double
    var terminated, truncated, ended: Bool
    /// Its number among the lane's.
    var place: Int
    var lane: Int
  }

  static let stack = 3
  let spec: EnvironmentSpec
  let buffers: StepBuffers
  /// By number.
  private(set) var transitions: [Transition] = []
  /// By lane: numbers.
  private(set) var ofLane: [[Int]]

  private var generator: SplitMix64
  private let opening: Opening
  private let longest: UInt32
  private var pictures: [[UInt8]]
  private var isOver: [Bool]
  private var pictureCount = 0

  init(
    lanes: Int, _ autoreset: AutoresetMode, _ opening: Opening = .first, longest: UInt32 = 9,
    seed: UInt64 = 1
  ) {
    spec = EnvironmentSpec(
      id: "stream",
      observation: [
        Field("text", [4], .uint8, .text),
        Field(
          "picture", [Self.stack, 2, 2], .uint8, .picture(planesFirst: true, stack: Self.stack)),
        Field("pair", [2, 1, 2], .uint8, .picture(planesFirst: false, stack: 2)),
        Field("vector", [2], .float32),
      ], action: .discrete(1 << 30), autoreset: autoreset)
    buffers = StepBuffers(spec: spec, lanes: lanes)
    (self.opening, self.longest) = (opening, longest)
    generator = SplitMix64(seed: seed)
    ofLane = [[Int]](repeating: [], count: lanes)
    pictures = [[UInt8]](repeating: [], count: lanes)
    isOver = [Bool](repeating: false, count: lanes)
    for lane in 0..<lanes { start(lane) }
  }

  private var lanes: Int { buffers.lanes }

  // MARK: Observations: pictures of four bytes, of a pair's two; a vector of their number

  private func picture() -> [UInt8] {
    pictureCount += 1
    return (0..<4).map { UInt8(truncatingIfNeeded: pictureCount >> (8 * $0)) }
  }

  private func start(_ lane: Int) {
    let first = picture()
    pictures[lane] = (0..<Self.stack - 1).flatMap { _ -> [UInt8] in
      switch opening {
      case .first: first
      case .zeros: [0, 0, 0, 0]
      case .others: picture()
      }
    }
    pictures[lane] += first
    show(lane)
  }

  private func goOn(_ lane: Int) {
    pictures[lane] = Array(pictures[lane][4...]) + picture()
    show(lane)
  }

  private func observation(_ lane: Int) -> [[UInt8]] {
    let stack = pictures[lane]
    let pair = [stack[4], stack[5], stack[8], stack[9]]
    let vector: [Float] = [Float(stack[8]) + 256 * Float(stack[9]), -1]
    return [stack, pair, vector.withUnsafeBytes { Array($0) }]
  }

  private func show(_ lane: Int, in columns: [Column]? = nil) {
    let columns = columns ?? buffers.observations
    for (column, bytes) in zip(columns[1...], observation(lane)) {
      (column.base + lane * bytes.count).copyMemory(from: bytes, byteCount: bytes.count)
    }
  }

  // MARK: Steps

  /// Sets actions; before `step`.
  func act() {
    for lane in 0..<lanes {
      buffers.actions.writable(Int32.self)[lane] = Int32(transitions.count + lane)
    }
  }

  func step() {
    let first = transitions.count
    for lane in 0..<lanes {
      let isDead = isOver[lane] && spec.autoreset == .disabled
      let isBeginning = isOver[lane] && spec.autoreset == .nextStep
      if isDead { continue }
      if isBeginning {
        start(lane)
        flag(lane, false, false, 0, reward: 0)
        isOver[lane] = false
      } else {
        move(lane, number: first + lane)
      }
    }
  }

  private func move(_ lane: Int, number: Int) {
    let before = observation(lane)
    goOn(lane)
    let after = observation(lane)
    let chance = generator.next(below: longest)
    let terminated = chance == 0 || chance == 2
    let truncated = chance == 1 || chance == 2
    // A lost life ends nothing but the return.
    let isLife = terminated && generator.next(below: 3) == 0 && !truncated
    let ended = (terminated || truncated) && !isLife
    let reward = Double(generator.next(below: 100)) - 50
    while transitions.count <= number {
      transitions.append(
        Transition(
          observation: [], nextObservation: [], reward: 0, terminated: false, truncated: false,
          ended: false, place: -1, lane: lane))
    }
    transitions[number] = Transition(
      observation: before, nextObservation: after, reward: reward, terminated: terminated,
      truncated: truncated, ended: ended, place: ofLane[lane].count, lane: lane)
    ofLane[lane].append(number)
    flag(
      lane, terminated, truncated, ended ? UInt8(1 + generator.next(below: 2)) : 0, reward: reward)
    guard spec.autoreset == .sameStep else {
      isOver[lane] = ended
      return
    }
    if terminated || truncated { show(lane, in: buffers.finalObservations) }
    if ended { start(lane) }
  }

  private func flag(
    _ lane: Int, _ terminated: Bool, _ truncated: Bool, _ ended: UInt8, reward: Double
  ) {
    buffers.terminated.written(UInt8.self)[lane] = terminated ? 1 : 0
    buffers.truncated.written(UInt8.self)[lane] = truncated ? 1 : 0
    buffers.ended.written(UInt8.self)[lane] = ended
    buffers.rewards.written(Double.self)[lane] = reward
  }

  /// Under autoreset `disabled`: some of the lanes that have ended begin anew.
  func reset() {
    guard spec.autoreset == .disabled else { return }
    for lane in 0..<lanes where isOver[lane] && generator.next(below: 3) > 0 {
      start(lane)
      flag(lane, false, false, 0, reward: 0)
      isOver[lane] = false
    }
  }

  /// A step as a trainer makes it.
  func advance(_ replays: [Replay]) {
    for replay in replays { replay.begin(buffers) }
    act()
    step()
    for replay in replays { replay.add(buffers) }
    reset()
  }

  // MARK: The truth

  struct Sample: Equatable {
    var observation, nextObservation: [[UInt8]]
    var reward, discount: Float
  }

  /// By definition; nil: the future is not known yet.
  func sample(_ number: Int, steps: Int, discount: Float) -> Sample? {
    let start = transitions[number]
    var (sum, weight, place) = (0.0, 1.0, start.place)
    while true {
      guard place < ofLane[start.lane].count else { return nil }
      let here = transitions[ofLane[start.lane][place]]
      sum += weight * here.reward
      weight *= Double(discount)
      place += 1
      if here.terminated { weight = 0 }
      if here.terminated || here.truncated || place - start.place == steps {
        return Sample(
          observation: start.observation, nextObservation: here.nextObservation,
          reward: Float(sum), discount: Float(weight))
      }
    }
  }

  /// Numbers of a lane's transitions whose future is known.
  func known(_ lane: Int, steps: Int) -> [Int] {
    ofLane[lane].filter { sample($0, steps: steps, discount: 1) != nil }
  }
}

extension ReplayBatch {
  /// What stands in a row, for comparison with the truth; a next observation without meaning is left
  /// out.
  func row(_ row: Int) -> Stream.Sample {
    func bytes(_ columns: [Column]) -> [[UInt8]] { columns[1...].map { Array($0.row(row)) } }
    return Stream.Sample(
      observation: bytes(observations),
      nextObservation: bytes(nextObservations), reward: rewards[row], discount: discounts[row])
  }

  func number(_ row: Int) -> Int { Int(actions.of(Int32.self)[row]) }
}
