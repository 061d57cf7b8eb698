import ArgumentParser
import Foundation
import Logging
import Records
import Report
import Training

struct MakeReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Runs as one HTML page: curves, scores, figures, episodes, settings.",
    discussion: """
      The page needs nothing beside itself and asks no host for anything. Runs that differ in nothing \
      but their seed are one arm: its curve is the interquartile mean over seeds, its band the 95 % \
      bootstrap interval. Lines of a log that are damaged are left out, and the page says so.
      """)

  @Argument(
    help: "Folders of runs, or folders that hold some; default: runs.", completion: .directory)
  var runs: [String] = ["runs"]

  @Option(
    help: ArgumentHelp("The page.", valueName: "file"), completion: .file(extensions: ["html"]))
  var out = "report.html"

  @Option(
    help: ArgumentHelp("Also all updates of all runs as a table.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  var csv: String?

  func run() throws {
    let messages = Logger.messages()
    let records = try RunRecord.read(runs)
    for record in records {
      for note in record.notes { messages.warning("\(record.name): \(note)") }
    }
    try AtomicFile.write(Data(ReportPage(records).html().utf8), to: out)
    if let csv { try AtomicFile.write(Data(UpdateTable(records).text.utf8), to: csv) }
    print("\(records.count) run\(records.count == 1 ? "" : "s") in \(out)")
  }
}
