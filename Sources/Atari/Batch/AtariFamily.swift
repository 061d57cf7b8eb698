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
    row.described = { settings(of: game, try AtariBatch.Settings($0)) }
    row.missing = {
      do { _ = try ROMStore.standard.load(game) } catch { return "\(error)" }
      return nil
    }
    row.learning = { given in
      let added = AtariBatch.Preset.named(in: given).learning
      return added.filter { given[$0.key] == nil }
    }
    row.measuring = { given in
      let preset = AtariBatch.Preset.named(in: given)
      let whole = ["episodic-life", "life-loss-info", "truncate-on-loss-of-life"]
      var settings = given
      for name in whole where !preset.lacks.contains(name) { settings[name] = .flag(false) }
      return settings
    }
    return row
  }

  /// The settings with the game's own modes and difficulties as their help.
  private static func settings(
    of game: Game, _ settings: AtariBatch.Settings = .init()
  ) -> [SettingDescription] {
    func list(_ values: [Int]) -> String { values.map(String.init).joined(separator: ", ") }
    return settings.descriptions.map { row in
      let own =
        switch row.name {
        case "mode": ": " + list(game.modes.all)
        case "difficulty": ": " + list(game.difficulties)
        default: ""
        }
      return SettingDescription(
        name: row.name, kind: row.kind, help: row.help + own, value: row.value)
    }
  }
}

extension Game {
  fileprivate var isOwn: Bool { id.hasPrefix("Lockstep/") }
}

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
