import Environment
import Foundation
import PictureFiles
import Pixels

/// A player in a window with sound: the loop that keeps the time.
public final class Stage {
  private let player: Player
  private let scene: Scene
  private let screen: Screen
  private var speaker: Speaker?
  private var script: Script?
  private let isPaced: Bool
  private var drawn = 0
  private var isOpen = true
  /// Ticks since something was last drawn.
  private var undrawn = 0

  /// What came of it.
  public struct Summary: Encodable, Equatable {
    public var env: String
    public var ticks: Int
    public var seconds, ticks_per_second: Double
    public var ticks_lost: Int
    public var steps: Int
    public var steps_per_second: Double
    public var pictures: Int
    public var samples, samples_missed, samples_dropped: Int?
    public var returns: [Double]
  }

  /// - Parameters:
  ///   - script: events beside a person's.
  ///   - isPaced: false: as fast as the machine can.
  /// - Throws: `WindowError`.
  public init(
    _ player: Player, title: String, script: Script? = nil, isPaced: Bool = true
  ) throws {
    (self.player, self.script, self.isPaced) = (player, script, isPaced)
    scene = Scene(player)
    try scene.check()
    let size = try scene.windowSize()
    screen = try Screen(title: title, width: size.width, height: size.height)
    if isPaced, let rate = player.samplesPerSecond {
      let speaker = Speaker(
        samplesPerSecond: rate, frame: Int((rate / player.stepsPerSecond).rounded()))
      if let reason = speaker.open() { player.say("no sound: \(reason)") }
      self.speaker = speaker
    }
    screen.onDevice = { [weak self] in self?.take($0) }
  }

  /// Until the window is closed.
  /// - Parameter stop: is asked at every tick.
  /// - Throws: what the batch throws, and `FileError`.
  public func run(stop: () -> Bool = { false }) throws -> Summary {
    var pace = Pace(rate: player.ticksPerSecond)
    while isOpen && !stop() {
      try screen.pump { try player.handle($0) }
      try follow()
      try player.tick()
      speaker?.play(player.takeSamples())
      undrawn += 1
      // Play goes on where pictures come too late, but a person always sees some.
      if !isPaced || !pace.isLate || undrawn > 8 { try draw() }
      try answer()
      if isPaced { pace.wait(stretch: speaker?.stretch ?? 1) } else { pace.skip() }
    }
    return summary(pace)
  }

  private func draw() throws {
    let changed = try scene.draw(on: screen.canvas, density: screen.density)
    if !changed.isEmpty { drawn += 1 }
    screen.show(changed)
    undrawn = 0
  }

  private func follow() throws {
    for deed in script?.take(tick: player.ticks) ?? [] {
      switch deed {
      case .event(let event): try player.handle(event)
      case .point(let x, let y): player.point(at: SIMD2(x, y))
      case .resize(let width, let height): screen.resize(width: width, height: height)
      case .picture(let path):
        try draw()
        try PNG.write(screen.canvas.picture, to: path)
      }
    }
  }

  private func answer() throws {
    for request in player.takeRequests() {
      switch request {
      case .quit: isOpen = false
      case .screen: screen.switchWhole()
      case .picture(let path):
        try FileManager.default.createDirectory(
          atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try PNG.write(screen.canvas.picture, to: path)
        player.say("saved in \(path)")
      }
    }
  }

  private func take(_ event: Screen.DeviceEvent) {
    switch event {
    case .lostSound(let device):
      if speaker?.lose(device) == true { player.say("the sound device is gone") }
    case .newSound:
      if let speaker, !speaker.isOpen, speaker.open() == nil { player.say("sound is back") }
    }
  }

  private func summary(_ pace: Pace) -> Summary {
    let seconds = max(pace.seconds, 1e-9)
    return Summary(
      env: player.spec.id, ticks: pace.ticks, seconds: seconds,
      ticks_per_second: Double(pace.ticks) / seconds, ticks_lost: pace.lost, steps: player.steps,
      steps_per_second: Double(player.steps) / seconds, pictures: drawn, samples: speaker?.total,
      samples_missed: speaker?.missed, samples_dropped: speaker?.dropped, returns: player.returns)
  }
}
