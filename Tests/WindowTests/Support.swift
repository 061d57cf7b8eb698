import Catalog
import Environment
import Foundation
import Pixels
import Records

@testable import Window

/// Play of a catalogue's row as `lockstep play` makes it.
func makePlayer(
  _ id: String, _ given: [String: SettingValue] = [:], lanes: Int = 1, isRecorded: Bool = false,
  change: (inout Player.Settings) -> Void = { _ in }
) throws -> Player {
  let row = try Catalog.row(id)
  var values = row.playing(given)
  values["autoreset"] = "disabled"
  values.merge(given) { $1 }
  let batch = try row.make(lanes, values, 1)
  var settings = Player.Settings(viewing: row.viewing)
  settings.choices = row.choices
  settings.rewindSeconds = 20
  change(&settings)
  return try Player(
    batch, settings, pilot: lanes > 1 ? RandomPilot(batch.spec.action, seed: 3) : nil,
    recording: isRecorded ? Recording(id: id, settings: values, seed: 1) : nil)
}

extension Player {
  func tick(_ count: Int, holding keys: String...) throws {
    for key in keys { try handle(.press(key)) }
    for _ in 0..<count { try tick() }
    for key in keys { try handle(.release(key)) }
  }

  func tap(_ key: String) throws {
    try handle(.press(key))
    try handle(.release(key))
  }

  /// What a person sees of the only lane, and an agent.
  var sight: Sight {
    get throws {
      Sight(
        picture: try batch.render(lane: 0),
        observation: buffers.observations.map { Array($0.bytes) },
        returns: returns)
    }
  }
}

struct Sight: Equatable {
  var picture: Picture
  var observation: [[UInt8]]
  var returns: [Double]
}

final class Folder {
  let path = FileManager.default.temporaryDirectory.path + "/window-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
