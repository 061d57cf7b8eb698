/// What NAVIX 0.7.4 makes of a task: which of its functions reward and end an episode, and how its
/// arrays hold a level, which its observations show.
struct NavixTraits: Sendable {
  /// What is rewarded with 1 and ends an episode.
  enum Aim: Sendable {
    /// `on_goal_reached`: walking onto the goal square.
    case goal
    /// `on_door_done`: looking at the door that is meant, whatever the action was.
    case door
    /// `on_goal_reached` where the goal is a ball, onto which nobody can walk.
    case nothing
  }

  var aim = Aim.goal
  /// `on_lava_fall` ends an episode.
  var lavaEnds = false
  /// `update_balls`, and `on_ball_hit` ends an episode.
  var ballsMove = false
  /// Walls inside the room are objects; else they belong to the grid.
  var hasWalls = false
  /// Doors are open by 0 and 1, of which `~` makes -1 and -2; else by false and true.
  var countsDoors = false
  /// The grid has a wall where a door stands: nobody walks through.
  var wallsBeneathDoors = false

  /// Of the task; nil: NAVIX has no such one.
  static func of(_ id: String) -> NavixTraits? {
    guard let name = id.split(separator: "-", maxSplits: 1).last, !id.hasPrefix("BabyAI") else {
      return nil
    }
    return families.first { name.hasPrefix($0.name) }?.traits
  }

  private static let families: [(name: String, traits: NavixTraits)] = [
    // Lava is walked over: the task asks for `on_goal_reached` alone.
    ("DistShift", NavixTraits()),
    ("DoorKey", NavixTraits(hasWalls: true)),
    ("Dynamic-Obstacles", NavixTraits(lavaEnds: true, ballsMove: true)),
    ("Empty", NavixTraits()),
    ("FourRooms", NavixTraits(hasWalls: true)),
    ("GoToDoor", NavixTraits(aim: .door, countsDoors: true, wallsBeneathDoors: true)),
    ("KeyCorridor", NavixTraits(aim: .nothing, countsDoors: true)),
    ("LavaGap", NavixTraits(lavaEnds: true)),
    ("SimpleCrossing", NavixTraits(lavaEnds: true)),
  ]
}
