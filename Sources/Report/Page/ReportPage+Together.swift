import Statistics

extension ReportPage {
  /// Evaluations of one arm: by task, then run.
  private typealias Judged = [String: [Double]]

  /// Arms of the same label over all tasks that every one of them was judged on; empty where there is
  /// nothing to sum up.
  var together: Markup {
    let labels = arms.map(\.label).uniqued
    let judged = labels.map { label in scores(of: label) { $0.trained } }
    let random = scores(of: nil) { $0.random }
    guard let first = judged.first, labels.count > 1 else { return "" }
    let known = random.keys.sorted().filter { task in
      judged.allSatisfy { $0[task] != nil } && mean(first[task]!) != mean(random[task]!)
    }
    if known.count < 2 { return "" }
    var table = Table(
      "All \(known.count) tasks together: on each random play is 0 and the mean of \(labels[0]) 1",
      [
        "arm", "runs", "interquartile mean", "95 % interval", "median", "mean",
        "better than the first",
      ], words: [0])
    let all = judged.map { judged in
      known.map { task in
        judged[task]!.map { normalized($0, low: mean(random[task]!), high: mean(first[task]!)) }
      }
    }
    for (label, scores) in zip(labels, all) {
      let (runs, tasks) = (scores.flatMap(\.self), scores.map(mean))
      let better = zip(scores, all[0]).map { probabilityOfImprovement($0, over: $1) }
      table.add([
        label, "\(runs.count)", FigureText.number(interquartileMean(runs)),
        FigureText.interval(Curve.interval(scores)), FigureText.number(median(tasks)),
        FigureText.number(mean(tasks)), FigureText.number(mean(better)),
      ])
    }
    return table.markup(id: "together-table")
  }

  /// - Parameter label: nil: of all arms.
  private func scores(
    of label: String?, _ which: (EvaluationFile) -> EvaluationFile.Scores?
  ) -> Judged {
    var judged: Judged = [:]
    for arm in arms where label == nil || arm.label == label {
      for scores in arm.runs.compactMap({ $0.evaluation.flatMap(which) }) {
        let tasks = scores.tasks?.map { ($0.name, $0.mean) } ?? [(arm.environment, scores.mean)]
        for (task, mean) in tasks { judged[task, default: []].append(mean) }
      }
    }
    return judged
  }
}
