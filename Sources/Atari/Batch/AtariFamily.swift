import Environment
import Lanes
import Records

/// The Atari games as rows of the catalogue, our own first.
public enum AtariFamily {
  public static let rows: [EnvironmentRow] = (Game.all.filter(\.isOwn) + others).map(row)

  private static let others = Game.all.filter { !$0.isOwn }.sorted { $0.id < $1.id }

  private static func row(_ game: Game) -> EnvironmentRow {
    var row = EnvironmentRow(
      id: game.id, family: "atari", settings: { settings(of: game) },
      verified: game.verification,
      make: { lanes, values, workers in
        try AtariBatch(game, lanes: lanes, settings: .init(values), workers: workers)
      },
      trace: { try AtariTrace($0, game).run() })
    row.names = [game.rom]
    if !game.isOwn { row.files = [KnownFile(name: "\(game.rom).bin", md5: game.md5)] }
    row.described = { settings(of: game, try AtariBatch.Settings($0)) }
    row.missing = {
      do { _ = try ROMStore.standard.load(game) } catch { return "\(error)" }
      return nil
    }
    row.learning = { given in
      let added = AtariBatch.Preset.named(in: given).learning
      return added.filter { given[$0.key] == nil }
    }
    row.playing = { given in given["preset"] == nil ? ["preset": "raw", "sound": "true"] : [:] }
    row.viewing = game.viewing
    row.choices = choices(of: game)
    row.measuring = { given in
      let preset = AtariBatch.Preset.named(in: given)
      let whole = ["episodic-life", "life-loss-info", "truncate-on-loss-of-life"]
      var settings = given
      for name in whole where !preset.lacks.contains(name) { settings[name] = .flag(false) }
      return settings
    }
    return row
  }

  private static func choices(of game: Game) -> [String: [Int]] {
    ["mode": game.modes.all, "difficulty": game.difficulties]
  }

  /// The settings with the game's own modes and difficulties as their help.
  private static func settings(
    of game: Game, _ settings: AtariBatch.Settings = .init()
  ) -> [SettingDescription] {
    let choices = choices(of: game).mapValues { values in
      ": " + values.map(String.init).joined(separator: ", ")
    }
    return settings.descriptions.map { row in
      let own = choices[row.name] ?? ""
      return SettingDescription(
        name: row.name, kind: row.kind, help: row.help + own, value: row.value)
    }
  }
}

extension Game {
  fileprivate var isOwn: Bool { id.hasPrefix("Lockstep/") }

  /// A television's: 160 colour clocks a line, whose pixels were 12:7 wide by American norms (ITU-R
  /// BT.601's square pixels against 3.58 MHz), and 25:12 by European ones.
  fileprivate var viewing: Viewing {
    let turns = Double(paddleMaximum - Paddle.low) / Double(Paddle.turn)
    let isPAL = display.format == .pal
    return Viewing(
      framesPerSecond: isPAL ? 50 : 60, pixelAspect: isPAL ? 25.0 / 12 : 12.0 / 7,
      paddleSteps: controllers.usePaddles ? turns : nil)
  }
}

extension AtariBatch: SwitchedBatch {}

extension AtariBatch.Preset {
  /// The preset among settings that nobody has checked yet.
  static func named(in values: [String: SettingValue]) -> Self {
    values["preset"].flatMap { Self(rawValue: $0.description) } ?? .aleVector
  }

  /// What training adds: a lost life is an end for the learner while the game goes on. The other
  /// presets are protocols that say themselves what a life is.
  var learning: [String: SettingValue] {
    self == .aleVector ? ["life-loss-info": true, "noop-max": 30] : [:]
  }
}
