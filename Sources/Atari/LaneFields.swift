import Environment
import Lanes

/// Reads or writes a lane's fields one after another.
protocol LaneFields {
  mutating func visit(_ value: inout Int32)
  mutating func visit(_ value: inout UInt8)
  mutating func visit(_ value: inout Bool)
  mutating func visit(_ value: inout UInt64)
}

extension LaneFields {
  mutating func visit(_ value: inout Double) {
    var bits = value.bitPattern
    visit(&bits)
    value = Double(bitPattern: bits)
  }

  mutating func visit(_ value: inout Float) {
    var bits = Int32(bitPattern: value.bitPattern)
    visit(&bits)
    value = Float(bitPattern: UInt32(bitPattern: bits))
  }
}

extension AtariLane {
  /// Every field that counts between steps, in the order in which they are saved. Those of the way to
  /// an episode's first step are not among them: no lane is saved there.
  mutating func visit(_ fields: inout some LaneFields) {
    game.visit(&fields)
    gameB.visit(&fields)
    fields.visit(&frame)
    fields.visit(&episodeFrame)
    fields.visit(&leftPaddle)
    fields.visit(&rightPaddle)
    fields.visit(&held.a.action)
    fields.visit(&held.a.strength)
    fields.visit(&held.b.action)
    fields.visit(&held.b.strength)
    fields.visit(&mode)
    fields.visit(&difficulty)
    fields.visit(&seed)
    fields.visit(&beginsWithSeed)
    fields.visit(&goesOn)
    fields.visit(&fillsStack)
    fields.visit(&hasEnded)
    fields.visit(&elapsed)
    fields.visit(&lives)
    fields.visit(&lifeLost)
    fields.visit(&over)
    fields.visit(&keepsEarlier)
    fields.visit(&keepsLast)
    fields.visit(&keptIsPooled)
    fields.visit(&reward)
    fields.visit(&rewardB)
    fields.visit(&episodeReturn)
    fields.visit(&episodeReturnB)
    fields.visit(&episodeLength)
  }

  /// Why a lane that comes from outside must not be run, or nil.
  var flaw: String? {
    // Room for sums and differences, and for some years of frames.
    let numbers = -(1 << 30) + 1..<1 << 30 as Range<Int32>
    let kept = [game, gameB].flatMap { game in
      [game.score, game.reward, game.lives] + (0..<8).map { game.memory[$0] }
    }
    if !(kept + [lives, reward, rewardB]).allSatisfy(numbers.contains) {
      return "a score is out of range"
    }
    let counts = [frame, episodeFrame, elapsed, episodeLength]
    if !counts.allSatisfy({ (0..<1 << 30).contains($0) }) { return "a count is out of range" }
    let paddles = 0...10_000_000 as ClosedRange<Int32>
    if !paddles.contains(leftPaddle) || !paddles.contains(rightPaddle) {
      return "a paddle is out of range"
    }
    for move in [held.a, held.b] where move.action >= 18 || !(abs(move.strength) <= Move.strongest)
    {
      return "a move does not exist"
    }
    return difficulty < 4 ? nil : "its difficulty does not exist"
  }
}

extension GameState {
  fileprivate mutating func visit(_ fields: inout some LaneFields) {
    fields.visit(&score)
    fields.visit(&reward)
    fields.visit(&lives)
    for index in 0..<8 { fields.visit(&memory[index]) }
    fields.visit(&mode)
    fields.visit(&over)
    fields.visit(&seen)
  }
}

/// Little-endian bytes.
struct ByteWriter: LaneFields {
  var bytes: [UInt8] = []

  mutating func add(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  mutating func visit(_ value: inout Int32) { add(value) }
  mutating func visit(_ value: inout UInt8) { add(value) }
  mutating func visit(_ value: inout Bool) { add(value ? 1 as UInt8 : 0) }
  mutating func visit(_ value: inout UInt64) { add(value) }
}

/// Reads zeros once there is nothing left, and remembers that.
struct ByteReader: LaneFields {
  private(set) var rest: ArraySlice<UInt8>
  private(set) var isShort = false

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func next<Value: FixedWidthInteger>(_: Value.Type) -> Value {
    let size = MemoryLayout<Value>.size
    guard rest.count >= size else {
      isShort = true
      rest = []
      return 0
    }
    let value = rest.withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
    rest = rest.dropFirst(size)
    return Value(littleEndian: value)
  }

  mutating func take(_ count: Int) throws(EnvironmentError) -> [UInt8] {
    guard rest.count >= count else { throw .state("it is too short") }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  /// - Precondition: there are as many.
  mutating func skip(_ count: Int) -> ArraySlice<UInt8> {
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// The last eight bytes.
  static func last(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var reader = ByteReader(bytes.suffix(8))
    return reader.next(UInt64.self)
  }

  mutating func visit(_ value: inout Int32) { value = next(Int32.self) }
  mutating func visit(_ value: inout UInt8) { value = next(UInt8.self) }
  mutating func visit(_ value: inout Bool) { value = next(UInt8.self) & 1 == 1 }
  mutating func visit(_ value: inout UInt64) { value = next(UInt64.self) }
}
