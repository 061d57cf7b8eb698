import Control
import Environment
import Foundation
import Lanes
import Records
import Testing

func row(_ id: String) -> EnvironmentRow { ControlFamily.rows.first { $0.id == id }! }

let classicIDs = [
  "CartPole-v0", "CartPole-v1", "Acrobot-v1", "MountainCar-v0", "MountainCarContinuous-v0",
  "Pendulum-v1",
]

/// A file of `Tools/oracle/record-control`.
struct Recording {
  let id: String
  let seed: UInt64
  let settings: [String: SettingValue]
  let first: String
  let lines: [String]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden")
  static let names = try! FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
    name in classicIDs.contains { name.hasPrefix("control-\($0)") }
  }.sorted()

  init(_ name: String) throws {
    let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
    let all = text.split(separator: "\n").map(String.init)
    let words = all[0].split(separator: " ").map(String.init)
    (id, seed) = (words[1], UInt64(words[3])!)
    var settings: [String: SettingValue] = [:]
    for word in words.dropFirst(4) {
      let parts = word.split(separator: "=").map(String.init)
      settings[parts[0]] = .text(parts[1])
    }
    self.settings = settings
    first = String(all[1].dropFirst(2))
    lines = Array(all.dropFirst(2))
  }
}

@Suite("Recordings of Gymnasium") struct RecordingTests {
  @Test("There is one of every environment")
  func complete() throws {
    let ids = try Set(Recording.names.map { try Recording($0).id })
    #expect(ids == Set(classicIDs))
    #expect(Recording.names.count == 13)
  }

  @Test("Every line is the original's", arguments: Recording.names)
  func trace(name: String) throws {
    let recording = try Recording(name)
    let row = row(recording.id)
    let width = try row.make(1, [:], 1).spec.action.width
    let actions = recording.lines.flatMap { line in
      line.split(separator: " ").dropFirst().prefix(width).map { Double($0)! }
    }
    let lines = Lines()
    var request = TraceRequest(id: row.id, seed: recording.seed, actions: [actions]) {
      lines.all.append($0)
    }
    request.settings = recording.settings
    try row.trace(request)
    #expect(lines.all.count == recording.lines.count)
    for (ours, original) in zip(lines.all, recording.lines) {
      try #require(ours == original)
    }
  }

  @Test("The first observation is the original's", arguments: Recording.names)
  func first(name: String) throws {
    let recording = try Recording(name)
    let batch = try row(recording.id).make(1, recording.settings, 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 1)
    try batch.reset(seeds: [recording.seed], buffers)
    let count = batch.spec.observation[0].count
    let seen = buffers.observations[0].of(Float.self)
    #expect(
      (0..<count).map { shortText(Double(seen[$0])) }.joined(separator: " ") == recording.first)
  }
}

private final class Lines: @unchecked Sendable {
  var all: [String] = []
}
