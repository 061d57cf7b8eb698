import Environment
import Lanes
import Records

/// The lines of `lockstep trace` for a game: of the bare interface, or under a preset.
struct AtariTrace {
  private let request: TraceRequest
  private let game: Game

  init(_ request: TraceRequest, _ game: Game) {
    self.request = request
    self.game = game
  }

  /// - Throws: `EnvironmentError`, `SettingError`, `ROMError`.
  func run() throws {
    let players = try request.actions.map { numbers in
      request.isContinuous
        ? try TracedActions(continuous: numbers, threshold: threshold)
        : try TracedActions(discrete: numbers)
    }
    guard players.count <= 2, players.allSatisfy({ $0.count == players[0].count }) else {
      throw EnvironmentError.settings("players' actions are \(players.map(\.count)), not as many")
    }
    if request.settings["preset"] == nil { try traceRaw(players) } else { try tracePreset(players) }
  }

  private var threshold: Double {
    get throws { try AtariBatch.Settings(picked(["continuous-threshold"])).continuousThreshold }
  }

  private func picked(_ names: Set<String>) -> [String: SettingValue] {
    request.settings.filter { names.contains($0.key) }
  }

  // MARK: The bare interface

  private static let rawSettings: Set<String> = [
    "sticky", "mode", "difficulty", "continuous-threshold",
  ]

  private func traceRaw(_ players: [TracedActions]) throws {
    if let name = request.settings.keys.sorted().first(where: { !Self.rawSettings.contains($0) }) {
      throw EnvironmentError.settings("a trace without a preset has no setting '\(name)'")
    }
    guard request.lanes == 1 else {
      throw EnvironmentError.settings("a trace without a preset has one lane, not \(request.lanes)")
    }
    let settings = try AtariBatch.Settings(picked(Self.rawSettings))
    let raw = try RawAtari(
      game, seed: request.seed,
      sticky: request.settings["sticky"] == nil ? 0.25 : settings.stickyProbability,
      mode: settings.mode, difficulty: settings.difficulty, players: players.count,
      sound: request.extras.contains("sound"))
    if settings.mode != nil || settings.difficulty != nil { raw.reset() }
    for index in 0..<players[0].count {
      if raw.isOver { raw.reset() }
      request.write(try frame(index, players, raw))
    }
  }

  private func frame(_ index: Int, _ players: [TracedActions], _ raw: RawAtari) throws -> String {
    let moves = players.map { ($0.numbers[index], $0.strength(index)) }
    let (numberOfB, strengthOfB) = moves.count == 2 ? moves[1] : (0, 1)
    let outcome = try raw.act(
      moves[0].0, strength: moves[0].1, actionOfB: numberOfB, strengthOfB: strengthOfB)
    let rewards = moves.count == 2 ? [outcome.reward, raw.rewardOfB] : [outcome.reward]
    let memory = raw.memory
    let heard = raw.sound.isEmpty ? "" : " " + raw.sound.withUnsafeBytes(crc32)
    return "\(index) \(words(moves.map(\.0))) \(words(rewards)) \(outcome.lives) "
      + "\(outcome.over ? 1 : 0) \(memory.withUnsafeBytes(crc32)) "
      + raw.picture.withUnsafeBytes(crc32) + heard + extras(memory)
  }

  private func extras(_ memory: [UInt8]) -> String {
    var words: [String] = []
    if request.extras.contains("full") { words.append(memory.map(hexadecimal).joined()) }
    if request.extras.contains("labels") {
      words += game.variables(in: memory).map { name, values in
        name + "=" + values.map(String.init).joined(separator: ",")
      }
    }
    return words.map { " " + $0 }.joined()
  }

  private func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }

  private func words(_ numbers: [Int]) -> String {
    numbers.map(String.init).joined(separator: " ")
  }

  // MARK: Presets

  private func tracePreset(_ players: [TracedActions]) throws {
    if let extra = request.extras.sorted().first(where: { $0 != "sound" }) {
      throw EnvironmentError.settings("a trace under a preset does not show '\(extra)'")
    }
    let lanes = request.lanes
    let batch = try AtariBatch(game, lanes: lanes, settings: settings(players))
    let buffers = StepBuffers(spec: batch.spec, lanes: lanes)
    guard players[0].count % lanes == 0 else {
      throw EnvironmentError.settings("\(players[0].count) actions are no rows of \(lanes)")
    }
    try batch.reset(seeds: (0..<lanes).map { request.seed &+ UInt64($0) }, buffers)
    let none = players.map { _ in "-" }.joined(separator: " ")
    let zeros = players.map { _ in "0" }.joined(separator: " ")
    for lane in 0..<lanes {
      request.write(
        "reset \(none) \(zeros) 0 0 \(batch.lives(lane: lane)) "
          + crc32(buffers.observations[0].row(lane)) + heard(batch, lane))
    }
    for step in 0..<players[0].count / lanes {
      let row = step * lanes..<(step + 1) * lanes
      set(buffers.actions, players, row)
      try batch.step(buffers)
      for lane in 0..<lanes {
        let numbers = players.map { $0.numbers[row.lowerBound + lane] }
        request.write("\(step) \(words(numbers)) " + line(batch, buffers, lane))
      }
      if batch.settings.autoreset == .disabled { try batch.resetEnded(buffers) }
    }
  }

  private func settings(_ players: [TracedActions]) throws -> AtariBatch.Settings {
    var values = request.settings
    if values["autoreset"] == nil { values["autoreset"] = "next-step" }
    if request.extras.contains("sound") && values["sound"] == nil { values["sound"] = "true" }
    if players.count == 2 { values["players"] = 2 }
    if request.isContinuous { values["continuous"] = true }
    return try AtariBatch.Settings(values)
  }

  private func set(_ column: Column, _ players: [TracedActions], _ row: Range<Int>) {
    for (player, actions) in players.enumerated() {
      for (lane, index) in row.enumerated() {
        let place = player * row.count + lane
        if let stick = actions.sticks?[index] {
          let numbers = column.writable(Float.self) + 3 * place
          (numbers[0], numbers[1], numbers[2]) = (stick.radius, stick.angle, stick.fire)
        } else {
          column.writable(Int32.self)[place] = Int32(clamping: actions.numbers[index])
        }
      }
    }
  }

  private func line(_ batch: AtariBatch, _ buffers: StepBuffers, _ lane: Int) -> String {
    let flags = [buffers.terminated, buffers.truncated].map { Int($0.of(UInt8.self)[lane]) }
    let rewards = (0..<batch.spec.players).map {
      Int(buffers.rewards.of(Double.self)[$0 * batch.lanes + lane])
    }
    let text =
      "\(words(rewards)) \(words(flags)) \(batch.lives(lane: lane)) "
      + crc32(buffers.observations[0].row(lane)) + heard(batch, lane)
    guard batch.settings.autoreset == .sameStep, flags != [0, 0] else { return text }
    return text + " " + crc32(buffers.finalObservations[0].row(lane))
  }

  private func heard(_ batch: AtariBatch, _ lane: Int) -> String {
    batch.settings.sound == .off ? "" : " " + batch.sound(lane: lane).withUnsafeBytes(crc32)
  }
}

/// A player's actions of a trace, one for every lane and step.
private struct TracedActions {
  /// As the lines show them: numbers from the file, or those of the actions that the sticks choose.
  let numbers: [Int]
  /// nil: the file's actions are discrete.
  let sticks: [ContinuousAction]?

  var count: Int { numbers.count }

  /// The strength with which a paddle turns.
  func strength(_ index: Int) -> Float { sticks?[index].radius ?? 1 }

  init(discrete numbers: [Double]) throws {
    self.numbers = try numbers.enumerated().map { index, number in
      guard let whole = Int(exactly: number), whole >= 0 else {
        throw EnvironmentError.settings(
          "action \(index + 1) of the file, \(number), is no action number")
      }
      return whole
    }
    sticks = nil
  }

  /// - Throws: `EnvironmentError.action` for what is no continuous action, too.
  init(continuous numbers: [Double], threshold: Double) throws {
    guard numbers.count % 3 == 0 else {
      throw EnvironmentError.settings("the file has \(numbers.count) numbers, not three an action")
    }
    let sticks = stride(from: 0, to: numbers.count, by: 3).map {
      ContinuousAction(
        radius: Float(numbers[$0]), angle: Float(numbers[$0 + 1]), fire: Float(numbers[$0 + 2]))
    }
    for (index, stick) in sticks.enumerated() { try stick.check(lane: index) }
    self.numbers = sticks.map { Int($0.action(threshold: Float(threshold)).rawValue) }
    self.sticks = sticks
  }
}
