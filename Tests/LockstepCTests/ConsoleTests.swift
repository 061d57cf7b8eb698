import CLockstep
import Foundation
import Testing

/// One console, as a program in C calls it, with our own cartridge.
@Suite("C interface of a console")
struct ConsoleTests {
  private let rom: [UInt8]

  init() throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    rom = [UInt8](try Data(contentsOf: package.appending(path: "Roms/lockstep-courier.bin")))
  }

  private struct Refusal: Error { let text: String }

  private func load(_ settings: String? = nil, rom: [UInt8]? = nil, game: String? = nil) throws
    -> OpaquePointer
  {
    var error: UnsafeMutablePointer<CChar>?
    let rom = rom ?? self.rom
    let console = lockstep_console_load(rom, Int64(rom.count), game, 7, settings, &error)
    #expect((console == nil) == (error != nil))
    guard let console else { throw Refusal(text: taken(error!)) }
    return console
  }

  private func taken(_ text: UnsafeMutablePointer<CChar>) -> String {
    defer { lockstep_release(text) }
    return String(cString: text)
  }

  private func read(_ console: OpaquePointer, _ what: Int, _ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var error: UnsafeMutablePointer<CChar>?
    if lockstep_console_read(console, Int32(what), &bytes, Int64(count), &error) != 0 {
      throw Refusal(text: taken(error!))
    }
    return bytes
  }

  private func status(_ console: OpaquePointer) -> [Int64] {
    var numbers = [Int64](repeating: -9, count: Int(LOCKSTEP_CONSOLE_NUMBERS))
    #expect(lockstep_console_status(console, &numbers, nil) == 0)
    return numbers
  }

  private func act(_ console: OpaquePointer, _ action: Int32, times: Int) {
    var reward: Int64 = 0
    for _ in 0..<times { #expect(lockstep_console_act(console, action, 1, &reward, nil) == 0) }
  }

  private func state(_ console: OpaquePointer) throws -> [UInt8] {
    var count: Int64 = 0
    let bytes = try #require(lockstep_console_state(console, 1, &count, nil))
    defer { lockstep_release(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
  }

  private let memory = Int(LOCKSTEP_CONSOLE_MEMORY)
  private let screen = Int(LOCKSTEP_CONSOLE_SCREEN)

  @Test("It is known by its bytes, acts and counts")
  func acts() throws {
    #expect(lockstep_console_game(rom, Int64(rom.count)).map(taken) == "lockstep-courier")
    #expect(lockstep_console_game(rom, 100) == nil)
    let console = try load()
    defer { lockstep_console_free(console) }
    #expect(taken(lockstep_console_facts(console)).contains(#""minimal":[0,3,4]"#))
    act(console, 3, times: 12)
    let numbers = status(console)
    #expect(numbers[Int(LOCKSTEP_CONSOLE_LIVES)] == 5)
    #expect(numbers[Int(LOCKSTEP_CONSOLE_EPISODE_FRAME)] == 12)
    #expect(lockstep_console_reset(console, nil) == 0)
    #expect(status(console)[Int(LOCKSTEP_CONSOLE_EPISODE_FRAME)] == 0)
    #expect(status(console)[Int(LOCKSTEP_CONSOLE_FRAME)] == 12)
  }

  @Test("A clone brings memory back, and the picture with the next frame; its future is the same")
  func clones() throws {
    let console = try load()
    defer { lockstep_console_free(console) }
    act(console, 3, times: 40)
    let saved = try state(console)
    let before = try read(console, memory, 128)
    act(console, 4, times: 30)
    let (after, picture) = (try read(console, memory, 128), try read(console, screen, 33_600))
    #expect(after != before)
    #expect(lockstep_console_set_state(console, saved, Int64(saved.count), nil) == 0)
    #expect(try read(console, memory, 128) == before)
    #expect(try read(console, screen, 33_600) == picture)
    #expect(try state(console) == saved)
    act(console, 4, times: 30)
    #expect(try read(console, memory, 128) == after)
    #expect(try read(console, screen, 33_600) == picture)
  }

  @Test("A limit on frames cuts an episode off")
  func limit() throws {
    let console = try load(#"{"frame-limit": 10, "frame-skip": "4"}"#)
    defer { lockstep_console_free(console) }
    act(console, 0, times: 2)
    #expect(status(console)[Int(LOCKSTEP_CONSOLE_TRUNCATED)] == 0)
    act(console, 0, times: 2)
    #expect(status(console)[Int(LOCKSTEP_CONSOLE_TRUNCATED)] == 1)
    #expect(status(console)[Int(LOCKSTEP_CONSOLE_OVER)] == 0)
    #expect(status(console)[Int(LOCKSTEP_CONSOLE_EPISODE_FRAME)] == 10)
  }

  @Test("Memory that is poked is seen")
  func poke() throws {
    let console = try load()
    defer { lockstep_console_free(console) }
    #expect(lockstep_console_poke(console, 3, 77, nil) == 0)
    #expect(try read(console, memory, 128)[3] == 77)
  }

  @Test("What is wrong comes back as a line")
  func refusals() throws {
    let console = try load()
    defer { lockstep_console_free(console) }
    func refused(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Int32) {
      var error: UnsafeMutablePointer<CChar>?
      #expect(body(&error) == -1)
      #expect(error.map(taken)?.contains("\n") == false)
    }
    var reward: Int64 = 0
    var damaged = try state(console)
    damaged[100] ^= 1
    refused { lockstep_console_act(console, 18, 1, &reward, $0) }
    refused { lockstep_console_act(console, -1, 1, &reward, $0) }
    refused { lockstep_console_act(console, 3, .nan, &reward, $0) }
    refused { lockstep_console_poke(console, 128, 0, $0) }
    refused { lockstep_console_poke(console, -1, 0, $0) }
    refused { lockstep_console_set(console, 9, -1, $0) }
    refused { lockstep_console_set(console, -1, 9, $0) }
    refused { lockstep_console_set_state(console, damaged, Int64(damaged.count), $0) }
    refused { lockstep_console_set_state(console, damaged, 0, $0) }
    #expect(throws: Refusal.self) { try read(console, 9, 128) }
    #expect(throws: Refusal.self) { try read(console, memory, 127) }
    #expect(throws: Refusal.self) { try load(rom: [UInt8](repeating: 0, count: 4096)) }
    #expect(throws: Refusal.self) { try load(rom: [1, 2, 3], game: "lockstep-courier") }
    #expect(throws: Refusal.self) { try load(#"{"stack": 4}"#) }
    #expect(throws: Refusal.self) { try load(#"["no"]"#) }
  }
}
