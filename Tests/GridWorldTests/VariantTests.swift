import Environment
import Foundation
import Lanes
import Records
import Synchronization
import Testing
import TestSupport

@testable import GridWorld

/// The words of every line of a recording by `Tools/oracle/record-grid`.
func recorded(_ name: String) -> [[String]] {
  let file = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Golden/grid.\(name)").standardized
  let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
  return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
    $0.split(separator: " ").map(String.init)
  }
}

func gridRow(_ id: String) -> EnvironmentRow { GridFamily.rows.first { $0.id == id }! }

/// Random actions, as the recorders draw them.
func drawn(_ choices: Int, _ seed: UInt64, steps: Int) -> [Double] {
  var generator = SplitMix64(seed: seed)
  return (0..<steps).map { _ in Double(generator.next(below: UInt32(choices))) }
}

/// A checksum of the trace under random actions.
func traceSum(
  _ row: EnvironmentRow, _ seed: UInt64, steps: Int, _ settings: [String: SettingValue] = [:]
) throws -> String {
  guard case .discrete(let choices) = try row.make(1, settings, 1).spec.action else { return "" }
  return try traceSum(row, seed, drawn(choices, seed, steps: steps), settings)
}

func traceSum(
  _ row: EnvironmentRow, _ seed: UInt64, _ actions: [Double], _ settings: [String: SettingValue]
) throws -> String {
  let sum = Mutex(CRC32())
  var request = TraceRequest(id: row.id, seed: seed, actions: [actions]) { line in
    sum.withLock { $0.add(Array("\(line)\n".utf8)) }
  }
  request.settings = settings
  try row.trace(request)
  return sum.withLock { $0.hex }
}

@Suite struct VariantTests {
  @Test("Observations, pictures and wrappers are MiniGrid's", arguments: recorded("variants"))
  func variants(words: [String]) throws {
    var settings: [String: SettingValue] = [:]
    for word in words.dropFirst(3) {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      settings[parts[0]] = .text(parts[1])
    }
    #expect(try traceSum(gridRow(words[0]), UInt64(words[1])!, steps: 120, settings) == words[2])
  }

  @Test("The recording has every wrapper in five tasks")
  func count() {
    let rows = recorded("variants")
    #expect(Set(rows.map { $0[0] }).count == 5 && rows.count == 5 * 21 - 3)
  }

  @Test(
    "Under every setting every rule holds",
    arguments: Set(recorded("variants").map { $0.dropFirst(3) }))
  func rules(words: ArraySlice<String>) {
    var settings: [String: SettingValue] = [:]
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      settings[parts[0]] = .text(parts[1])
    }
    #expect(checkConformance(gridRow("MiniGrid-LavaCrossingS9N2-v0"), settings: settings) == [])
  }

  @Test(
    "Settings that do not suit are refused",
    arguments: [
      (["view-size": "8"], "view-size must be an odd number, 3 to 31"),
      (["tile-size": "9"], "observation partial has no setting 'tile-size'"),
      (["no-death": "goal"], "no-death must be names of objects"),
      (["level-seeds": "3,x"], "level-seeds must be seeds"),
      (["random-action": "4"], "has no action 4"),
    ] as [([String: SettingValue], String)])
  func refused(settings: [String: SettingValue], reason: String) {
    #expect {
      try gridRow("MiniGrid-Dynamic-Obstacles-5x5-v0").make(1, settings, 1)
    } throws: {
      "\($0)".contains(reason)
    }
  }

  @Test("Missions that do not fit the flat observation are refused")
  func flat() {
    #expect(throws: SettingError.self) {
      try gridRow("BabyAI-BossLevel-v0").make(1, ["observation": "flat"], 1)
    }
  }

  @Test("A mission's words have the wrapper's numbers")
  func words() throws {
    let batch = try gridRow("MiniGrid-LockedRoom-v0").make(1, ["mission-words": 50], 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 1)
    try batch.reset(seeds: [1], buffers)
    let text = String(decoding: buffers.info[0].row(0).prefix { $0 != 0 }, as: UTF8.self)
    let words = text.replacing(",", with: " ,").split(separator: " ").map(String.init)
    let ids = buffers.observations[2].row(0).map { Int($0) }
    #expect(ids.count == 50 && words.count == 18)
    for (word, id) in zip(words, ids) { #expect(Vocabulary.words[id - 1] == word) }
    #expect(ids.dropFirst(words.count).allSatisfy { $0 == 0 })
    // As DictObservationSpaceWrapper counts them.
    #expect(
      Vocabulary.words.prefix(7) == ["red", "green", "blue", "yellow", "purple", "grey", "unseen"])
    #expect(Vocabulary.words.firstIndex(of: "maze") == 50)
  }
}

@Suite struct BotTests {
  @Test(
    "The bot scores what the original's bot scores",
    arguments: Set(recorded("scores").map { $0[0] }).sorted())
  func scores(id: String) throws {
    let rows = recorded("scores").filter { $0[0] == id }
    let row = gridRow(id)
    let batch = try row.make(rows.count, ["autoreset": "disabled"], 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: rows.count)
    let make = try #require(row.bots["bot"])
    let bot = try make(batch)
    try batch.reset(seeds: rows.map { UInt64($0[1])! }, buffers)
    let ended = buffers.ended.of(UInt8.self)
    while (0..<rows.count).contains(where: { ended[$0] == 0 }) {
      bot.act(buffers)
      try batch.step(buffers)
    }
    for (lane, words) in rows.enumerated() {
      #expect(buffers.episodeReturns.of(Double.self)[lane] == Double(words[2])!)
      #expect(buffers.episodeLengths.of(Int32.self)[lane] == Int32(words[3])!)
    }
  }

  @Test("Levels of MiniGrid have no bot")
  func none() { #expect(gridRow("MiniGrid-Empty-8x8-v0").bots.isEmpty) }
}
