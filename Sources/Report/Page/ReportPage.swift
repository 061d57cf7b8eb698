import Training

/// Runs as one page that needs nothing else: no network, no script.
public struct ReportPage {
  let runs: [RunRecord]
  let arms: [Arm]

  public init(_ runs: [RunRecord]) {
    self.runs = runs
    arms = Arm.arms(of: runs)
  }

  /// In the order in which they are met.
  var environments: [String] { arms.map(\.environment).uniqued }

  private struct Section {
    let id, title: String
    let body: Markup
  }

  public func html() -> String {
    let sections = [
      Section(id: "runs", title: "Runs", body: overview),
      Section(id: "curves", title: "Learning curves", body: curves),
      Section(id: "scores", title: "Scores", body: scores),
      Section(id: "figures", title: "Training figures", body: figures),
      Section(id: "episodes", title: "Episodes", body: gallery),
      Section(id: "settings", title: "Settings", body: settings),
    ].filter { !$0.body.text.isEmpty }
    let links = sections.map { "<li><a href=\"#\($0.id)\">\($0.title)</a></li>" as Markup }
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
      <title>\(title)</title>
      <style>
      \(raw: Style.colours)\(raw: Style.chart)\(raw: Style.page)</style>
      </head>
      <body>
      <a class="skip" href="#content">To the content</a>
      <header>
      <h1>\(title)</h1>
      <p class="soft">\(summary)</p>
      <nav aria-label="Sections"><ul>\(links.joined())</ul></nav>
      </header>
      <main id="content">
      \(sections.map(markup).joined())</main>
      </body>
      </html>

      """
    return page.text
  }

  private func markup(_ section: Section) -> Markup {
    """
    <section aria-labelledby="\(section.id)">
    <h2 id="\(section.id)">\(section.title)</h2>
    \(section.body)</section>

    """
  }

  private var title: String {
    let agents = Set(runs.map(\.settings.agent)).sorted().joined(separator: ", ")
    let places = environments.count == 1 ? environments[0] : "\(environments.count) environments"
    return "\(agents) on \(places)"
  }

  private var summary: String {
    let steps = runs.compactMap { $0.log.steps.last }.reduce(0, +)
    let count = "\(runs.count) run\(runs.count == 1 ? "" : "s")"
    return
      "\(count), \(FigureText.whole(steps)) agent steps. Where an arm has several seeds, curves are "
      + "interquartile means (means of fewer than four) and bands 95 % bootstrap intervals over "
      + "seeds; curves end where the first seed of their arm ends."
  }

  // MARK: Runs

  private var overview: Markup {
    var table = Table(
      "Every run: returns are means of its last hundred episodes",
      [
        "run", "environment", "agent", "seed", "steps", "episodes", "last return", "best return",
        "evaluation", "random play", "steps/s", "time",
      ], words: [1, 2])
    for run in runs {
      let log = run.log
      table.add([
        run.name, run.settings.environment, run.settings.agent, "\(run.settings.seed)",
        FigureText.whole(log.steps.last ?? 0), FigureText.whole(log.last("episodes") ?? 0),
        FigureText.number(log.last("return_mean")), FigureText.number(log.most("return_mean")),
        FigureText.number(run.evaluation?.trained.mean),
        FigureText.number(run.evaluation?.random?.mean), FigureText.number(rate(log)),
        FigureText.duration(log.last("seconds")),
      ])
    }
    let notes = runs.flatMap { run in run.notes.map { "<li>\(run.name): \($0)</li>\n" as Markup } }
    let list: Markup = notes.isEmpty ? "" : "<ul class=\"notes\">\n\(notes.joined())</ul>\n"
    return table.markup(id: "run-table") + list
  }

  /// Steps a second of the whole run.
  private func rate(_ log: UpdateLog) -> Double? {
    guard let steps = log.steps.last, let seconds = log.last("seconds"), seconds > 0 else {
      return nil
    }
    return steps / seconds
  }
}

extension [String] {
  /// Each once, in the order in which they are met.
  var uniqued: [String] {
    var seen = Set<String>()
    return filter { seen.insert($0).inserted }
  }
}
