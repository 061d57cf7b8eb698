import Console

/// The rows. Sources: ALE `games/supported/*.cpp` and `emucore/DefProps.hxx`.
extension Game {
  public static let all: [Game] =
    (first + rowsAtoC + rowsDtoH + rowsItoP + rowsQtoZ).sorted { $0.rom < $1.rom } + [courier]

  private static let first: [Game] = [
    pong, breakout, spaceInvaders, msPacman, seaquest, montezumaRevenge,
    qbert, asteroids, enduro, beamRider, freeway, videoPinball,
  ]

  static let pong = Game(
    "pong", id: "ALE/Pong-v5", md5: "60e0ea3cbe0913d39803477945e9e5ec", size: 2048,
    actions: [.noop, .fire, .right, .left, .rightFire, .leftFire],
    score: .difference(own: 0x8E, other: 0x8D),
    over: .any([.byte(0x8D, is: 21), .byte(0x8E, is: 21)])
  ).with {
    $0.lives = .none
    $0.survivors = []
    $0.controllers = .swappedPaddles
    $0.modes = Modes([0, 1], at: 0x96, hold: 2)
    $0.difficulties = [0, 1, 2, 3]
  }

  static let breakout = Game(
    "breakout", id: "ALE/Breakout-v5", md5: "f34f08e5eb96e500e851a80be3277a56", size: 2048,
    actions: [.noop, .fire, .right, .left],
    score: .bcd([0xCD, 0xCC], digits: 3),
    over: .allOnce(at: 0xB9, seen: 5, [.byte(0xB9, is: 0)])
  ).with {
    $0.survivors = []
    $0.controllers = .paddles
    $0.lives = .at(0xB9, initial: 5)
    $0.modes = Modes(Array(stride(from: 0, through: 44, by: 4)), at: 0xB2)
    $0.difficulties = [0, 1]
  }

  static let spaceInvaders = Game(
    "space_invaders", id: "ALE/SpaceInvaders-v5", md5: "72ffbef6504b75e69ee1045af9075f66",
    size: 4096,
    actions: [.noop, .fire, .right, .left, .rightFire, .leftFire],
    score: .bcd([0xE8, 0xE6]),
    over: .any([.byte(0x98, mask: 0x80, isNot: 0), .byte(0xC9, is: 0)])
  ).with {
    $0.survivors = []
    $0.reward = Reward(rollover: 10_000)
    $0.lives = .at(0xC9, initial: 3)
    $0.modes = Modes(Array(0..<16), at: 0xDC, hold: 2)
    $0.difficulties = [0, 1]
  }

  static let msPacman = Game(
    "ms_pacman", id: "ALE/MsPacman-v5", md5: "87e79cd41ce136fd4f72cc6e2c161bee", size: 8192,
    actions: [.noop, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft],
    score: .bcd([0xF8, 0xF9, 0xFA]),
    over: .all([.byte(0xFB, mask: 0x0F, is: 0), .byte(0xA7, is: 0x53)])
  ).with {
    $0.survivors = []
    $0.display.hmoveBlanks = false
    $0.lives = .at(0xFB, mask: 0x07, plus: 1, initial: 3)
    $0.modes = Modes(Array(0..<4), hold: 10, shows: msPacmanShows)
  }

  static let seaquest = Game(
    "seaquest", id: "ALE/Seaquest-v5", md5: "240bfbac5163af4df5ae713985386f92", size: 4096,
    actions: .all,
    score: .bcd([0xBA, 0xB9, 0xB8]),
    over: .all([.byte(0xA3, isNot: 0)])
  ).with {
    $0.survivors = [0xFB]
    $0.lives = .at(0xBB, plus: 1, initial: 4)
    $0.difficulties = [0, 1]
  }

  static let montezumaRevenge = Game(
    "montezuma_revenge", id: "ALE/MontezumaRevenge-v5", md5: "3347a6dd59049b15a38394aa2dafa585",
    size: 8192,
    actions: .all,
    score: .bcd([0x95, 0x94, 0x93]),
    over: .all([.byte(0xBA, is: 0), .byte(0xFE, is: 0x60)])
  ).with {
    $0.survivors = []
    $0.scheme = .e0
    $0.lives = .at(0xBA, mask: 0x07, plus: 1, initial: 6)
  }

  static let qbert = Game(
    "qbert", id: "ALE/Qbert-v5", md5: "484b0076816a104875e00467d431c2d2", size: 4096,
    actions: [.noop, .fire, .up, .right, .left, .down],
    score: .bcd([0xDB, 0xDA, 0xD9]),
    over: .irregular(qbertOver)
  ).with {
    $0.survivors = []
    $0.display.firstLine = 40
    $0.reward = Reward(stopsWhenOver: true)
    $0.lives = .irregular(initial: 4, qbertLives)
    $0.firstMemory[0] = 2
    $0.difficulties = [0, 1]
  }

  static let asteroids = Game(
    "asteroids", id: "ALE/Asteroids-v5", md5: "ccbd36746ed4525821a8083b0d6d2c2c", size: 8192,
    actions: [
      .noop, .fire, .up, .right, .left, .down, .upRight, .upLeft,
      .upFire, .rightFire, .leftFire, .downFire, .upRightFire, .upLeftFire,
    ],
    score: .bcd([0xBE, 0xBD], scale: 10),
    over: .all([.byte(0xBC, mask: 0xF0, is: 0)])
  ).with {
    $0.survivors = []
    $0.display.hmoveBlanks = false
    $0.reward = Reward(rollover: 100_000)
    $0.lives = .at(0xBC, shift: 4, initial: 4)
    $0.modes = Modes(Array(0..<32) + [0x80], at: 0x80, hold: 2)
    $0.difficulties = [0, 3]
  }

  static let enduro = Game(
    "enduro", id: "ALE/Enduro-v5", md5: "94b92a882f6dbaa6993a46e2dcc58402", size: 4096,
    actions: [
      .noop, .fire, .right, .left, .down, .downRight, .downLeft, .rightFire, .leftFire,
    ],
    score: .irregular(enduroScore),
    over: .all([.byte(0xAF, is: 0xFF)])
  ).with {
    $0.lives = .none
    $0.survivors = []
    $0.starting = [.action(.fire)]
  }

  static let beamRider = Game(
    "beam_rider", id: "ALE/BeamRider-v5", md5: "79ab4123a83dc11d468fb2108ea09e2e", size: 8192,
    actions: [.noop, .fire, .up, .right, .left, .upRight, .upLeft, .rightFire, .leftFire],
    score: .bcd([0x89, 0x8A, 0x8B]),
    over: .all([.byte(0x85, is: 0xFF)])
  ).with {
    $0.survivors = []
    $0.lives = .irregular(initial: 3, beamRiderLives)
    $0.difficulties = [0, 1]
    $0.starting = [.action(.right)]
  }

  static let freeway = Game(
    "freeway", id: "ALE/Freeway-v5", md5: "8e0ab801b1705a740b476b7f588c6d16", size: 2048,
    actions: [.noop, .up, .down],
    score: .bcd([0xE7]),
    over: .all([.byte(0x96, is: 1)])
  ).with {
    $0.lives = .none
    $0.survivors = []
    $0.reward = Reward(minimum: 0, maximum: 1)
    $0.modes = Modes(Array(0..<8), at: 0x80)
    $0.difficulties = [0, 1]
  }

  static let videoPinball = Game(
    "video_pinball", id: "ALE/VideoPinball-v5", md5: "107cc025334211e6d29da0b6be46aec7",
    size: 4096,
    actions: [.noop, .fire, .up, .right, .left, .down, .upFire, .rightFire, .leftFire],
    score: .bcd([0xB0, 0xB2, 0xB4]),
    over: .all([.byte(0xAF, mask: 0x01, isNot: 0)])
  ).with {
    $0.survivors = []
    $0.lives = .irregular(initial: 3, videoPinballLives)
    $0.modes = Modes([0, 2], at: 0xC1, hold: 2)
    $0.difficulties = [0, 1]
  }

  /// Our own cartridge; `Roms/README.md` has its memory map.
  static let courier = Game(
    "lockstep-courier", id: "Lockstep/Courier-v0", md5: "39a31d3baa0d5a43d50861ee68ceaed9",
    size: 4096,
    actions: [.noop, .right, .left],
    score: .bcd([0x82, 0x83]),
    over: .all([.byte(0x85, isNot: 0)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0x84, initial: 5)
  }
}

extension Game {
  /// The row with this Gymnasium id or ROM name.
  /// - Throws: `GameError.unknown` with near matches.
  public static func named(_ name: String) throws -> Game {
    if let game = all.first(where: { $0.id == name || $0.rom == name }) { return game }
    throw GameError.unknown(name, near: nearest(to: name, among: all.flatMap { [$0.id, $0.rom] }))
  }
}

public enum GameError: Error, Equatable, CustomStringConvertible {
  case unknown(String, near: [String])

  public var description: String {
    switch self {
    case .unknown(let name, let near):
      near.isEmpty
        ? "unknown game '\(name)'" : "unknown game '\(name)'; did you mean \(near.quotedList)?"
    }
  }
}
