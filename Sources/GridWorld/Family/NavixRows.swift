import Environment

/// NAVIX 0.7.4's names for MiniGrid's tasks, under its rewards, limit and observation.
///
/// Levels are MiniGrid's, from NumPy's generator; NAVIX draws its own, from JAX's.
enum NavixRows {
  static let all: [EnvironmentRow] = GridFamily.tasks.compactMap { task in
    guard let name = name(task.id) else { return nil }
    var settings = GridSettings()
    settings.apply(.navix)
    return GridFamily.row(
      task.with {
        $0.id = name
        $0.verified = nil
      }, settings)
  }

  private static let families = [
    "DistShift", "DoorKey", "Dynamic-Obstacles", "Empty", "FourRooms", "GoToDoor", "KeyCorridor",
    "LavaGap", "SimpleCrossing",
  ]

  private static func name(_ id: String) -> String? {
    let name = id.dropFirst("MiniGrid-".count)
    guard id.hasPrefix("MiniGrid-"), families.contains(where: { name.hasPrefix($0) }) else {
      return nil
    }
    // It says where obstacles are drawn at the end.
    if name.hasPrefix("Dynamic-Obstacles-Random-") {
      return "Navix-Dynamic-Obstacles-\(name.dropFirst(25).dropLast(3))-Random-v0"
    }
    return "Navix-\(name)"
  }
}
