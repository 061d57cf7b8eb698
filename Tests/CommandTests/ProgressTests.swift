import Environment
import EventFiles
import Foundation
import Testing

@testable import LockstepCommand
@testable import Training

struct ProgressTests {
  private func progress() -> RunProgress {
    var progress = RunProgress()
    (progress.steps, progress.totalSteps) = (10_000_000_000, 5_000_000_000)
    (progress.meanReturn, progress.episodes, progress.stepsPerSecond) = (-123456.789, 9, 1e7)
    for (label, value) in [("loss", -0.123456), ("value", 1e30), ("entropy", 2.5), ("kl", 1e-9)] {
      progress.report.set(label, value)
      progress.report.headline.append((label, label))
    }
    return progress
  }

  @Test("The line of progress has room in any width, and never passes 100 %")
  func widths() {
    for width in [1, 10, 40, 60, 79, 119, 300] {
      #expect(StatusLine.text(progress(), width: width).count <= width)
    }
    let text = StatusLine.text(progress(), width: 99)
    #expect(text.hasPrefix("[##########]  100.0%  step 10000000000  return -1.23e+05"))
    #expect(text.hasSuffix("10000000/s  0m00s left"))
    #expect(!StatusLine.text(progress(), width: 60).contains("#"))
    #expect(StatusLine.text(progress(), width: 300).contains("kl 1e-09  env 0% learn 0%"))
    var half = progress()
    (half.steps, half.totalSteps) = (55, 100)
    #expect(StatusLine.text(half, width: 79).hasPrefix("[#####.....]  55.0%  step 55"))
    half.steps = -3
    #expect(StatusLine.text(half, width: 79).hasPrefix("[..........]  0.0%"))
  }

  @Test("A terminal's line is rewritten; pipes, dumb terminals and CI get lines")
  func manners() {
    func manner(_ isTerminal: Bool, _ environment: [String: String] = [:]) -> StatusLine.Manner {
      .of(isQuiet: false, isTerminal: isTerminal, environment)
    }
    #expect(manner(true) == .rewritten && manner(true, ["CI": "false"]) == .rewritten)
    #expect(manner(false) == .lines(10) && manner(true, ["TERM": "dumb"]) == .lines(10))
    #expect(manner(true, ["CI": "true"]) == .lines(60) && manner(false, ["CI": "1"]) == .lines(60))
    #expect(StatusLine.Manner.of(isQuiet: true, isTerminal: true, [:]) == .silent)
  }

  @Test("Messages are one line; what is wrong says so")
  func messages() {
    #expect(MessageHandler.line(.info, "a\nb\u{1B}[31m") == "a\\nb\\u{1b}[31m")
    #expect(MessageHandler.line(.warning, "x") == "lockstep: warning: x")
    #expect(OutputOptions.parseOrExit(["--quiet"]).messages.logLevel == .warning)
    #expect(OutputOptions.parseOrExit([]).messages.logLevel == .info)
  }

  @Test("TensorBoard's tags are there once, each with what the line says")
  func tags() {
    var progress = progress()
    progress.taskReturns = [("A", 2), ("B", nil)]
    let numbers = RunLogs.numbers(progress)
    let tags = numbers.map(\.tag)
    #expect(Set(tags).count == tags.count)
    func value(_ tag: String) -> Double? { numbers.first { $0.tag == tag }?.value }
    #expect(value("episodes/return_mean") == progress.meanReturn && value("tasks/A") == 2)
    #expect(value("learning/entropy") == 2.5 && !tags.contains("tasks/B"))
  }

  @Test("A run leaves its page, curve, table and event file; with --json every update is an object")
  func logs() throws {
    let folder = try Folder()
    let out = folder.file("run")
    let small = ["--batch", "2", "--threads", "1", "--episodes", "1", "--quiet"]
    #expect(complaint(["train", "CartPole-v1", "--steps", "768", "--out", out] + small) == "0")
    for name in ["report.html", "curve.svg", "updates.csv", "episode.png", "evaluation.json"] {
      #expect(folder.has("run/\(name)"), "\(name)")
    }
    let table = try String(contentsOfFile: out + "/updates.csv", encoding: .utf8)
    let lines = table.components(separatedBy: "\r\n")
    #expect(lines.count == 5 && lines[0].hasPrefix("step,") && lines[3].hasPrefix("768,"))
    let head = lines[0].split(separator: ","), row = lines[1].components(separatedBy: ",")
    #expect(head.count == row.count)
    let json = try String(contentsOfFile: out + "/updates.jsonl", encoding: .utf8)
    let first =
      try JSONSerialization.jsonObject(
        with: Data(json.split(separator: "\n")[0].utf8)) as? [String: Any]
    for (name, cell) in zip(head, row) where !cell.isEmpty {
      // Foundation's JSONSerialization misses the last digit.
      let (shown, logged) = (Double(cell) ?? .nan, first?[String(name)] as? Double ?? .nan)
      #expect(abs(shown - logged) <= 1e-12 * abs(logged), "\(name)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: out)
    #expect(names.count { $0.hasPrefix("events.out.tfevents.") } == 1)
    // A resumed run adds a file of its own.
    let more = ["--steps", "1024", "--episodes", "0", "--quiet"]
    #expect(complaint(["train", "--resume", out] + more) == "0")
    let later = try FileManager.default.contentsOfDirectory(atPath: out)
    #expect(later.count { $0.hasPrefix("events.out.tfevents.") } == 2)
    #expect(
      complaint("report", out, "--out", folder.file("r.html"), "--csv", folder.file("r.csv")) == "0"
    )
    #expect(folder.has("r.html") && folder.has("r.csv"))
  }
}
