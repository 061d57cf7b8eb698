import Environment
import Foundation
import Lanes
import Pixels
import Records

/// Play as it goes on in a window, without the window: events come in, lanes step, pictures, sound
/// and notes come out. One tick after the other; the window says when.
public final class Player {
  /// What play begins with.
  public struct Settings {
    public var viewing: Viewing
    public var seed: UInt64 = 1
    /// Lanes that are shown.
    public var columns = 1
    public var rows = 1
    /// Of play that can be gone back, at the speed it is meant for; 0: none.
    public var rewindSeconds = 120.0
    /// For states and screenshots.
    public var folder = "play"
    /// Values of the console's switches.
    public var choices: [String: [Int]] = [:]
    /// A person begins to play, not the pilot.
    public var beginsHuman = true
    public var hasPanel: Bool?

    public init(viewing: Viewing) { self.viewing = viewing }
  }

  /// What only a window can do.
  public enum Request: Equatable { case picture(String), screen, quit }

  public let batch: any EnvironmentBatch
  public let buffers: StepBuffers
  let settings: Settings
  let keys: ActionKeys
  let pool: ThreadPool?
  let pilot: (any Pilot)?
  private(set) var rewind: Rewind?
  public internal(set) var recording: Recording?

  // What the person has said.
  var hands: [Hand]
  var pointer: Pointer?
  var heldCommands: Set<Command> = []
  /// Of a turn-based environment: keys whose turn has not come.
  var turns: [Int] = []
  public internal(set) var isPaused = false
  public internal(set) var isHuman: Bool
  var isPointing: Bool
  var isMuted = false
  public internal(set) var isHelpShown = false
  /// Play waits while it is open.
  var chooser: Chooser?
  var hasPanel: Bool
  /// Powers of two.
  var speed = 0
  /// The lane that a person plays and the panel is about.
  public internal(set) var lane = 0
  var slot = 1
  public internal(set) var requests: [Request] = []

  // How it goes.
  public private(set) var ticks = 0
  public private(set) var steps = 0
  /// Changes with everything that pictures show.
  private(set) var version = 0
  /// Steps that are due.
  private var due = 0.0
  /// The only lane's episode is over.
  private(set) var isOver = false
  private var ticksOver = 0
  private(set) var note: (text: String, until: Int)?
  /// Of sound, since they were taken.
  private var samples: [UInt8] = []
  /// Where the paddle should be, 0...1.
  var paddle = 0.5
  /// Screenshots so far.
  var pictures = 0
  /// Where the lane is shown, for the pointer.
  var shownTile: Rect?

  /// - Parameters:
  ///   - pilot: plays where no person does; needed where there is more than a lane.
  ///   - recording: gets every step.
  /// - Throws: `EnvironmentError`.
  public init(
    _ batch: any EnvironmentBatch, _ settings: Settings, pilot: (any Pilot)? = nil,
    recording: Recording? = nil, pool: ThreadPool? = nil
  ) throws {
    precondition(pilot != nil || batch.lanes == 1)
    (self.batch, self.settings, self.pilot, self.pool) = (batch, settings, pilot, pool)
    self.recording = recording
    let spec = batch.spec
    buffers = StepBuffers(spec: spec, lanes: batch.lanes)
    keys = ActionKeys(spec)
    hands = (0..<spec.players).map { _ in Hand() }
    isHuman = pilot == nil || settings.beginsHuman
    isPointing = settings.viewing.paddleSteps != nil || keys.isPolar
    hasPanel = settings.hasPanel ?? (pilot != nil && !settings.beginsHuman || keys.isPolar)
    try batch.reset(
      seeds: (0..<batch.lanes).map { settings.seed &+ UInt64($0) }, buffers, on: pool)
    if batch.lanes == 1 && settings.rewindSeconds > 0 {
      let steps = settings.rewindSeconds * stepsPerSecond
      rewind = try Rewind(batch, capacity: Int(min(steps, 1_000_000)) + 1)
      try rewind?.keep(isStep: false)
    }
  }

  public var spec: EnvironmentSpec { batch.spec }
  public var stepsPerSecond: Double {
    max(settings.viewing.stepsPerSecond(spec), 0.1)
  }
  /// 50 or more: steps fall on ticks, and keys are heard soon.
  public var ticksPerSecond: Double {
    stepsPerSecond * (50 / stepsPerSecond).rounded(.up).clamped(to: 1...600)
  }

  // MARK: Time

  /// One tick of the window's clock.
  /// - Throws: what the batch throws.
  public func tick() throws {
    ticks += 1
    if chooser != nil { return }
    if heldCommands.contains(.rewind) { return try goBack() }
    if isOver { try rest() }
    if isPaused { return }
    if settings.viewing.isTurnBased && isHuman {
      while !turns.isEmpty && !isOver { try step() }
      return
    }
    due += stepsPerSecond / ticksPerSecond * factor
    var budget = 64
    while due > 1 - 1e-9, budget > 0, !isOver {
      due -= 1
      budget -= 1
      try step()
    }
    if budget == 0 || isOver { due = 0 }
  }

  var factor: Double { speed < 0 ? 1 / Double(1 << -speed) : Double(1 << speed) }

  private func goBack() throws {
    due += stepsPerSecond / ticksPerSecond * factor
    let count = Int(due + 1e-9)
    due -= Double(count)
    try back(count)
  }

  /// A moment to look, then the next episode.
  private func rest() throws {
    if settings.viewing.isTurnBased && isHuman && turns.isEmpty { return }
    ticksOver += 1
    let isAsked = hands.contains { ActionKeys.contacts($0).contains(.fire) } || !turns.isEmpty
    let seconds = Double(ticksOver) / ticksPerSecond
    if !isPaused, isAsked && seconds > 0.25 || seconds > (isHuman ? 2 : 0.7) { try restart() }
  }

  /// A new episode in the lane that is played. Generators go on.
  func restart() throws {
    try batch.reset([lane], buffers, on: pool)
    pilot?.forget()
    paddle = 0.5
    turns = []
    try settle(isStep: false)
  }

  /// One step of every lane.
  func step() throws {
    if isOver { try restart() }
    act()
    if recording != nil { recording?.add(chosen) }
    try batch.step(buffers, on: pool)
    pilot?.observe(buffers)
    steps += 1
    hear()
    let ended = buffers.ended.of(UInt8.self)[0]
    if spec.autoreset == .disabled && (batch.lanes > 1 || ended == 2) {
      try batch.resetEnded(buffers, on: pool)
    }
    try settle(isStep: true)
  }

  /// The lanes are where they shall be.
  func settle(isStep: Bool) throws {
    version += 1
    look()
    try rewind?.keep(isStep: isStep)
  }

  private func look() {
    isOver =
      batch.lanes == 1 && spec.autoreset == .disabled && buffers.ended.of(UInt8.self)[0] == 1
    ticksOver = 0
  }

  /// Back by so many steps, or as many as there are.
  func back(_ count: Int) throws {
    guard let rewind else { return say("many lanes cannot go back in time") }
    let gone = try rewind.back(count, into: buffers)
    if gone == 0 { return }
    recording?.drop(gone)
    pilot?.forget()
    samples = []
    version += 1
    look()
  }

  /// Steps that can be gone back.
  public var depth: Int { rewind?.depth ?? 0 }

  // MARK: What comes out

  /// Sound that has been made since the last call: unsigned bytes, `samplesPerSecond`.
  public func takeSamples() -> [UInt8] {
    defer { samples.removeAll(keepingCapacity: true) }
    return samples
  }

  /// nil: there is no sound.
  public var samplesPerSecond: Double? {
    guard let place = spec.info("sound"), spec.framesPerStep == 1 else { return nil }
    return Double(spec.info[place].count) * stepsPerSecond
  }

  private func hear() {
    guard speed == 0, !isMuted, samplesPerSecond != nil, let place = spec.info("sound") else {
      return
    }
    samples += buffers.info[place].row(lane)
  }

  func say(_ text: String, seconds: Double = 3) {
    note = (text, ticks + Int(seconds * ticksPerSecond))
  }

  public func takeRequests() -> [Request] {
    defer { requests = [] }
    return requests
  }

  /// Text of the environment's: a mission.
  var mission: String? {
    guard let place = spec.info.firstIndex(where: { $0.role == .text }) else { return nil }
    let bytes = buffers.info[place].row(lane).prefix { $0 != 0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Of each player in the lane.
  public var returns: [Double] {
    let returns = buffers.episodeReturns.of(Double.self)
    return (0..<spec.players).map { returns[$0 * batch.lanes + lane] }
  }
}

extension Comparable {
  func clamped(to range: ClosedRange<Self>) -> Self {
    min(max(self, range.lowerBound), range.upperBound)
  }
}
