extension ReportPage {
  var gallery: Markup {
    let shown = runs.compactMap { run in run.picture.map { (run, $0) } }
    if shown.isEmpty { return "" }
    let figures = shown.map { run, picture -> Markup in
      """
      <figure>
      <figcaption>\(run.name)</figcaption>
      <img src="\(raw: picture.address)" width="\(picture.width)" height="\(picture.height)" \
      alt="Moments of one episode of \(run.settings.environment), played by \(run.settings.agent), \
      from the top left to the bottom right">
      </figure>

      """
    }
    return "<div class=\"charts\">\n\(figures.joined())</div>\n"
  }

  /// What differs first, then everything.
  var settings: Markup {
    let facts = runs.map { RunFacts.all($0.settings) }
    let names = Set(facts.flatMap(\.keys)).sorted()
    let differing = names.filter { name in Set(facts.map { $0[name] ?? "" }).count > 1 }
    var markup = Markup()
    if runs.count > 1 {
      markup +=
        differing.isEmpty
        ? "<p>All runs have the same settings.</p>\n"
        : table(
          "Settings that differ between runs; in bold what the fewest runs have", differing, facts
        ).markup(id: "difference-table")
    }
    let all = table("Settings that were given; all others have their defaults", names, facts)
    return markup + """
      <details\(raw: runs.count == 1 ? " open" : "")><summary>All settings</summary>
      \(all.markup(id: "setting-table"))</details>

      """
  }

  private func table(_ caption: String, _ names: [String], _ facts: [[String: String]]) -> Table {
    var table = Table(caption, ["setting"] + runs.map(\.name))
    for name in names {
      let values = facts.map { $0[name] ?? "default" }
      let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
      let most = counts.values.max() ?? 0
      table.rows.append(
        [Table.Cell(name)]
          + values.map { Table.Cell($0, isOther: most > 1 && counts[$0]! < most) })
    }
    return table
  }
}
