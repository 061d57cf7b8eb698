import Records

/// What an observation's image is.
public enum GridImage: String, CaseIterable, Sendable {
  case partial, full, symbolic, flat
  case oneHot = "one-hot"
  case rgbPartial = "rgb-partial"
  case rgbFull = "rgb-full"
  case navixSymbolic = "navix-symbolic"
  case navixFirstPerson = "navix-symbolic-first-person"
  case navixCategorical = "navix-categorical"
  case navixCategoricalFirstPerson = "navix-categorical-first-person"
  case navixRGB = "navix-rgb"
  case navixRGBFirstPerson = "navix-rgb-first-person"

  /// Drawn from MiniGrid's tiles.
  var hasTiles: Bool { self == .rgbPartial || self == .rgbFull }
  /// One of NAVIX's observation functions.
  var isNavix: Bool { rawValue.hasPrefix("navix-") }
  var isPicture: Bool { hasTiles || self == .navixRGB || self == .navixRGBFirstPerson }
  var isFirstPerson: Bool { rawValue.hasSuffix("-first-person") }
}

/// Whether walls and closed doors hide what is behind.
public enum Sight: String, CaseIterable, Sendable {
  case task
  case through = "true"
  case blocked = "false"
}

/// How the way to the goal square is told.
public enum GoalDirection: String, CaseIterable, Sendable {
  case none, slope, angle
  case fullAngle = "angle-atan2"
}

/// Whose names and rules hold.
public enum GridPreset: String, CaseIterable, Sendable {
  case minigrid, navix
}

/// What grid worlds can be told: the arguments of the original's constructors and of its wrappers.
public struct GridSettings: Configurable {
  /// The task, which the row brings along.
  var task: GridTask?
  /// nil: the task's own.
  public var maxSteps: Int?
  public var words: Int?
  public var preset = GridPreset.minigrid
  public var image = GridImage.partial
  public var viewSize = 7
  public var sight = Sight.task
  public var tileSize = 8
  public var highlights = true
  public var imageOnly = false
  public var goalDirection = GoalDirection.none
  /// Kinds on which an agent does not die, by name.
  public var noDeath: [String] = []
  public var deathCost = -1.0
  public var isStochastic = false
  public var actionProbability = 0.9
  public var randomAction: Int?
  public var hasActionBonus = false
  public var hasPositionBonus = false
  public var bonusScale = 1.0
  /// Levels are drawn from these in turn.
  public var levelSeeds: [UInt64] = []

  public init() {}

  public static func == (one: Self, other: Self) -> Bool {
    one.task?.id == other.task?.id && one.values == other.values
  }

  public static let owner = "grid worlds"
  public static let settings: [Setting<Self>] =
    [
      presetSetting,
      .whole(
        "max-steps", \.maxSteps, 1...Int(Int32.max) - 1, or: "task",
        "steps of an episode, which the reward counts too; task: its own number"),
    ] + observations + wrappers

  private static let presetSetting = Setting<Self>.text(
    "preset", form: "'minigrid' or 'navix'",
    "whose rules hold; navix: NAVIX's moves and ends, 1 for a success, else 0, 100 steps, the grid "
      + "by rows",
    write: { $0.preset.rawValue },
    read: { settings, text in
      guard let preset = GridPreset(rawValue: text) else { return false }
      settings.apply(preset)
      return true
    })

  private static let observations: [Setting<Self>] = [
    .choice(
      "observation", \.image,
      "the image: what the agent sees, the full grid, its objects with their places, all bits in a "
        + "row with the mission's letters, a bit a value, pictures, or what NAVIX's function of that "
        + "name shows"),
    .text(
      "view-size", form: "an odd number, 3 to 31", "cells that the agent sees ahead and aside",
      write: { "\($0.viewSize)" },
      read: { settings, text in
        guard let size = Int(text), (3...31).contains(size), size % 2 == 1 else { return false }
        settings.viewSize = size
        return true
      }),
    .choice(
      "see-through-walls", \.sight, "whether the agent sees behind walls; task: as the task has it"),
    .whole("tile-size", \.tileSize, 1...64, "side of a cell in a picture, in pixels").absent {
      $0.image.hasTiles ? nil : "observation \($0.image.rawValue)"
    },
    .flag("highlight", \.highlights, "whether the full picture shows what the agent sees").absent {
      $0.image == .rgbFull ? nil : "observation \($0.image.rawValue)"
    },
    .flag("image-only", \.imageOnly, "leaves direction and mission out"),
    .whole(
      "mission-words", \.words, 1...512, or: "task",
      "ids of words that an observation has; task: as many as its longest mission may need"),
    .choice("goal-direction", \.goalDirection, "adds the way to the goal square as a number"),
  ]

  private static let wrappers: [Setting<Self>] = [
    .text(
      "no-death", form: "names of objects with commas between them, no goal, or 'none'",
      "objects that end no episode",
      write: { $0.noDeath.isEmpty ? "none" : $0.noDeath.joined(separator: ",") },
      read: { settings, text in
        let names = text == "none" ? [] : text.split(separator: ",").map(String.init)
        guard names.allSatisfy({ kindNames.contains($0) }) else { return false }
        settings.noDeath = names
        return true
      }),
    .number("death-cost", \.deathCost, -1000...1000, "what not dying costs instead"),
    .flag("stochastic-actions", \.isStochastic, "takes another action now and then"),
    .number("action-prob", \.actionProbability, 0...1, "chance that the action itself is taken"),
    .whole("random-action", \.randomAction, 0...6, or: "any", "what is taken instead"),
    .flag("action-bonus", \.hasActionBonus, "rewards what a lane has seldom done where it is"),
    .flag("position-bonus", \.hasPositionBonus, "rewards places where a lane has seldom been"),
    .number("bonus-scale", \.bonusScale, -1000...1000, "of the position's bonus"),
    .text(
      "level-seeds", form: "seeds with commas between them, or 'none'",
      "draws the levels from these in turn, whatever seed is given",
      write: {
        $0.levelSeeds.isEmpty ? "none" : $0.levelSeeds.map { "\($0)" }.joined(separator: ",")
      },
      read: { settings, text in
        let words = text == "none" ? [] : text.split(separator: ",")
        settings.levelSeeds = words.compactMap { UInt64($0) }
        return settings.levelSeeds.count == words.count
      }),
  ]

  mutating func apply(_ preset: GridPreset) {
    self.preset = preset
    let isNavix = preset == .navix
    (maxSteps, image) = isNavix ? (100, .navixSymbolic) : (nil, .partial)
  }

  /// NAVIX's rules; nil: MiniGrid's hold.
  func navix(_ task: GridTask) -> NavixTraits? {
    preset == .navix ? NavixTraits.of(task.id) : nil
  }

  /// How many there are.
  func actions(_ task: GridTask) -> Int {
    navix(task) == nil ? task.actions : Action.allCases.count
  }

  static let kindNames = ["wall", "floor", "door", "key", "ball", "box", "lava"]

  public func check() throws(SettingError) {
    if let task, image == .flat && task.letters > Flat.letters {
      throw SettingError(
        "\(task.id): missions may be longer than the \(Flat.letters) letters of observation flat")
    }
    if let task, let randomAction, randomAction >= actions(task) {
      throw SettingError("\(task.id) has no action \(randomAction)")
    }
  }

  /// The numbers of an observation `flat`.
  enum Flat {
    static let letters = 96
    /// a to z, space, comma.
    static let bits = 28
  }
}
