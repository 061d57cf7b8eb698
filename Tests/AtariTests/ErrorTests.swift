import Environment
import Foundation
import Testing

@testable import Atari

@Suite("Errors are one clear line") struct ErrorTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test("Unknown games come with near matches")
  func unknown() {
    #expect(message { _ = try Game.named("space_invader") }.contains("'space_invaders'"))
  }

  @Test("A missing, a truncated and a foreign ROM name game, digests and remedy")
  func roms() throws {
    let folder = NSTemporaryDirectory() + "lockstep-roms-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = ROMStore(folders: [folder])
    let missing = message { _ = try store.load(.pong) }
    #expect(missing.contains("no ROM for pong (MD5 60e0ea3cbe0913d39803477945e9e5ec)"))
    #expect(missing.contains("Tools/import-roms"))

    let bytes = Data(repeating: 0xEA, count: 100)
    try bytes.write(to: URL(fileURLWithPath: folder + "/pong.bin"))
    let wrong = message { _ = try store.load(.pong) }
    #expect(wrong.contains("is not the ROM of pong: MD5 \(MD5.hex([UInt8](bytes)))"))
    #expect(wrong.contains("expected 60e0ea3cbe0913d39803477945e9e5ec"))
    #expect(wrong.contains("100 bytes, expected 2048"))
    #expect(wrong.contains("Tools/import-roms") && !wrong.contains("\n"))
  }

  @Test("ROMs are looked for in the named folder first and in the user's own last")
  func folders() {
    let folders = ROMStore.standard.folders
    #expect(folders.last == ROMStore.userFolder && folders.contains { $0.hasSuffix("/Roms") })
    #expect(ROMStore.userFolder.hasPrefix("/") && ROMStore.userFolder.hasSuffix("/lockstep/roms"))
    if let named = ProcessInfo.processInfo.environment["ALE_ROMS_DIR"], !named.isEmpty {
      #expect(folders.first == named)
    }
  }

  @Test("Settings the game or the machine cannot do are refused")
  func settings() {
    let rom = [UInt8](repeating: 0, count: 2048)
    func make(_ count: Int, _ change: (inout AtariBatch.Settings) -> Void) -> String {
      var settings = AtariBatch.Settings()
      change(&settings)
      return message {
        _ = try AtariBatch(.pong, rom: rom, lanes: count, settings: settings, workers: 1)
      }
    }
    #expect(make(-3) { _ in } == "a batch needs at least 1 lane, not -3")
    #expect(make(1) { $0.frameSkip = 0 } == "frame-skip must be 1 to 1000, not 0")
    #expect(make(1) { $0.mode = 7 } == "ALE/Pong-v5 has no mode 7; its modes are 0, 1")
    #expect(make(1) { $0.difficulty = 4 }.contains("difficulty must be a whole number, 0 to 3"))
    #expect(make(1) { $0.stickyProbability = .nan }.contains("sticky must be a number, 0 to 1"))
    let key = message { _ = try AtariBatch.Settings(["noopmax": "1"]) }
    #expect(key == "atari has no setting 'noopmax'; did you mean 'noop-max'?")
    let value = message { _ = try AtariBatch.Settings(["frame-skip": "four"]) }
    #expect(
      value
        == "atari: frame-skip must be a whole number, 1 to 1000, or with preset raw a range, for example 2-4, "
        + "not 'four'")
  }

  @Test("Sticky probabilities keep six digits, as ALE's settings do")
  func sixDigits() {
    var settings = AtariBatch.Settings()
    settings.stickyProbability = 0.123456789
    #expect(settings.keptProbability == Double(Float(0.123457)))
    settings.stickyProbability = 0.25
    #expect(settings.keptProbability == 0.25)
  }
}
