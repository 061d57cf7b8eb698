/// Updates as comma-separated values (RFC 4180): a line an update, a column a figure.
public struct UpdateTable {
  private let runs: [RunRecord]

  public init(_ runs: [RunRecord]) { self.runs = runs }

  /// Of one run without a column for its name.
  public var text: String {
    let isOne = runs.count == 1
    let names = Set(runs.flatMap(\.log.columns.keys)).sorted()
    var lines = [Self.line((isOne ? [] : ["run"]) + ["step"] + names)]
    for run in runs {
      let columns = names.map { run.log.columns[$0] }
      for (row, step) in run.log.steps.enumerated() {
        let cells = columns.map { $0.map { Self.number($0[row]) } ?? "" }
        lines.append(Self.line((isOne ? [] : [run.name]) + [Self.number(step)] + cells))
      }
    }
    return lines.joined()
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "" }
    return abs(value) < 1e15 ? Int(exactly: value).map(String.init) ?? "\(value)" : "\(value)"
  }

  private static func line(_ cells: [String]) -> String {
    cells.map(quoted).joined(separator: ",") + "\r\n"
  }

  private static func quoted(_ cell: String) -> String {
    let isPlain = !cell.contains { "\",\r\n".contains($0) }
    return isPlain ? cell : "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }
}
