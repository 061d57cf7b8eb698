import Environment

/// NAVIX 0.7.4's 41 names, under its rules, limit and observations.
///
/// Levels are MiniGrid's, from NumPy's generator; NAVIX draws its own, from JAX's.
enum NavixRows {
  static let all: [EnvironmentRow] = (GridFamily.tasks + own).compactMap { task in
    guard task.id.hasPrefix("MiniGrid-"), NavixTraits.of(task.id) != nil else { return nil }
    var settings = GridSettings()
    settings.apply(.navix)
    return GridFamily.row(
      task.with {
        $0.id = name(task.id)
        $0.verified = Verification(
          oracle: "NAVIX 0.7.4 on MiniGrid's levels", extent: "3 seeds x 300 random steps",
          date: "2026-11-27")
      }, settings)
  }

  /// Which MiniGrid does not have.
  private static let own: [GridTask] =
    [8, 16].map { GoalTasks.empty("Random-", $0) }
    + [5, 6, 8, 16].map { GoalTasks.doorKey("Random-", $0) }

  private static func name(_ id: String) -> String {
    let name = id.dropFirst("MiniGrid-".count)
    // It says where obstacles are drawn at the end.
    if name.hasPrefix("Dynamic-Obstacles-Random-") {
      return "Navix-Dynamic-Obstacles-\(name.dropFirst(25).dropLast(3))-Random-v0"
    }
    return "Navix-\(name)"
  }
}
