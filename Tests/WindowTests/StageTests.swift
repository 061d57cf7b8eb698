import CSDL2
import Catalog
import Environment
import Foundation
import PictureFiles
import Pixels
import TestSupport
import Testing

@testable import Window

@Suite(.serialized, .oneScreen) struct StageTests {
  init() {
    setenv("SDL_VIDEODRIVER", "dummy", 1)
    setenv("SDL_AUDIODRIVER", "dummy", 1)
    setenv("SDL_RENDER_DRIVER", "software", 1)
  }

  private func play(
    _ player: Player, _ script: String, isPaced: Bool = false
  ) throws -> Stage.Summary {
    try Stage(player, title: "test", script: try Script(script), isPaced: isPaced).run()
  }

  @Test(
    "A scripted game: the pictures of the window after going back and loading are the exact ones")
  func script() throws {
    let folder = try Folder()
    let player = try makePlayer(Catalog.standard) { $0.folder = folder.path }
    func file(_ name: String) -> String { "\(folder.path)/\(name).png" }
    let summary = try play(
      player,
      """
      1 press right
      60 release right
      60 tap p
      61 picture \(file("a"))
      62 tap f5
      63 tap p
      64 press left
      90 release left
      91 tap p
      300 picture \(file("b"))
      301 tap p
      301 press backspace
      330 release backspace
      330 tap p
      600 picture \(file("c"))
      601 tap f8
      602 tap f12
      900 picture \(file("d"))
      901 resize 417 301
      902 resize 1001 733
      903 picture \(file("e"))
      904 tap f1
      905 picture \(file("f"))
      906 close
      """)
    #expect(summary.steps > 80 && summary.pictures > 100 && summary.returns.count == 1)
    let shots = try ["a", "b", "c", "d", "e", "f"].map { try PNG.read(file($0)) }
    let size = (shots[0].width, shots[0].height)
    func game(_ picture: Picture) -> ArraySlice<UInt8> {
      picture.rgb.prefix(size.0 * (size.1 - 28) * 3)
    }
    #expect(game(shots[0]) != game(shots[1]))
    #expect(game(shots[2]) != game(shots[1]))
    #expect(game(shots[3]) == game(shots[0]))
    #expect(shots[4].width == 1001 && shots[4].height == 733)
    #expect(shots[5] != shots[4])
    #expect(FileManager.default.fileExists(atPath: folder.path + "/Lockstep-Courier-v0-001.png"))
  }

  @Test("A mosaic shows all of its lanes")
  func mosaic() throws {
    let player = try makePlayer(Catalog.standard, lanes: 64) {
      ($0.columns, $0.rows) = (8, 8)
      ($0.beginsHuman, $0.hasPanel) = (false, false)
    }
    let scene = Scene(player)
    for _ in 0..<90 { try player.tick() }
    let canvas = Canvas(width: 2720, height: 1828)
    #expect(try scene.draw(on: canvas, density: 1) == [canvas.bounds])
    let layout = Layout(
      width: 2720, height: 1828, density: 1,
      Tiles(
        try player.batch.render(lane: 0), player.settings.viewing, columns: 8, rows: 8
      ).contents)
    var seen = Set<[UInt8]>()
    for (lane, tile) in layout.tiles.enumerated() {
      let alone = Canvas(width: tile.width, height: tile.height)
      alone.draw(try player.batch.render(lane: lane), in: alone.bounds)
      let isSame = canvas.picture(of: tile) == alone.picture
      #expect(isSame, "lane \(lane)")
      seen.insert(alone.picture.rgb)
    }
    #expect(seen.count > 32, "lanes differ")
    #expect(try scene.draw(on: canvas, density: 1).isEmpty)
    try player.tick()
    #expect(try !scene.draw(on: canvas, density: 1).isEmpty)
  }

  @Test("Too many lanes are refused")
  func tooMany() throws {
    let player = try makePlayer("CartPole-v1", lanes: 64) { ($0.columns, $0.rows) = (64, 64) }
    #expect(throws: WindowError.lanes(columns: 64, rows: 64)) {
      try Stage(player, title: "test")
    }
  }

  @Test("Without a display one line says what to do instead")
  func noDisplay() throws {
    setenv("SDL_VIDEODRIVER", "nothing", 1)
    let player = try makePlayer("CartPole-v1")
    let error = #expect(throws: WindowError.self) { try Stage(player, title: "test") }
    #expect(error.map { "\($0)".contains("lockstep render") && !"\($0)".contains("\n") } == true)
    #expect(throws: WindowError.self) {
      try LaneWindow(title: "test", Viewing(), lanes: 4)
    }
  }

  @Test("Without a loudspeaker play goes on")
  func noSound() throws {
    setenv("SDL_AUDIODRIVER", "nothing", 1)
    let player = try makePlayer(Catalog.standard)
    let summary = try play(player, "30 close", isPaced: true)
    #expect(summary.steps >= 29 && summary.samples == 0)
    #expect(player.barText.left.hasPrefix("no sound"))
  }

  @Test("A loudspeaker may go and come back")
  func lostSound() throws {
    let speaker = Speaker(samplesPerSecond: 30_720, frame: 512)
    #expect(speaker.open() == nil && speaker.isOpen)
    #expect(!speaker.lose(speaker.device + 1) && speaker.lose(speaker.device))
    speaker.play([1, 2, 3])
    #expect(!speaker.isOpen && speaker.total == 0 && speaker.stretch == 1)
    #expect(speaker.open() == nil)
    speaker.play([1, 2, 3])
    #expect(speaker.total == 3)
  }

  @Test("A game controller's buttons and stick are heard")
  func pads() throws {
    // Without a display no window has the focus, and controllers are heard by one that has.
    setenv("SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS", "1", 1)
    defer { unsetenv("SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS") }
    let screen = try Screen(title: "test", width: 200, height: 100)
    let index = SDL_JoystickAttachVirtual(SDL_JOYSTICK_TYPE_GAMECONTROLLER, 6, 15, 0)
    try #require(index >= 0)
    defer { SDL_JoystickDetachVirtual(index) }
    var heard: [InputEvent] = []
    func pump() {
      SDL_JoystickUpdate()
      screen.pump { heard.append($0) }
    }
    pump()
    let pad = try #require(SDL_JoystickOpen(index))
    defer { SDL_JoystickClose(pad) }
    heard = []
    SDL_JoystickSetVirtualButton(pad, Int32(SDL_CONTROLLER_BUTTON_A.rawValue), 1)
    pump()
    SDL_JoystickSetVirtualButton(pad, Int32(SDL_CONTROLLER_BUTTON_A.rawValue), 0)
    SDL_JoystickSetVirtualButton(pad, Int32(SDL_CONTROLLER_BUTTON_DPAD_LEFT.rawValue), 1)
    pump()
    SDL_JoystickSetVirtualAxis(pad, Int32(SDL_CONTROLLER_AXIS_LEFTY.rawValue), -32768)
    pump()
    #expect(
      heard.filter { $0 != .leave } == [
        .press("pad a"), .release("pad a"), .press("pad left"), .stick(player: 0, x: 0, y: 1),
      ])
  }

  @Test("The device gets the game's samples")
  func sound() throws {
    let folder = try Folder()
    let file = folder.path + "/sound"
    setenv("SDL_AUDIODRIVER", "disk", 1)
    setenv("SDL_DISKAUDIOFILE", file, 1)
    // The writer sleeps so many milliseconds and no longer: it never falls behind.
    setenv("SDL_DISKAUDIODELAY", "10", 1)
    let player = try makePlayer(Catalog.standard, isRecorded: true)
    let summary = try play(player, "2 press up\n60 release up\n150 close", isPaced: true)
    let recording = try #require(player.recording)
    var made: [UInt8] = []
    let batch = try Catalog.row(recording.id).make(1, recording.settings, 1)
    let place = try #require(batch.spec.info("sound"))
    try recording.replay(batch) { buffers, isStep in
      if isStep { made += buffers.info[place].row(0) }
    }
    #expect(summary.samples == made.count && summary.samples_dropped == 0)
    #expect(Set(made).count > 2)
    let heard = [UInt8](try #require(FileManager.default.contents(atPath: file)))
    try compare(heard, made)
    let missed = try #require(summary.samples_missed)
    #expect(abs(heard.count - made.count - missed) <= 20 * 512)
  }

  /// Holding a sample makes a run of equal ones longer, and nothing else.
  private func compare(_ heard: [UInt8], _ made: [UInt8]) throws {
    func runs(_ samples: [UInt8]) -> [UInt8] {
      samples.indices.filter { $0 == 0 || samples[$0] != samples[$0 - 1] }.map { samples[$0] }
    }
    let (one, other) = (runs(heard), runs([128] + made))
    #expect(one.elementsEqual(other.prefix(one.count)))
    // What was on its way when the window closed is lost.
    #expect(one.count >= runs([128] + made.dropLast(16 * 512)).count)
  }
}
