/// Rows D to H. Sources: ALE `games/supported/*.cpp` and `emucore/DefProps.hxx`.
extension Game {
  static let rowsDtoH: [Game] = [
    darkchambers, defender, demonAttack, donkeyKong, doubleDunk, earthworld, elevatorAction, enduro,
    entombed, et, fishingDerby, flagCapture, freeway, frogger, frostbite, galaxian, gopher,
    gravitar, hangman, hauntedHouse, hero, humanCannonball,
  ]

  static let darkchambers = Game(
    "darkchambers", id: "ALE/Darkchambers-v5", md5: "106855474c69d08c8ffa308d47337269", size: 16384,
    actions: .all,
    rule: darkchambersRule
  ).with {
    $0.survivors = []
    $0.scheme = .f6SC
    $0.display.hmoveBlanks = false
    $0.starting = Array(repeating: .action(.noop), count: 486)
  }

  static let defender = Game(
    "defender", id: "ALE/Defender-v5", md5: "0f643c34e40e3f1daafd9c524d3ffe64", size: 4096,
    actions: .all,
    score: .digits([0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1]),
    over: .all([.byte(0xC2, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xC2, initial: 3)
    $0.modes = Modes(Array(1...9) + [16], at: 0x9B, hold: 2)
    $0.difficulties = [0, 1]
  }

  static let demonAttack = Game(
    "demon_attack", id: "ALE/DemonAttack-v5", md5: "f0e0addc07971561ab80d9abe1b8d333", size: 4096,
    actions: [.noop, .fire, .right, .left, .rightFire, .leftFire],
    score: .irregular(demonAttackScore),
    over: .irregular(demonAttackOver)
  ).with {
    $0.survivors = []
    $0.lives = .irregular(initial: 4) { ram, _ in ram.word(0xF2) + 1 }
    $0.modes = Modes([1, 3, 5, 7], at: 0xEA)
    $0.difficulties = [0, 1]
  }

  static let donkeyKong = Game(
    "donkey_kong", id: "ALE/DonkeyKong-v5", md5: "36b20c427975760cb9cf4a47e41369e4", size: 4096,
    actions: .all,
    score: .bcd([0x88, 0x87], scale: 100),
    over: .all([.byte(0xA3, is: 0x00), .byte(0x8F, is: 0x03), .byte(0x8B, is: 0x1F)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xA3, initial: 2)
  }

  static let doubleDunk = Game(
    "double_dunk", id: "ALE/DoubleDunk-v5", md5: "368d88a6c071caba60b4f778615aae94", size: 16384,
    actions: .all,
    score: .irregular { $0.decimal(0xF6) - $0.decimal(0xF7) },
    over: .irregular { ram, _ in
      (ram.decimal(0xF6) >= 24 || ram.decimal(0xF7) >= 24) && ram[0xFE] == 0xE7
    }
  ).with {
    $0.lives = .none
    $0.modes = .doubleDunk(Array(0..<16))
    $0.starting = [.action(.upFire)]
  }

  static let earthworld = Game(
    "earthworld", id: "ALE/Earthworld-v5", md5: "5aea9974b975a6a844e6df10d2b861c4", size: 8192,
    actions: .all,
    score: .bcd([0xA7]),
    over: .all([.byte(0xA7, is: 0x10)])
  ).with { $0.survivors = [] }

  static let elevatorAction = Game(
    "elevator_action", id: "ALE/ElevatorAction-v5", md5: "71f8bacfbdca019113f3f0801849057e",
    size: 8192,
    actions: .all,
    score: .bcd([0x89, 0x88, 0x87]),
    over: .all([.byte(0x83, is: 0), .byte(0x81, isNot: 0)])
  ).with {
    $0.scheme = .f8SC
    $0.lives = .at(0x83, initial: 4)
    $0.starting = Array(repeating: .action(.fire), count: 16)
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

  static let entombed = Game(
    "entombed", id: "ALE/Entombed-v5", md5: "6b683be69f92958abe0e2a9945157ad5", size: 4096,
    actions: .all,
    score: .irregular { $0.word(0xE3) },
    over: .all([.byte(0xC7, mask: 0x03, is: 0x00)])
  ).with {
    $0.difficulties = [0, 2]
    $0.starting = [
      .action(.fire), .action(.noop), .action(.noop), .action(.noop), .action(.noop),
      .action(.noop),
    ]
  }

  static let et = Game(
    "et", id: "ALE/Et-v5", md5: "615a3bf251a38eb6638cdc7ffbde5480", size: 8192,
    actions: .all,
    score: .bcd([0xE1, 0xE0, 0xDF]),
    over: .all([.byte(0xE5, is: 0xFF), .byte(0x80, is: 0x08)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xE5, plus: 1, initial: 0)
    $0.modes = Modes([0, 1, 2], hold: 25) { ram, mode in ram[0xEA] == UInt8(mode + 1) }
    $0.difficulties = [0, 1, 2, 3]
  }

  static let fishingDerby = Game(
    "fishing_derby", id: "ALE/FishingDerby-v5", md5: "b8865f05676e64f3bec72b9defdacfa7", size: 2048,
    actions: .all,
    score: .irregular { $0.decimal(0xBD) - $0.decimal(0xBE) },
    over: .any([.byte(0xBD, is: 0x99), .byte(0xBE, is: 0x99)])
  ).with {
    $0.survivors = []
    $0.lives = .none
    $0.difficulties = [0, 1, 2, 3]
  }

  static let flagCapture = Game(
    "flag_capture", id: "ALE/FlagCapture-v5", md5: "30512e0e83903fc05541d2f6a6a62654", size: 2048,
    actions: .all,
    score: .bcd([0xEA]),
    over: .all([.byte(0xEB, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.modes = Modes([8, 9, 10], at: 0xD6, hold: 2)
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

  static let frogger = Game(
    "frogger", id: "ALE/Frogger-v5", md5: "081e2c114c9c20b61acf25fc95c71bf4", size: 4096,
    actions: [.noop, .up, .right, .left, .down],
    score: .bcd([0xCE, 0xCC]),
    over: .all([.byte(0xD0, is: 0xFF)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xD0, initial: 4)
    $0.modes = Modes([0, 1, 2], hold: 2) { ram, mode in Int(ram[0xDD]) == 1 + 2 * mode }
    $0.difficulties = [0, 1]
  }

  static let frostbite = Game(
    "frostbite", id: "ALE/Frostbite-v5", md5: "4ca73eb959299471788f0b685c3ba0b5", size: 4096,
    actions: .all,
    score: .bcd([0xCA, 0xC9, 0xC8]),
    over: .all([.byte(0xCC, mask: 0x0F, is: 0x00), .byte(0xF1, mask: 0x80, isNot: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xCC, mask: 0x0F, plus: 1, initial: 4)
    $0.modes = Modes([0, 2], at: 0x80)
  }

  static let galaxian = Game(
    "galaxian", id: "ALE/Galaxian-v5", md5: "211774f4c5739042618be8ff67351177", size: 8192,
    actions: [.noop, .fire, .right, .left, .rightFire, .leftFire],
    score: .bcd([0xAE, 0xAD, 0xAC]),
    over: .all([.byte(0xBF, mask: 0x80, isNot: 0x00)])
  ).with {
    $0.survivors = []
    $0.reward = Reward(rollover: 1_000_000)
    $0.lives = .irregular(initial: 3) { ram, _ in ram.word(0xB9) + 1 }
    $0.modes = Modes(Array(1...9), at: 0xB3)
    $0.difficulties = [0, 1]
  }

  static let gopher = Game(
    "gopher", id: "ALE/Gopher-v5", md5: "c16c79aad6272baffb8aae9a7fff0864", size: 4096,
    actions: [.noop, .fire, .up, .right, .left, .upFire, .rightFire, .leftFire],
    score: .bcd([0xB2, 0xB1, 0xB0]),
    over: .all([.byte(0xB4, mask: 0x07, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .irregular(initial: 3) { ram, _ in Int32((ram[0xB4] & 7).nonzeroBitCount) }
    $0.starting = [.action(.fire)]
    $0.modes = Modes([0, 2], at: 0xD3, hold: 5, after: .reset)
    $0.difficulties = [0, 1]
  }

  static let gravitar = Game(
    "gravitar", id: "ALE/Gravitar-v5", md5: "8ac18076d01a6b63acf6e2cab4968940", size: 8192,
    actions: .all,
    score: .bcd([0x89, 0x88, 0x87]),
    over: .all([.byte(0x81, is: 0x01)])
  ).with {
    $0.survivors = []
    $0.lives = .irregular(initial: 6) { ram, _ in ram[0x81] == 0 ? 6 : ram.word(0x84) + 1 }
    $0.starting = Array(repeating: .action(.fire), count: 16)
    $0.modes = Modes(Array(0..<5), at: 0x80, hold: 10)
  }

  static let hangman = Game(
    "hangman", id: "ALE/Hangman-v5", md5: "f16c709df0a6c52f47ff52b9d95b7d8d", size: 4096,
    actions: .all,
    rule: hangmanRule
  ).with {
    $0.firstMemory = SIMD8(0, 0, -1, -1, 0, 0, 0, 0)
    $0.modes = Modes(Array(0..<4), at: 0xEE, hold: 2)
    $0.difficulties = [0, 1]
  }

  static let hauntedHouse = Game(
    "haunted_house", id: "ALE/HauntedHouse-v5", md5: "f0a6e99f5875891246c3dbecbf2d2cea", size: 4096,
    actions: .all,
    rule: hauntedHouseRule
  ).with {
    $0.modes = Modes(Array(0..<9), at: 0xCC, hold: 2)
    $0.difficulties = [0, 1]
  }

  static let hero = Game(
    "hero", id: "ALE/Hero-v5", md5: "fca4a5be1251927027f2c24774a02160", size: 8192,
    actions: .all,
    score: .bcd([0xB9, 0xB8, 0xB7]),
    over: .all([.byte(0xB3, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xB3, initial: 4)
    $0.modes = Modes(Array(0..<5), at: 0x80)
  }

  static let humanCannonball = Game(
    "human_cannonball", id: "ALE/HumanCannonball-v5", md5: "7972e5101fa548b952d852db24ad6060",
    size: 2048,
    actions: .all,
    score: .bcd([0xB6]),
    over: .any([.byte(0xB6, is: 0x07), .byte(0xB7, is: 0x07)])
  ).with {
    $0.survivors = []
    $0.modes = Modes(Array(0..<8), hold: 2) { ram, mode in
      ram[0xB6] == UInt8(mode + 1) && ram[0xB7] == 1
    }
    $0.difficulties = [0, 1]
  }
}
