extension ReportPage {
  func arms(in environment: String) -> [Arm] { arms.filter { $0.environment == environment } }

  var curves: Markup {
    environments.enumerated().map { number, environment in
      let arms = arms(in: environment)
      let chart = returns(arms, environment)
      let heading: Markup = environments.count > 1 ? "<h3>\(environment)</h3>\n" : ""
      return heading + figure(chart, id: "return-\(number)", isMain: true)
        + numbers(arms, chart.series, number) + tasks(arms, number)
    }.joined()
  }

  /// The first environment's learning curves as an SVG file.
  public var curve: String {
    guard let environment = environments.first else { return "" }
    return returns(arms(in: environment), environment).file()
  }

  private func returns(_ arms: [Arm], _ environment: String) -> LineChart {
    LineChart(
      title: "\(arms.count == 1 ? arms[0].agent : "Return") on \(environment)",
      yLabel: "mean return, last 100 episodes",
      series: arms.map { .init(name: $0.label, points: $0.curve("return_mean").points) })
  }

  /// The curve as a table, for those who cannot see it and those who want the numbers.
  private func numbers(_ arms: [Arm], _ lines: [LineChart.Series], _ number: Int) -> Markup {
    var table = Table(
      "Mean return by agent steps", ["steps", "arm", "seeds", "return", "95 % interval"], words: [1]
    )
    for (arm, line) in zip(arms, lines) {
      for (index, point) in line.points.enumerated()
      where index % 10 == 0 || index == line.points.count - 1 {
        let interval = arm.runs.count > 1 ? point.low...point.high : nil
        table.add([
          FigureText.whole(point.step), arm.label, "\(arm.runs.count)",
          FigureText.number(point.middle), FigureText.interval(interval),
        ])
      }
    }
    if table.rows.isEmpty { return "<p>No episode has ended yet.</p>\n" }
    return """
      <details><summary>The curve in numbers</summary>
      \(table.markup(id: "return-\(number)-numbers"))</details>

      """
  }

  /// A small chart for each task that shares the batch.
  private func tasks(_ arms: [Arm], _ number: Int) -> Markup {
    let names = Self.tasks(arms)
    if names.isEmpty { return "" }
    let charts = names.enumerated().map { index, name in
      let lines = arms.map {
        LineChart.Series(name: $0.label, points: $0.curve("return_mean/\(name)").points)
      }
      let chart = LineChart(title: name, yLabel: "mean return", series: lines)
      return figure(chart, id: "task-\(number)-\(index)")
    }
    return "<div class=\"charts\">\n\(charts.joined())</div>\n"
  }

  /// Those that the logs name, sorted.
  static func tasks(_ arms: [Arm]) -> [String] {
    let columns = arms.flatMap(\.runs).flatMap(\.log.columns.keys)
    let prefix = "return_mean/"
    return Set(columns.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
      .sorted()
  }

  func figure(_ chart: LineChart, id: String, isMain: Bool = false) -> Markup {
    """
    <figure\(raw: isMain ? " class=\"main\"" : "")>
    <figcaption>\(chart.title)</figcaption>
    \(chart.svg(id: id))\(legend(chart))</figure>

    """
  }

  private func legend(_ chart: LineChart) -> Markup {
    if chart.series.count < 2 { return "" }
    let items = chart.series.enumerated().map { index, line -> Markup in
      """
      <li><svg viewBox="0 0 28 8" aria-hidden="true"><path class="line \(LineChart.look(index))" \
      d="M1 4h26"/></svg>\(line.name)</li>

      """
    }
    return "<ul class=\"legend\">\n\(items.joined())</ul>\n"
  }

  // MARK: The rest of what is logged

  var figures: Markup {
    environments.enumerated().map { number, environment in
      let arms = arms(in: environment)
      let groups = FigureGroup.groups(of: Set(arms.flatMap(\.runs).flatMap(\.log.columns.keys)))
      let heading: Markup = environments.count > 1 ? "<h3>\(environment)</h3>\n" : ""
      let drawn = groups.enumerated().map { place, group in
        figures(group, arms, id: "figure-\(number)-\(place)")
      }
      return groups.isEmpty ? "" : heading + drawn.joined()
    }.joined()
  }

  private func figures(_ group: FigureGroup, _ arms: [Arm], id: String) -> Markup {
    let charts = group.names.enumerated().map { index, name in
      let lines = arms.map {
        LineChart.Series(name: $0.label, points: $0.curve(name, resamples: 300).points)
      }
      let words = name.replacing("_", with: " ")
      return figure(
        LineChart(title: words.capitalizedFirst, yLabel: words, series: lines), id: "\(id)-\(index)"
      )
    }
    let isOpen = group.title == "Throughput" || group.title == "Losses"
    return """
      <details\(raw: isOpen ? " open" : "")><summary>\(group.title)</summary>
      <div class="charts">
      \(charts.joined())</div></details>

      """
  }
}
