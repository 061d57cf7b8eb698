import Foundation
import PictureFiles
import Pixels
import Testing
import Training

@testable import Report

struct ReadingTests {
  private let runs = Runs()

  private func log(_ lines: String...) -> UpdateLog {
    UpdateLog(Data(lines.joined(separator: "\n").utf8))
  }

  @Test("Damaged lines are left out and counted; the others count")
  func damage() {
    let log = log(
      "{\"step\":100,\"return_mean\":null,\"a\":1}", "{\"step\":200,\"return_mean\":2", "", "[1,2]",
      "\u{FF}\u{0}", "{\"step\":-5}", "{\"step\":\"x\"}", "{\"a\":1}", "{\"step\":1e999}",
      "{\"step\":300,\"return_mean\":3,\"a\":\"word\",\"b\":{\"c\":[]}}",
      "{\"step\":400,\"\(String(repeating: "x", count: 70_000))\":1}")
    #expect(log.steps == [100, 300] && log.damaged == 8)
    #expect(log.points("return_mean").map(\.y) == [3] && log.points("a").map(\.y) == [1])
    #expect(log.points("b").isEmpty && log.points("none").isEmpty)
    #expect(log.notes == ["8 damaged lines left out"])
  }

  @Test("A line that goes back takes back those from there on")
  func goingBack() {
    let log = log(
      "{\"step\":100,\"r\":1}", "{\"step\":200,\"r\":2}", "{\"step\":300,\"r\":3,\"s\":1}",
      "{\"step\":200,\"r\":4}")
    #expect(log.steps == [100, 200] && log.points("r").map(\.y) == [1, 4] && log.superseded == 2)
    #expect(log.points("s").isEmpty)
  }

  @Test("Of very long files not every line is read")
  func long() {
    let text = (1...250_000).map { "{\"step\":\($0)}" }.joined(separator: "\n")
    let log = UpdateLog(Data(text.utf8))
    #expect(log.stride == 3 && log.steps.count < 100_000 && log.steps.last == 250_000)
  }

  @Test("A folder of runs stands for its runs; a run twice is one; a folder without any is refused")
  func folders() throws {
    try runs.add("one", seed: 1)
    try runs.add("two", seed: 2)
    #expect(
      try RunRecord.read([runs.path, runs.folder("one").path]).map(\.name) == ["one", "two"])
    #expect(throws: RunError.self) { try RunRecord.read([NSTemporaryDirectory() + "/nothing"]) }
    let broken = runs.folder("one")
    try runs.write("{", broken, "evaluation.json")
    try runs.write("no picture", broken, "episode.png")
    let record = try #require(try RunRecord.read([broken.path]).first)
    #expect(record.notes == ["evaluation.json is damaged", "episode.png is damaged or too large"])
    try runs.write("{", broken, "settings.json")
    #expect(throws: RunError.self) { try RunRecord.read([broken.path]) }
  }

  @Test("A run without lines, pictures and evaluation has a page, too")
  func empty() throws {
    let folder = try runs.add("new")
    try FileManager.default.removeItem(atPath: folder.file("updates.jsonl"))
    let page = try runs.page(["new"])
    #expect(page.contains("no update has been logged") && page.contains("No episode has ended yet"))
  }

  @Test("Pictures shrink until there is room")
  func pictures() throws {
    let folder = try runs.add("a")
    var picture = Picture(width: 600, height: 400, filled: (9, 9, 9))
    for x in 0..<600 { picture.set(x, x * x % 400, (UInt8(x % 256), 0, 200)) }
    try PNG.write(picture, to: folder.file("episode.png"))
    let whole = try #require(InlinePicture(folder.file("episode.png"), room: 1_000_000))
    #expect(whole.width == 600)
    let small = try #require(InlinePicture(folder.file("episode.png"), room: whole.bytes.count / 2))
    #expect(small.width < 600 && small.bytes.count <= whole.bytes.count / 2)
    #expect(InlinePicture(folder.file("episode.png"), room: 10) == nil)
  }
}
