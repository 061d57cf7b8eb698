import ArgumentParser
import Catalog
import Environment
import Foundation
import Records
import Synchronization
import Testing
import Training

@testable import LockstepCommand

struct CommandTests {
  @Test("A wrong actions file is refused with its line and word")
  func actions() throws {
    let folder = try Folder()
    let trace = ["trace", Catalog.standard, "--seed", "1", "--actions"]
    let reason = complaint(trace + [try folder.write("0 1\n2 fire", to: "a")])
    #expect(reason.hasPrefix("2: ") && reason.contains("line 2: 'fire'"))
    #expect(complaint(trace + [try folder.write("0 nan", to: "b")]).contains("'nan'"))
    #expect(complaint(trace + [try folder.write("0 18", to: "c")]).contains("18"))
    #expect(complaint(trace + [try folder.write("# play\n0 1 # and more: 2", to: "d")]) == "0")
  }

  @Test("Options of a trace become its row's settings; those that it would not heed are refused")
  func traces() throws {
    let folder = try Folder()
    let file = try folder.write("0 1 1", to: "a")
    let command = try parsed(
      Trace.self, "trace", "pong", "--seed", "7", "--continuous", file, "--threshold", "0.25",
      "--sticky", "0.5", "--mode", "1", "--difficulty", "2", "--preset", "raw", "--autoreset",
      "same-step", "--batch", "3", "--sound", "--labels", "--env-set", "stack=2")
    let request = try command.request(Catalog.row("pong"))
    #expect(request.id == "ALE/Pong-v5" && request.seed == 7 && request.lanes == 3)
    #expect(request.isContinuous && request.actions == [[0, 1, 1]])
    #expect(request.extras == ["sound", "labels"])
    #expect(
      request.settings == [
        "continuous-threshold": 0.25, "sticky": 0.5, "mode": 1, "difficulty": 2, "preset": "raw",
        "autoreset": "same-step", "stack": "2",
      ])
    let trace = ["trace", Catalog.standard, "--seed", "1", "--actions", file]
    for wrong in [
      ["--autoreset", "banana"], ["--autoreset", "same-step"], ["--batch", "0"], ["--batch", "2"],
      ["--env-set", "mode=1", "--mode", "1"], ["--env-set", "stack=2"], ["--sticky", "-1"],
    ] {
      #expect(complaint(trace + wrong).hasPrefix("2: "), "\(wrong)")
    }
    #expect(complaint(trace) == "0")
  }

  @Test(
    "Every environment on this machine can be traced, rendered and benched", arguments: families)
  func everything(row: EnvironmentRow) throws {
    let folder = try Folder()
    let width = try row.make(1, [:], 1).spec.action.width
    let file = try folder.write(
      [String](repeating: "0", count: 4 * width).joined(separator: " "), to: "a")
    var request = try parsed(Trace.self, "trace", row.id, "--seed", "1", "--actions", file)
      .request(row)
    let lines = Mutex(0)
    request.write = { _ in lines.withLock { $0 += 1 } }
    try row.trace(request)
    #expect(lines.withLock { $0 } == 4)
    #expect(complaint("render", row.id, "--out", folder.file("r"), "--frames", "2") == "0")
    #expect(folder.has("r/00001.png") && folder.has("r/sheet.png") && !folder.has("r/00002.png"))
    let bench = ["bench", row.id, "--seconds", "0.01", "--batch", "3", "--threads", "1", "--json"]
    #expect(complaint(bench) == "0")
    #expect(complaint(bench + ["--snapshots"]) == "0")
  }

  /// One row of every family that is there.
  private static let families: [EnvironmentRow] = {
    var seen = Set<String>()
    return Catalog.rows.filter { $0.missing() == nil && seen.insert($0.family).inserted }
  }()

  // MARK: Bench

  private func report(_ arguments: String...) throws -> (Bench.Outcome, BenchCourse) {
    let command = try #require(
      try Lockstep.parseAsRoot(["bench"] + arguments + ["--threads", "1"]) as? Bench)
    let row = try Catalog.row(#require(command.env))
    let course = try command.course(row, command.settings(row))
    return (try command.measure(course, preset: "p"), course)
  }

  @Test("Bench reports what it says, as JSON with the same keys as ever")
  func benchKeys() throws {
    let (outcome, _) = try report(Catalog.standard, "--seconds", "0.05", "--batch", "2")
    let text = try JSON.line(outcome.report)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(
      Set(json.keys) == [
        "env", "batch", "threads", "preset", "steps_per_s", "frames_per_s", "steps_per_cpu_s",
        "bytes_per_s", "episodes", "start_s",
      ])
    let report = outcome.report
    #expect(report.frames_per_s / report.steps_per_s == 4)
    #expect(abs(report.bytes_per_s / report.steps_per_s - 4 * 84 * 84) < 10)
    #expect(outcome.warm.steps >= 60 && outcome.profile != nil)
  }

  @Test("Lanes that have ended are reset, so that only steps that were made count")
  func standingLanes() throws {
    let (outcome, course) = try report(
      Catalog.standard, "--seconds", "0.01", "--batch", "4", "--autoreset", "disabled",
      "--env-set", "frame-limit=40", "--env-set", "noop-max=0")
    let lengths = course.buffers.episodeLengths.of(Int32.self)
    #expect((0..<4).allSatisfy { lengths[$0] < 10 })
    let steps = course.steps
    // An episode is ten steps: none is counted twice, none stands still.
    #expect(abs(outcome.report.episodes - steps / 10) <= 4)
  }

  @Test("Bench draws actions for boxes as for anything else")
  func boxes() throws {
    let (_, course) = try report(
      Catalog.standard, "--seconds", "0.01", "--batch", "8", "--env-set", "continuous=true")
    let numbers = course.buffers.actions.of(Float.self)
    #expect(Set((0..<24).map { numbers[$0] }).count > 20)
  }

  @Test("The settings that bench takes for granted are only those that are there")
  func benchSettings() throws {
    func settings(_ arguments: String...) throws -> [String: SettingValue] {
      let command = try #require(try Lockstep.parseAsRoot(["bench"] + arguments) as? Bench)
      return try command.settings(Catalog.row(#require(command.env)))
    }
    #expect(try settings(Catalog.standard) == ["autoreset": "next-step"])
    #expect(
      try settings(Catalog.standard, "--env-set", "autoreset=disabled", "--preset", "raw")
        == ["autoreset": "disabled", "preset": "raw"])
    for row in Self.families where !row.settings().contains(where: { $0.name == "preset" }) {
      #expect(complaint("bench", row.id, "--preset", "raw") == "2: \(row.id) has no presets")
    }
  }

  // MARK: The rest

  @Test("Versions and settings are told")
  func answers() {
    #expect(failure(["--version"]).map { Lockstep.exitCode(for: $0) } == .success)
    #expect(complaint("help", "settings", "ppo") == "0")
    #expect(complaint("settings", Catalog.standard, "--json") == "0")
    #expect(
      complaint("settings", Catalog.standard, "--env-set", "preset=raw", "--env-set", "stack=1")
        == "2: preset raw has no setting 'stack'")
  }

  @Test("Control characters are escaped, letters are not")
  func escaping() {
    #expect(Complaint.escaped("a\nb\r\t\u{1B}[0m\u{7F}ü→") == "a\\nb\\r\\t\\u{1b}[0m\\u{7f}ü→")
  }
}
