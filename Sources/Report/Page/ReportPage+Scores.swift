import Statistics

extension ReportPage {
  /// Tables by game and by task.
  var scores: Markup {
    var table = Table(
      "By environment and arm: interquartile means over seeds, with 95 % bootstrap intervals",
      [
        "environment", "arm", "seeds", "last return", "95 % interval", "evaluation",
        "95 % interval", "random play",
      ], words: [1])
    for arm in arms {
      let last = arm.runs.compactMap { $0.log.last("return_mean") }
      let judged = arm.runs.compactMap(\.evaluation?.trained.mean)
      let random = arm.runs.compactMap(\.evaluation?.random?.mean)
      table.add([
        arm.environment, arm.label, "\(arm.runs.count)", middle(last), interval(last),
        middle(judged), interval(judged), random.isEmpty ? "–" : FigureText.number(mean(random)),
      ])
    }
    return table.markup(id: "score-table")
      + environments.enumerated().map { taskTable($1, number: $0) }.joined() + together
  }

  private func middle(_ values: [Double]) -> String {
    values.isEmpty ? "–" : FigureText.number(interquartileMean(values))
  }

  private func interval(_ values: [Double]) -> String {
    FigureText.interval(Curve.interval([values]))
  }

  private func taskTable(_ environment: String, number: Int) -> Markup {
    let arms = arms(in: environment)
    let names = Self.tasks(arms)
    if names.isEmpty { return "" }
    var table = Table(
      "By task of the shared batch \(environment)",
      ["task", "arm", "last return", "95 % interval", "evaluation", "random play"], words: [1])
    for name in names {
      for arm in arms {
        let last = arm.runs.compactMap { $0.log.last("return_mean/\(name)") }
        func judged(_ scores: (EvaluationFile) -> EvaluationFile.Scores?) -> String {
          let tasks = arm.runs.compactMap { $0.evaluation.flatMap(scores)?.tasks }
          return middle(tasks.compactMap { $0.first { $0.name == name }?.mean })
        }
        table.add([
          name, arm.label, middle(last), interval(last), judged(\.trained), judged(\.random),
        ])
      }
    }
    return table.markup(id: "task-table-\(number)")
  }
}
