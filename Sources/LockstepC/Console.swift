import Atari
import CLockstep
import Environment
import Glibc
import Records
import Synchronization

/// What a `lockstep_console` is: for one caller at a time.
private final class ConsoleHandle: @unchecked Sendable {
  private let console: RawAtari
  private let isBusy = Atomic(false)
  let facts: ConsoleFacts

  init(_ console: RawAtari) {
    facts = ConsoleFacts(console)
    self.console = console
  }

  /// - Throws: `CallError` where another thread is in a call.
  func use<Result>(_ body: (RawAtari) throws -> Result) throws -> Result {
    guard !isBusy.exchange(true, ordering: .acquiring) else {
      throw CallError("another thread is in a call on this console")
    }
    defer { isBusy.store(false, ordering: .releasing) }
    return try body(console)
  }
}

private struct ConsoleFacts: Encodable {
  let game, id: String
  let width, height: Int
  /// Numbers of actions.
  let legal, minimal: [UInt8]
  let modes, difficulties: [Int]

  init(_ console: RawAtari) {
    game = console.game.rom
    id = console.game.id
    width = RawAtari.width
    height = console.height
    legal = console.game.legal.map(\.rawValue)
    minimal = console.game.actions.map(\.rawValue)
    modes = console.game.modes.all
    difficulties = console.game.difficulties
  }
}

@c @implementation public func lockstep_console_game(
  _ rom: UnsafePointer<UInt8>, _ bytes: Int64
) -> UnsafeMutablePointer<CChar>? {
  Game.whose(rom: copied(rom, bytes)).flatMap { strdup($0.rom) }
}

@c @implementation public func lockstep_console_load(
  _ rom: UnsafePointer<UInt8>, _ bytes: Int64, _ game: UnsafePointer<CChar>?, _ seed: UInt32,
  _ settings: UnsafePointer<CChar>?, _ error: ErrorPlace
) -> OpaquePointer? {
  attempt(error) {
    let rom = copied(rom, bytes)
    let named = try game.map { try Game.named(String(cString: $0)) }
    guard let row = Game.whose(rom: rom) ?? named else {
      throw CallError("a ROM of \(rom.count) bytes that is no game we know")
    }
    var values = try settings.map { try settingValues(String(cString: $0)) } ?? [:]
    values["preset"] = "raw"
    let console = try RawAtari(row, rom: rom, seed: UInt64(seed), .init(values))
    return OpaquePointer(Unmanaged.passRetained(ConsoleHandle(console)).toOpaque())
  }
}

@c @implementation public func lockstep_console_free(_ console: OpaquePointer?) {
  if let console { Unmanaged<ConsoleHandle>.fromOpaque(UnsafeRawPointer(console)).release() }
}

@c @implementation public func lockstep_console_facts(
  _ console: OpaquePointer
) -> UnsafeMutablePointer<CChar> {
  text(handle(console).facts)
}

@c @implementation public func lockstep_console_reset(
  _ console: OpaquePointer, _ error: ErrorPlace
) -> Int32 {
  call(console, error) { $0.reset() }
}

@c @implementation public func lockstep_console_act(
  _ console: OpaquePointer, _ action: Int32, _ strength: Float,
  _ reward: UnsafeMutablePointer<Int64>, _ error: ErrorPlace
) -> Int32 {
  call(console, error) {
    reward.pointee = Int64(try $0.act(Int(action), strength: strength).reward)
  }
}

@c @implementation public func lockstep_console_status(
  _ console: OpaquePointer, _ numbers: UnsafeMutablePointer<Int64>, _ error: ErrorPlace
) -> Int32 {
  call(console, error) { console in
    let frames = console.frameNumbers
    let all = [
      console.lives, console.isOver ? 1 : 0, console.isTruncated ? 1 : 0, frames.total,
      frames.episode, console.mode, console.difficulty,
    ]
    for (index, number) in all.enumerated() { numbers[index] = Int64(number) }
  }
}

@c @implementation public func lockstep_console_set(
  _ console: OpaquePointer, _ mode: Int64, _ difficulty: Int64, _ error: ErrorPlace
) -> Int32 {
  call(console, error) {
    if mode != -1 { try $0.set(mode: Int(mode)) }
    if difficulty != -1 { try $0.set(difficulty: Int(difficulty)) }
  }
}

@c @implementation public func lockstep_console_read(
  _ console: OpaquePointer, _ what: Int32, _ out: UnsafeMutablePointer<UInt8>, _ bytes: Int64,
  _ error: ErrorPlace
) -> Int32 {
  call(console, error) { console in
    let shown: [UInt8]? =
      switch Int(what) {
      case Int(LOCKSTEP_CONSOLE_SCREEN): console.picture
      case Int(LOCKSTEP_CONSOLE_GREY): console.greyPicture
      case Int(LOCKSTEP_CONSOLE_RGB): console.colourPicture
      case Int(LOCKSTEP_CONSOLE_MEMORY): console.memory
      case Int(LOCKSTEP_CONSOLE_SOUND): console.sound
      default: nil
      }
    guard let shown else { throw CallError("there is nothing with the number \(what) to read") }
    guard shown.count == Int(bytes) else {
      throw CallError("room for \(bytes) bytes, \(shown.count) are wanted")
    }
    out.update(from: shown, count: shown.count)
  }
}

@c @implementation public func lockstep_console_poke(
  _ console: OpaquePointer, _ index: Int64, _ value: UInt8, _ error: ErrorPlace
) -> Int32 {
  call(console, error) { try $0.setMemory(Int(index), value) }
}

@c @implementation public func lockstep_console_state(
  _ console: OpaquePointer, _ generator: Int32, _ bytes: UnsafeMutablePointer<Int64>,
  _ error: ErrorPlace
) -> UnsafeMutablePointer<UInt8>? {
  attempt(error) {
    let state = try handle(console).use { $0.state(withGenerator: generator != 0) }
    bytes.pointee = Int64(state.count)
    return copy(state)
  }
}

@c @implementation public func lockstep_console_set_state(
  _ console: OpaquePointer, _ state: UnsafePointer<UInt8>, _ bytes: Int64, _ error: ErrorPlace
) -> Int32 {
  let state = copied(state, bytes)
  return call(console, error) { try $0.restore(state) }
}

private func handle(_ console: OpaquePointer) -> ConsoleHandle {
  Unmanaged<ConsoleHandle>.fromOpaque(UnsafeRawPointer(console)).takeUnretainedValue()
}

private func call(
  _ console: OpaquePointer, _ error: ErrorPlace, _ body: (RawAtari) throws -> Void
) -> Int32 {
  let done: Void? = attempt(error) { try handle(console).use { try body($0) } }
  return done == nil ? -1 : 0
}

private func copied(_ bytes: UnsafePointer<UInt8>, _ count: Int64) -> [UInt8] {
  Array(UnsafeBufferPointer(start: bytes, count: max(0, Int(count))))
}
