import Environment
import Foundation
import Lanes
import Nets
import Testing

@testable import Replay

struct DatasetTests {
  private func folder() -> String {
    FileManager.default.temporaryDirectory.path + "/dataset-\(UUID().uuidString)"
  }

  private func read(_ folder: String) throws { _ = try Dataset(folder).replay() }

  private func filled(_ mode: AutoresetMode) throws -> (Stream, Replay) {
    let stream = Stream(lanes: 2, mode, .others, seed: 11)
    let replay = try Replay(stream.spec, lanes: 2, capacity: 2 * 120)
    for _ in 0..<200 { stream.advance([replay]) }
    return (stream, replay)
  }

  private func samples(_ replay: Replay) -> [Int: Stream.Sample] {
    let batch = ReplayBatch(replay.spec, count: 1)
    let pairs = replay.places(steps: 3, length: 1).map { lane, position in
      replay.gather(lane, position, Sampling(steps: 3, discount: 0.5), 0, batch)
      return (batch.number(0), batch.row(0))
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  @Test(
    "What is written is read as it was", arguments: AutoresetMode.allCases, [64, 700, 1 << 20])
  func roundTrip(mode: AutoresetMode, shardBytes: Int) throws {
    let folder = folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (stream, replay) = try filled(mode)
    try replay.write(to: folder, shardBytes: shardBytes)
    let dataset = try Dataset(folder)
    #expect(dataset.spec == stream.spec && dataset.steps <= replay.count)
    #expect((dataset.manifest.shards.count > 2) == (shardBytes < 1 << 20))
    let (written, read) = (samples(replay), samples(try dataset.replay()))
    // Steps whose future the replay does not know are cut off in the data set; none is lost.
    for (number, sample) in written { #expect(read[number] == sample) }
    for number in read.keys where written[number] == nil {
      #expect(stream.sample(number, steps: 3, discount: 0.5) == nil)
    }
    #expect(throws: ReplayError.self) { try replay.write(to: folder) }
  }

  /// As Minari has it.
  private struct Recorded: Decodable {
    var observations, actions: [[Float]]
    var rewards: [Double]
    var terminations, truncations: [Bool]
  }

  @Test("What Minari wrote is read: Tools/oracle/record-dataset")
  func minari() throws {
    let golden = URL(filePath: #filePath).appending(path: "../../Golden").standardized
    let recorded = try JSONDecoder().decode(
      [Recorded].self, from: Data(contentsOf: golden.appending(path: "dataset-pendulum.json")))
    let dataset = try Dataset(golden.appending(path: "dataset-pendulum").path)
    #expect(dataset.episodes == 2 && dataset.steps == 8)
    #expect(dataset.spec.action == .box(low: [-2], high: [2]))
    let episodes = try dataset.manifest.shards.flatMap { try dataset.read($0) }
    #expect(episodes.count == recorded.count)
    for (episode, recorded) in zip(episodes, recorded) {
      func bytes(_ rows: [[Float]]) -> [UInt8] {
        rows.flatMap { $0 }.withUnsafeBytes { Array($0) }
      }
      #expect(episode.observations == [bytes(recorded.observations)])
      #expect(episode.actions == bytes(recorded.actions) && episode.rewards == recorded.rewards)
      #expect(episode.terminated == recorded.terminations.last)
      #expect(episode.truncated == recorded.truncations.last && episode.truncated)
    }
    let replay = try dataset.replay()
    #expect(replay.places(steps: 1, length: 1).count == 8)
  }

  @Test("Damaged data sets are refused with the reason")
  func damage() throws {
    let folder = folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try filled(.sameStep).1.write(to: folder)
    let names = ["manifest.json", "shard-00000.safetensors"]
    let good = names.map { FileManager.default.contents(atPath: folder + "/" + $0)! }
    func refuses(_ reason: String, _ change: () throws -> Void) throws {
      try change()
      let error = #expect(throws: ReplayError.self) { try read(folder) }
      #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
      for (name, data) in zip(names, good) {
        try data.write(to: URL(fileURLWithPath: folder + "/" + name))
      }
    }
    func manifest(_ old: String, _ new: String) throws {
      let text = String(decoding: good[0], as: UTF8.self)
      #expect(text.contains(old))
      try Data(text.replacingOccurrences(of: old, with: new).utf8).write(
        to: URL(fileURLWithPath: folder + "/manifest.json"))
    }
    func shard(_ change: (inout SafeTensors) -> Void) throws {
      var file = try SafeTensors(path: folder + "/" + names[1])
      change(&file)
      try file.write(to: folder + "/" + names[1])
    }
    try refuses("manifest.json: no such file") {
      try FileManager.default.removeItem(atPath: folder + "/manifest.json")
    }
    try refuses("damaged") { try manifest("{", "[") }
    try refuses("damaged") { try manifest("lockstep-dataset", "lockstep") }
    try refuses("version 7") { try manifest("\"version\" : 1", "\"version\" : 7") }
    try refuses("named '../x'") { try manifest("shard-00000.safetensors", "../x") }
    try refuses("shard-1 is missing") { try manifest("shard-00000.safetensors", "shard-1") }
    try refuses("history") { try manifest("\"history\" : 2", "\"history\" : 3") }
    try refuses("'vector'") {
      var manifest = try JSONDecoder().decode(Dataset.Manifest.self, from: good[0])
      manifest.spec.observation[3].shape = [0]
      try JSONEncoder().encode(manifest).write(
        to: URL(fileURLWithPath: folder + "/manifest.json"))
    }
    try refuses("too small") { try manifest("\"episodes\" : ", "\"episodes\" : 99999999") }
    try refuses("cut short") {
      try good[1].dropLast(9).write(to: URL(fileURLWithPath: folder + "/" + names[1]))
    }
    try refuses("actions") { try shard { $0.tensors["actions"] = nil } }
    try refuses("an action is out of range") {
      try shard { $0.tensors["actions"]!.bytes[3] = 0x80 }
    }
    try refuses("a reward is no number") {
      try shard { $0.tensors["rewards"]!.bytes.replaceSubrange(6..<8, with: [0xF8, 0x7F]) }
    }
    try refuses("behind its end") {
      try shard {
        let count = $0.tensors["terminations"]!.bytes.count
        $0.tensors["terminations"]!.bytes = [UInt8](repeating: 1, count: count)
      }
    }
    try refuses("do not fit the manifest") {
      try shard { $0.tensors["episode_steps"]!.bytes[0] += 1 }
    }
    try refuses("observations.vector") {
      try shard { $0.tensors["observations.vector"]!.bytes.removeLast() }
    }
  }
}
