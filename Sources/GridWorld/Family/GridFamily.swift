import Environment
import Records

/// MiniGrid 3.2.0 and its BabyAI levels.
public enum GridFamily {
  public static let rows: [EnvironmentRow] = tasks.map { row($0) } + patterned + NavixRows.all

  /// Their levels grow from pattern images, which the released package does not contain.
  private static let patterned: [EnvironmentRow] = [
    "MazeSimple", "DungeonMazeScaled", "RoomsFabric", "ObstaclesBlackdots", "ObstaclesAngular",
    "ObstaclesHogs3",
  ].map { name in
    let id = "MiniGrid-WFC-\(name)-v0"
    let reason = "its levels grow from a pattern image, which MiniGrid's released package lacks"
    var row = EnvironmentRow(
      id: id, family: "grid", settings: { GridSettings().descriptions },
      make: { _, _, _ in throw EnvironmentError.settings("\(id) cannot be made: \(reason)") },
      trace: { _ in throw EnvironmentError.settings("\(id) cannot be made: \(reason)") })
    row.missing = { reason }
    return row
  }

  static let tasks: [GridTask] =
    [
      GoalTasks.all, ObjectTasks.all, RoomTasks.all, GoTasks.all, OpenTasks.all, TakeTasks.all,
      Sentences.all,
    ].joined().map { task in task.with { $0.verified = verification } }

  private static let verification = Verification(
    oracle: "MiniGrid 3.2.0", extent: "20 seeds x 500 random steps", date: "2026-11-27")

  /// An environment of the task.
  /// - Parameter settings: what the user's are added to.
  public static func row(
    _ task: GridTask, _ settings: GridSettings = GridSettings()
  ) -> EnvironmentRow {
    var settings = settings
    settings.task = task
    var row = EnvironmentRow.blocks(
      task.id, family: "grid", GridBlock.self, settings: settings, verified: task.verified,
      viewing: Viewing(framesPerSecond: 10, isTurnBased: true))
    let make = row.make
    row.trace = { try traceSteps($0, make: make, line: line) }
    // Networks read bits, not symbols.
    row.learning = { _ in ["observation": "one-hot"] }
    if task.id.hasPrefix("BabyAI-") { row.bots["bot"] = { try GridBots($0) } }
    return row
  }

  /// Reward, both flags, a checksum of the image, direction and way to the goal where they are shown,
  /// and the mission.
  static func line(_ buffers: StepBuffers) -> String {
    var words = [
      shortText(buffers.rewards.of(Double.self)[0]), "\(buffers.terminated.of(UInt8.self)[0])",
      "\(buffers.truncated.of(UInt8.self)[0])", crc32(buffers.observations[0].row(0)),
    ]
    for column in buffers.observations {
      switch column.field.name {
      case "direction": words.append("\(column.of(UInt8.self)[0])")
      case "goal_direction": words.append(shortText(column.of(Double.self)[0]))
      default: break
      }
    }
    let text = buffers.info[0].row(0).prefix { $0 != 0 }
    return (words + [String(decoding: text, as: UTF8.self)]).joined(separator: " ")
  }
}
