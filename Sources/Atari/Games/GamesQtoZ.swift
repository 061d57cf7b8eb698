/// Rows Q to Z. Sources: ALE `games/supported/*.cpp` and `emucore/DefProps.hxx`.
extension Game {
  static let rowsQtoZ: [Game] = [
    qbert, riverraid, roadRunner, robotank, seaquest, sirLancelot, skiing, solaris, spaceInvaders,
    spaceWar, starGunner, superman, surround, tennis, tetris, ticTacToe3d, timePilot, trondead,
    turmoil, tutankham, upNDown, venture, videoCheckers, videoChess, videoCube, videoPinball,
    wizardOfWor, wordZapper, yarsRevenge, zaxxon,
  ]

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

  static let riverraid = Game(
    "riverraid", id: "ALE/Riverraid-v5", md5: "393948436d1f4cc3192410bb918f9724", size: 4096,
    actions: .all,
    score: .irregular(riverRaidScore),
    over: .irregular(riverRaidOver)
  ).with {
    $0.survivors = []
    $0.lives = .irregular(initial: 4, riverRaidLives)
    $0.firstMemory[0] = 0x58
    $0.difficulties = [0, 1]
  }

  static let roadRunner = Game(
    "road_runner", id: "ALE/RoadRunner-v5", md5: "ce5cc62608be2cd3ed8abd844efb8919", size: 16384,
    actions: .all,
    score: .digits([0xC9, 0xCA, 0xCB, 0xCC], scale: 100),
    over: .irregular { ram, _ in
      ram[0xC4] & 7 == 0 && ram[0xB9] | ram[0xBD] != 0
    }
  ).with {
    $0.survivors = []
    $0.lives = .at(0xC4, mask: 0x07, plus: 1, initial: 3)
  }

  static let robotank = Game(
    "robotank", id: "ALE/Robotank-v5", md5: "4f618c2429138e0280969193ed6c107e", size: 8192,
    actions: .all,
    score: .irregular { $0.word(0xB6) * 12 + $0.word(0xB5) },
    over: .all([.byte(0xA8, is: 0), .byte(0xB4, is: 0xFF)])
  ).with {
    $0.survivors = []
    $0.scheme = .fe
    $0.lives = .at(0xA8, mask: 0x0F, plus: 1, initial: 4)
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

  static let sirLancelot = Game(
    "sir_lancelot", id: "ALE/SirLancelot-v5", md5: "dd0cbe5351551a538414fb9e37fc56e8", size: 8192,
    actions: [.noop, .fire, .right, .left, .rightFire, .leftFire],
    score: .bcd([0xA0, 0x9F, 0x9E]),
    over: .all([.byte(0xA9, is: 0x00), .byte(0xA7, is: 0xA0)])
  ).with {
    $0.display.format = .pal
    $0.display.height = 250
    $0.lives = .at(0xA9, initial: 3)
    $0.starting = [.reset, .action(.left)]
  }

  static let skiing = Game(
    "skiing", id: "ALE/Skiing-v5", md5: "b76fbadc8ffb1f83e2ca08b6fb4d6c9f", size: 2048,
    actions: [.noop, .right, .left],
    score: .irregular { -$0.word(0xE8) * 6000 - $0.decimal(0xEA, 0xE9) },
    over: .all([.byte(0x91, is: 0xFF)])
  ).with {
    $0.survivors = []
    $0.lives = .none
    $0.legal = .withoutFire
    $0.starting = Array(repeating: .action(.down), count: 16)
  }

  static let solaris = Game(
    "solaris", id: "ALE/Solaris-v5", md5: "e72eb8d4410152bdcb69e7fba327b420", size: 16384,
    actions: .all,
    score: .bcd([0xDC, 0xDD, 0xDE], scale: 10),
    over: .all([.byte(0xD9, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xD9, mask: 0x0F, initial: 3)
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

  static let spaceWar = Game(
    "space_war", id: "ALE/SpaceWar-v5", md5: "b702641d698c60bcdc922dbd8c9dd49c", size: 2048,
    actions: .all,
    score: .bcd([0xA7]),
    over: .any([.byte(0xA7, is: 0x10), .byte(0x80, is: 0x00)])
  ).with {
    $0.display.format = .pal
    $0.display.height = 250
    $0.modes = Modes(Array(6...17), hold: 2) { ram, mode in Int(ram.decimal(0xA7)) == mode }
  }

  static let starGunner = Game(
    "star_gunner", id: "ALE/StarGunner-v5", md5: "a3c1c70024d7aabb41381adbfb6d3b25", size: 4096,
    actions: .all,
    score: .digits([0x83, 0x84, 0x85, 0x86], scale: 100),
    over: .all([.byte(0x87, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .irregular(initial: 5, starGunnerLives)
    $0.modes = Modes(Array(0..<4), at: 0xF4, hold: 15)
  }

  static let superman = Game(
    "superman", id: "ALE/Superman-v5", md5: "a9531c763077464307086ec9a1fd057d", size: 4096,
    actions: .all,
    rule: supermanRule
  ).with {
    $0.survivors = []
    $0.difficulties = [0, 1, 2, 3]
  }

  static let surround = Game(
    "surround", id: "ALE/Surround-v5", md5: "4d7517ae69f95cfbc053be01312b7dba", size: 2048,
    actions: [.noop, .up, .right, .left, .down],
    score: .irregular { $0.decimal(0xF7) - $0.decimal(0xF6) },
    over: .any([.byte(0xF6, is: 0x10), .byte(0xF7, is: 0x10)])
  ).with {
    $0.controllers = .swappedJoysticks
    $0.modes = Modes([0, 2], hold: 2) { ram, mode in Int(ram[0xF9]) == mode + 1 }
    $0.difficulties = [0, 1, 2, 3]
  }

  static let tennis = Game(
    "tennis", id: "ALE/Tennis-v5", md5: "42cdd6a9e42a3639e190722b8ea3fc51", size: 2048,
    actions: .all,
    rule: tennisRule
  ).with {
    $0.survivors = []
    $0.lives = .none
    $0.modes = Modes([0, 2], at: 0x80, hold: 2)
    $0.difficulties = [0, 1, 2, 3]
  }

  static let tetris = Game(
    "tetris", id: "ALE/Tetris-v5", md5: "b0e1ee07fbc73493eac5651a52f90f00", size: 2048,
    actions: [.noop, .fire, .right, .left, .down],
    rule: tetrisRule
  ).with {
    $0.survivors = []
    $0.lives = .irregular(initial: 0) { _, _ in 0 }
  }

  static let ticTacToe3d = Game(
    "tic_tac_toe_3d", id: "ALE/TicTacToe3D-v5", md5: "0db4f4150fecf77e4ce72ca4d04c052f", size: 2048,
    actions: [.noop, .fire, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft],
    rule: ticTacToeRule
  ).with {
    $0.survivors = []
    $0.modes = Modes(Array(0..<9), at: 0x88, hold: 2)
    $0.difficulties = [0, 2]
  }

  static let timePilot = Game(
    "time_pilot", id: "ALE/TimePilot-v5", md5: "fc2104dd2dadf9a6176c1c1c8f87ced9", size: 8192,
    actions: [.noop, .fire, .up, .right, .left, .down, .upFire, .rightFire, .leftFire, .downFire],
    score: .bcd([0x8D, 0x8F], scale: 100),
    over: .all([.byte(0xA0, isNot: 0x00)])
  ).with {
    $0.survivors = [0x80]
    $0.lives = .irregular(initial: 5) { ram, state in
      ram[0x80] & 15 == 2 ? Int32(ram[0x8B] & 7) + 1 : state.lives
    }
    $0.difficulties = [0, 1, 2]
  }

  static let trondead = Game(
    "trondead", id: "ALE/Trondead-v5", md5: "fb27afe896e7c928089307b32e5642ee", size: 4096,
    actions: .all,
    score: .bcd([0xBF, 0xBE, 0xBD]),
    over: .all([.byte(0xC8, is: 0x05)])
  ).with {
    $0.survivors = []
    $0.lives = .irregular(initial: 5) { ram, _ in 5 - ram.word(0xC8) }
    $0.difficulties = [0, 1]
  }

  static let turmoil = Game(
    "turmoil", id: "ALE/Turmoil-v5", md5: "7a5463545dfb2dcfdafa6074b2f2c15e", size: 4096,
    actions: [
      .noop, .fire, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft, .rightFire,
      .leftFire,
    ],
    score: .irregular { ($0.decimal(0x89, 0x8A) + $0.word(0xD3)) * 10 },
    over: .all([.byte(0xB9, is: 0x00), .byte(0xC5, is: 0x01)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xB9, initial: 4)
    $0.starting = [.action(.fire)]
    $0.modes = Modes(Array(0..<9), at: 0xEA, hold: 2)
  }

  static let tutankham = Game(
    "tutankham", id: "ALE/Tutankham-v5", md5: "085322bae40d904f53bdcc56df0593fc", size: 8192,
    actions: [.noop, .up, .right, .left, .down, .upFire, .rightFire, .leftFire],
    score: .bcd([0x9C, 0x9A]),
    over: .all([.byte(0x9E, is: 0x00), .byte(0x81, isNot: 0x84)])
  ).with {
    $0.survivors = []
    $0.scheme = .e0
    $0.lives = .at(0x9E, mask: 0x03, initial: 3)
    $0.modes = Modes([0, 4, 8, 12], at: 0xAB, hold: 2)
  }

  static let upNDown = Game(
    "up_n_down", id: "ALE/UpNDown-v5", md5: "a499d720e7ee35c62424de882a3351b6", size: 8192,
    actions: [.noop, .fire, .up, .down, .upFire, .downFire],
    score: .bcd([0x82, 0x81, 0x80]),
    over: .all([.byte(0x94, above: 0x40), .byte(0x86, mask: 0x0F, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0x86, mask: 0x0F, plus: 1, initial: 5)
    $0.display.firstLine = 30
    $0.starting = [.action(.fire)]
    $0.difficulties = [0, 1, 2, 3]
  }

  static let venture = Game(
    "venture", id: "ALE/Venture-v5", md5: "3e899eba0ca8cd2972da1ae5479b4f0d", size: 4096,
    actions: .all,
    score: .bcd([0xC8, 0xC7], scale: 100),
    over: .all([.byte(0xC6, is: 0x00), .byte(0xCD, is: 0xFF), .byte(0xBF, mask: 0x80, isNot: 0x00)])
  ).with {
    $0.lives = .at(0xC6, mask: 0x07, plus: 1, initial: 4)
    $0.difficulties = [0, 1, 2, 3]
  }

  static let videoCheckers = Game(
    "video_checkers", id: "ALE/VideoCheckers-v5", md5: "539d26b6e9df0da8e7465f0f5ad863b7",
    size: 4096,
    actions: [.fire, .upRight, .upLeft, .downRight, .downLeft],
    rule: videoCheckersRule
  ).with {
    $0.survivors = []
    $0.modes = Modes(Array(1...9) + Array(11...19)) { ram, mode in
      Int(ram[0xF6]) == (mode >= 11 ? mode + 6 : mode)
    }
  }

  static let videoChess = Game(
    "video_chess", id: "ALE/VideoChess-v5", md5: "f0b7db930ca0e548c41a97160b9f6275", size: 4096,
    actions: [.noop, .fire, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft],
    rule: videoChessRule
  ).with {
    $0.survivors = []
    $0.modes = Modes(Array(0..<5), at: 0xEA)
  }

  static let videoCube = Game(
    "video_cube", id: "ALE/VideoCube-v5", md5: "3f540a30fdee0b20aed7288e4a5ea528", size: 4096,
    actions: .all,
    rule: videoCubeRule
  ).with {
    $0.modes = .videoCube
    $0.difficulties = [0, 1]
    $0.starting =
      Array(repeating: .action(.noop), count: 61) + [
        .action(.fire), .action(.noop), .action(.noop),
      ]
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

  static let wizardOfWor = Game(
    "wizard_of_wor", id: "ALE/WizardOfWor-v5", md5: "7e8aa18bc9502eb57daaf5e7c1e94da7", size: 4096,
    actions: [.noop, .fire, .up, .right, .left, .down, .upFire, .rightFire, .leftFire, .downFire],
    score: .irregular { wizardOfWorScore($0.decimal(0x86, 0x88)) },
    over: .all([.byte(0x8D, mask: 0x0F, is: 0x00), .byte(0xF4, is: 0xF8)])
  ).with {
    $0.survivors = []
    $0.controllers = .swappedJoysticks
    $0.lives = .irregular(initial: 3) { ram, state in
      ram[0xD7] & 1 == 0 ? Int32(ram[0x8D] & 15) : state.lives
    }
    $0.difficulties = [0, 1]
  }

  static let wordZapper = Game(
    "word_zapper", id: "ALE/WordZapper-v5", md5: "ec3beb6d8b5689e867bafb5d5f507491", size: 4096,
    actions: .all,
    rule: wordZapperRule
  ).with {
    $0.survivors = []
    $0.starting =
      Array(repeating: .action(.noop), count: 486) + [
        .action(.fire), .action(.noop), .action(.noop),
      ]
    $0.modes = Modes(Array(0..<24), at: 0xDB, hold: 2)
    $0.difficulties = [0, 1, 2, 3]
  }

  static let yarsRevenge = Game(
    "yars_revenge", id: "ALE/YarsRevenge-v5", md5: "c5930d0e8cdae3e037349bfa08e871be", size: 4096,
    actions: .all,
    score: .bcd([0xE2, 0xE1, 0xE0]),
    over: .all([.byte(0x9E, mask: 0xF0, is: 0x00)])
  ).with {
    $0.lives = .at(0x9E, shift: 4, initial: 4)
    $0.starting = [.action(.fire)]
    $0.modes = Modes([0, 0x20, 0x40, 0x60], at: 0xE3, after: .select(2))
    $0.difficulties = [0, 1]
  }

  static let zaxxon = Game(
    "zaxxon", id: "ALE/Zaxxon-v5", md5: "eea0da9b987d661264cce69a7c13c3bd", size: 8192,
    actions: .all,
    score: .bcd([0xE9, 0xE8], scale: 100),
    over: .all([.byte(0xEA, mask: 0x07, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xEA, mask: 0x07, initial: 5)
    $0.modes = Modes([0, 8, 16, 24], at: 0x82, hold: 10)
  }
}
