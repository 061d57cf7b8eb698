/// Rows I to P. Sources: ALE `games/supported/*.cpp` and `emucore/DefProps.hxx`.
extension Game {
  static let rowsItoP: [Game] = [
    iceHockey, jamesbond, journeyEscape, kaboom, kangaroo, keystoneKapers, kingKong, klax, koolaid,
    krull, kungFuMaster, laserGates, lostLuggage, marioBros, miniatureGolf, montezumaRevenge, mrDo,
    msPacman, nameThisGame, othello, pacman, phoenix, pitfall, pitfall2, pong, pooyan, privateEye,
  ]

  static let iceHockey = Game(
    "ice_hockey", id: "ALE/IceHockey-v5", md5: "a4c08c4994eb9d24fb78be1793e82e26", size: 4096,
    actions: .all,
    score: .irregular { $0.decimal(0x8A) - $0.decimal(0x8B) },
    over: .all([.byte(0x87, is: 0x00), .byte(0x86, is: 0x00)])
  ).with {
    $0.reward = Reward(maximum: 1)
    $0.lives = .none
    $0.modes = Modes([0, 2], at: 0x80, hold: 2)
    $0.difficulties = [0, 1, 2, 3]
  }

  static let jamesbond = Game(
    "jamesbond", id: "ALE/Jamesbond-v5", md5: "e51030251e440cffaab1ac63438b44ae", size: 8192,
    actions: .all,
    score: .bcd([0xDC, 0xDD, 0xDE]),
    over: .all([.byte(0x86, mask: 0x0F, is: 0x00), .byte(0x8C, is: 0x68)])
  ).with {
    $0.survivors = []
    $0.scheme = .e0
    $0.lives = .at(0x86, mask: 0x0F, plus: 1, initial: 6)
    $0.modes = Modes([0, 1], hold: 20) { ram, mode in
      Int(ram[0x8C]) == mode || Int(ram[0x8C]) == mode + 0x48
    }
  }

  static let journeyEscape = Game(
    "journey_escape", id: "ALE/JourneyEscape-v5", md5: "718ae62c70af4e5fd8e932fee216948a",
    size: 4096,
    actions: [
      .noop, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft, .rightFire,
      .leftFire, .downFire, .upRightFire, .upLeftFire, .downRightFire, .downLeftFire,
    ],
    score: .bcd([0x92, 0x91, 0x90]),
    over: .all([.byte(0x95, is: 0x00), .byte(0x96, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.reward = Reward(ignored: 50_000)
    $0.lives = .none
    $0.display.height = 230
    $0.starting = [.action(.fire)]
    $0.difficulties = [0, 1]
  }

  static let kaboom = Game(
    "kaboom", id: "ALE/Kaboom-v5", md5: "5428cdfada281c569c74c7308c7f2c26", size: 2048,
    actions: [.noop, .fire, .right, .left],
    score: .bcd([0xA5, 0xA4, 0xA3]),
    over: .irregular(kaboomOver)
  ).with {
    $0.survivors = []
    $0.controllers = .paddles
    $0.starting = [.action(.fire)]
  }

  static let kangaroo = Game(
    "kangaroo", id: "ALE/Kangaroo-v5", md5: "4326edb70ff20d0ee5ba58fa5cb09d60", size: 8192,
    actions: .all,
    score: .bcd([0xA8, 0xA7], scale: 100),
    over: .all([.byte(0xAD, is: 0xFF)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xAD, mask: 0x07, plus: 1, initial: 3)
    $0.modes = Modes([0, 1], hold: 2) { ram, mode in
      Int(ram[0xBA]) == mode || Int(ram[0xBA]) == mode + 0x80
    }
  }

  static let keystoneKapers = Game(
    "keystone_kapers", id: "ALE/KeystoneKapers-v5", md5: "6c1f3f2e359dbf55df462ccbcdd2f6bf",
    size: 4096,
    actions: [
      .noop, .fire, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft, .upFire,
      .rightFire, .leftFire, .downFire,
    ],
    score: .bcd([0x9C, 0x9B]),
    over: .all([.byte(0x96, is: 0x00), .byte(0x88, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.display.format = .pal
    $0.display.height = 250
    $0.lives = .at(0x96, initial: 3)
    $0.starting = [.reset]
  }

  static let kingKong = Game(
    "king_kong", id: "ALE/KingKong-v5", md5: "0dd4c69b5f9a7ae96a7a08329496779a", size: 4096,
    actions: [.noop, .fire, .up, .right, .left, .down],
    score: .bcd([0x83, 0x82]),
    over: .all([.byte(0xEE, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.display.format = .pal
    $0.display.height = 250
    $0.lives = .at(0xEE, initial: 3)
    $0.modes = Modes(Array(0..<4), hold: 2) { ram, mode in Int(ram[0xEC]) == 2 * mode }
  }

  static let klax = Game(
    "klax", id: "ALE/Klax-v5", md5: "eed9eaf1a0b6a2b9bc4c8032cb43e3fb", size: 16384,
    actions: .all,
    score: .irregular { $0.decimal(cartridge: 0x34, 0x35, 0x36) },
    over: .irregular(klaxOver)
  ).with {
    $0.survivors = []
    $0.scheme = .f6SC
    $0.display.format = .pal
    $0.display.height = 250
    $0.modes = Modes([0, 1, 2], hold: 2) { ram, mode in Int(ram.cartridge(0x6A)) == mode }
    $0.starting = [.action(.fire), .action(.noop)]
  }

  static let koolaid = Game(
    "koolaid", id: "ALE/Koolaid-v5", md5: "534e23210dd1993c828d944c6ac4d9fb", size: 4096,
    actions: [.noop, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft],
    score: .bcd([0x81, 0x80], scale: 100),
    over: .all([.byte(0xD1, is: 0x80)])
  ).with {
    $0.survivors = []
    $0.lives = .none
  }

  static let krull = Game(
    "krull", id: "ALE/Krull-v5", md5: "4baada22435320d185c95b7dd2bcdb24", size: 8192,
    actions: .all,
    score: .bcd([0x9E, 0x9D, 0x9C]),
    over: .all([.byte(0x9F, is: 0x00), .byte(0xA2, is: 0x03), .byte(0x80, is: 0x80)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0x9F, mask: 0x07, plus: 1, initial: 3)
  }

  static let kungFuMaster = Game(
    "kung_fu_master", id: "ALE/KungFuMaster-v5", md5: "5b92a93b23523ff16e2789b820e2a4c5",
    size: 8192,
    actions: [
      .noop, .up, .right, .left, .down, .downRight, .downLeft, .rightFire, .leftFire, .downFire,
      .upRightFire, .upLeftFire, .downRightFire, .downLeftFire,
    ],
    score: .bcd([0x9A, 0x99, 0x98]),
    over: .all([.byte(0x9D, is: 0xFF)])
  ).with {
    $0.lives = .at(0x9D, mask: 0x07, plus: 1, initial: 4)
  }

  static let laserGates = Game(
    "laser_gates", id: "ALE/LaserGates-v5", md5: "8e4cd60d93fcde8065c1a2b972a26377", size: 4096,
    actions: .all,
    score: .bcd([0x82, 0x81, 0x80]),
    over: .all([.byte(0x83, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.display.format = .pal
    $0.display.height = 250
    $0.lives = .none
    $0.starting = [.reset]
  }

  static let lostLuggage = Game(
    "lost_luggage", id: "ALE/LostLuggage-v5", md5: "2d76c5d1aad506442b9e9fb67765e051", size: 4096,
    actions: [.noop, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft],
    score: .bcd([0x96, 0x95, 0x94]),
    over: .all([
      .byte(0xCA, is: 0x00), .byte(0xC8, is: 0x0A), .byte(0xA5, is: 0x00), .byte(0xA9, is: 0x00),
    ])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xCA, initial: 3)
    $0.legal = .withoutFire
    $0.starting = [.action(.fire)]
    $0.modes = Modes([0, 1], hold: 2) { ram, mode in Int(ram[0x94]) == 1 + 3 * mode }
    $0.difficulties = [0, 1]
  }

  static let marioBros = Game(
    "mario_bros", id: "ALE/MarioBros-v5", md5: "e908611d99890733be31733a979c62d8", size: 8192,
    actions: .all,
    score: .bcd([0x8A, 0x89], scale: 100),
    over: .all([.byte(0x87, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0x87, initial: 0)
    $0.starting =
      Array(repeating: .action(.noop), count: 10) + Array(repeating: .action(.fire), count: 7)
    $0.modes = Modes([0, 2, 4, 6], at: 0x80, hold: 5)
  }

  static let miniatureGolf = Game(
    "miniature_golf", id: "ALE/MiniatureGolf-v5", md5: "df62a658496ac98a3aa4a6ee5719c251",
    size: 2048,
    actions: .all,
    rule: miniatureGolfRule
  ).with {
    $0.survivors = []
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

  static let mrDo = Game(
    "mr_do", id: "ALE/MrDo-v5", md5: "aa7bb54d2c189a31bb1fa20099e42859", size: 8192,
    actions: [.noop, .fire, .up, .right, .left, .down, .upFire, .rightFire, .leftFire, .downFire],
    score: .bcd([0x82, 0x83], scale: 10),
    over: .all([.byte(0xDA, is: 0x40)])
  ).with {
    $0.survivors = []
    $0.display.format = .pal
    $0.display.height = 250
    $0.lives = .at(0xDB, initial: 4)
    $0.starting = [.action(.fire)]
    $0.modes = Modes(Array(0..<4), at: 0x80, hold: 5)
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

  static let nameThisGame = Game(
    "name_this_game", id: "ALE/NameThisGame-v5", md5: "36306070f0c90a72461551a7a4f3a209",
    size: 4096,
    actions: [.noop, .fire, .right, .left, .rightFire, .leftFire],
    score: .bcd([0xC6, 0xC5, 0xC4]),
    over: .all([.byte(0xC7, mask: 0x07, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xC7, mask: 0x07, initial: 3)
    $0.modes = Modes([0x08, 0x18, 0x28], at: 0xDE, hold: 2)
    $0.difficulties = [0, 1]
  }

  static let othello = Game(
    "othello", id: "ALE/Othello-v5", md5: "113cd09c9771ac278544b7e90efe7df2", size: 2048,
    actions: [.noop, .fire, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft],
    score: .irregular { $0.decimal(0xCE) - $0.decimal(0xD0) },
    over: .irregular(othelloOver)
  ).with {
    $0.survivors = []
    $0.modes = Modes([0, 1, 2], hold: 2) { ram, mode in ram[0xDE] == UInt8(mode + 1) }
    $0.difficulties = [0, 2]
  }

  static let pacman = Game(
    "pacman", id: "ALE/Pacman-v5", md5: "fc2233fc116faef0d3c31541717ca2db", size: 4096,
    actions: [.noop, .up, .right, .left, .down],
    score: .bcd([0xCC, 0xCE, 0xD0]),
    over: .all([.byte(0x98, is: 0x00), .byte(0xE4, is: 0x3F)])
  ).with {
    $0.survivors = []
    $0.display.format = .pal
    $0.display.height = 250
    $0.lives = .irregular(initial: 4) { ram, _ in ram.word(0x98) + 1 }
    $0.modes = Modes(Array(0..<8), hold: 2) { ram, mode in
      ram[0xCC] == UInt8(mode + 1) && ram[0xE6] == 0
    }
    $0.difficulties = [0, 1]
  }

  static let phoenix = Game(
    "phoenix", id: "ALE/Phoenix-v5", md5: "7e52a95074a66640fcfde124fffd491a", size: 8192,
    actions: [.noop, .fire, .right, .left, .down, .rightFire, .leftFire, .downFire],
    score: .irregular { $0.decimal(0xC8, 0xC9) * 100 + Int32($0[0xC7] >> 4) * 10 },
    over: .all([.byte(0xCC, is: 0x80)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xCB, mask: 0x07, initial: 5)
  }

  static let pitfall = Game(
    "pitfall", id: "ALE/Pitfall-v5", md5: "3e90cf23106f2e08b2781e41299de556", size: 4096,
    actions: .all,
    score: .bcd([0xD7, 0xD6, 0xD5]),
    over: .all([.byte(0x80, mask: 0xF0, is: 0x00), .byte(0x9E, isNot: 0x00)])
  ).with {
    $0.survivors = []
    $0.firstScore = 2000
    $0.lives = .irregular(initial: 3) { ram, _ in [0xA: 3, 0x8: 2][ram[0x80] >> 4] ?? 1 }
    $0.starting = [.action(.up)]
  }

  static let pitfall2 = Game(
    "pitfall2", id: "ALE/Pitfall2-v5", md5: "6d842c96d5a01967be9680080dd5be54", size: 10495,
    actions: .all,
    score: .bcd([0xC9, 0xC8, 0xC7]),
    over: .irregular { ram, _ in ram.decimal(0xC9, 0xC8, 0xC7) == 199_000 }
  ).with {
    $0.firstScore = 4000
    $0.starting = [.action(.up)]
  }

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

  static let pooyan = Game(
    "pooyan", id: "ALE/Pooyan-v5", md5: "4799a40b6e889370b7ee55c17ba65141", size: 4096,
    actions: [.noop, .fire, .up, .down, .upFire, .downFire],
    score: .bcd([0x8A, 0x89, 0x88]),
    over: .all([.byte(0x96, is: 0x00), .byte(0x98, is: 0x05)])
  ).with {
    $0.survivors = [0xFA, 0xFB]
    $0.lives = .at(0x96, mask: 0x07, plus: 1, initial: 3)
    $0.display.firstLine = 26
    $0.display.height = 220
    $0.modes = Modes([0x0A, 0x1E, 0x32, 0x46], at: 0xBD, hold: 2, after: .select(2))
  }

  static let privateEye = Game(
    "private_eye", id: "ALE/PrivateEye-v5", md5: "ef3a4f64b6494ba770862768caf04b86", size: 8192,
    actions: .all,
    score: .bcd([0xCA, 0xC9, 0xC8]),
    over: .all([.byte(0xC2, above: 0x01)])
  ).with {
    $0.survivors = []
    $0.firstScore = 1000
    $0.lives = .none
    $0.starting = [.action(.up)]
    $0.modes = Modes(Array(0..<5), at: 0x80, hold: 2)
    $0.difficulties = [0, 1, 2, 3]
  }
}
