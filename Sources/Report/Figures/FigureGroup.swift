/// Figures that belong together, by what their names say.
struct FigureGroup {
  let title: String
  var names: [String] = []

  /// Titles, and words of which a figure's name has one. The first that suits has it.
  private static let kinds: [(title: String, words: [String])] = [
    ("Throughput", ["steps_per_s"]),
    ("Shares of the time", ["share_"]),
    ("Dormant units", ["dormant"]),
    ("Experts", ["expert", "routing", "moe"]),
    ("Losses", ["loss", "td_error"]),
    ("Gradients and weights", ["gradient", "norm", "rank"]),
    ("Entropy and exploration", ["entropy", "exploration", "temperature", "alpha", "kl", "clip"]),
    ("Episodes", ["length_mean"]),
  ]

  /// Counters, which say nothing as a curve, and what has charts of its own.
  private static let silent: Set<String> = ["update", "frames", "episodes", "seconds", "updates"]

  /// Those that there are; what no group knows comes last.
  static func groups(of names: some Sequence<String>) -> [FigureGroup] {
    var groups =
      kinds.map { FigureGroup(title: $0.title) } + [FigureGroup(title: "Further figures")]
    for name in names.sorted() where !silent.contains(name) && !name.hasPrefix("return_mean") {
      let place = kinds.firstIndex { $0.words.contains { name.contains($0) } } ?? kinds.count
      groups[place].names.append(name)
    }
    return groups.filter { !$0.names.isEmpty }
  }
}
