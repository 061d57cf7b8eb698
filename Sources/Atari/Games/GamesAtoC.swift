/// Rows A to C. Sources: ALE `games/supported/*.cpp` and `emucore/DefProps.hxx`.
extension Game {
  static let rowsAtoC: [Game] = [
    adventure, airRaid, alien, amidar, assault, asterix, asteroids, atlantis, atlantis2, backgammon,
    bankHeist, basicMath, battleZone, beamRider, berzerk, blackjack, bowling, boxing, breakout,
    carnival, casino, centipede, chopperCommand, crazyClimber, crossbow,
  ]

  static let adventure = Game(
    "adventure", id: "ALE/Adventure-v5", md5: "4b27f5397c442d25f0c418ccdacf1926", size: 4096,
    actions: .all,
    rule: adventureRule
  ).with {
    $0.display.format = .pal
    $0.display.height = 250
    $0.countsLivesWhenOver = true
    $0.modes = .adventure
    $0.difficulties = [0, 1, 2, 3]
  }

  static let airRaid = Game(
    "air_raid", id: "ALE/AirRaid-v5", md5: "35be55426c1fec32dfb503b4f0651572", size: 4096,
    actions: [.noop, .fire, .right, .left, .rightFire, .leftFire],
    score: .bcd([0xAA, 0xA9, 0xA8]),
    over: .all([.byte(0xA7, is: 0xFF)])
  ).with {
    $0.survivors = []
    $0.display.format = .pal
    $0.display.height = 250
    $0.starting = [.action(.fire)]
    $0.modes = Modes(Array(1...8), at: 0xAA, hold: 10, after: .select(20))
  }

  static let alien = Game(
    "alien", id: "ALE/Alien-v5", md5: "f1a0a23e6464d954e3a9579c4ccd01c8", size: 4096,
    actions: .all,
    score: .irregular(alienScore),
    over: .all([.byte(0xC0, mask: 0x0F, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xC0, mask: 0x0F, initial: 3)
    $0.countsLivesWhenOver = true
    $0.modes = Modes(Array(0..<4), at: 0x81)
    $0.difficulties = [0, 1, 2, 3]
  }

  static let amidar = Game(
    "amidar", id: "ALE/Amidar-v5", md5: "acb7750b4d0c4bd34969802a7deb2990", size: 4096,
    actions: [.noop, .fire, .up, .right, .left, .down, .upFire, .rightFire, .leftFire, .downFire],
    score: .bcd([0xD9, 0xDA, 0xDB]),
    over: .all([.byte(0xD6, is: 0x80)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xD6, mask: 0x0F, initial: 3)
    $0.difficulties = [0, 3]
  }

  static let assault = Game(
    "assault", id: "ALE/Assault-v5", md5: "de78b3a064d374390ac0710f95edde92", size: 4096,
    actions: [.noop, .fire, .up, .right, .left, .rightFire, .leftFire],
    score: .bcd([0x82, 0x81, 0x80]),
    over: .all([.byte(0xE5, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xE5, initial: 4)
  }

  static let asterix = Game(
    "asterix", id: "ALE/Asterix-v5", md5: "89a68746eff7f266bbf08de2483abe55", size: 8192,
    actions: [.noop, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft],
    score: .bcd([0xE0, 0xDF, 0xDE]),
    over: .all([.byte(0xC7, is: 0x01), .byte(0xD3, mask: 0x0F, is: 0x01)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xD3, mask: 0x0F, initial: 3)
    $0.starting = [.action(.fire)]
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

  static let atlantis = Game(
    "atlantis", id: "ALE/Atlantis-v5", md5: "9ad36e699ef6f45d9eb6c4cf90475c9f", size: 4096,
    actions: [.noop, .fire, .rightFire, .leftFire],
    score: .bcd([0xA2, 0xA3, 0xA1], scale: 100),
    over: .all([.byte(0xF1, is: 0xFF)])
  ).with {
    $0.survivors = []
    $0.reward = Reward(stopsWhenOver: true)
    $0.lives = .at(0xF1, initial: 6)
    $0.modes = Modes(Array(0..<4), at: 0x8D, hold: 2)
  }

  static let atlantis2 = Game(
    "atlantis2", id: "ALE/Atlantis2-v5", md5: "826481f6fc53ea47c9f272f7050eedf7", size: 4096,
    actions: [.noop, .fire, .rightFire, .leftFire],
    score: .bcd([0xA1, 0xA2, 0xA3]),
    over: .all([.byte(0xF1, is: 0xFF)])
  ).with {
    $0.survivors = []
    $0.reward = Reward(stopsWhenOver: true)
    $0.lives = .at(0xF1, initial: 6)
  }

  static let backgammon = Game(
    "backgammon", id: "ALE/Backgammon-v5", md5: "8556b42aa05f94bc29ff39c39b11bff4", size: 4096,
    actions: [.fire, .right, .left],
    rule: backgammonRule
  ).with {
    $0.survivors = []
    $0.controllers = .paddles
    $0.paddleMaximum = 1_000_000
    $0.modes = Modes([0]) { ram, _ in ram[0xDC] == 3 }
    $0.difficulties = [3]
  }

  static let bankHeist = Game(
    "bank_heist", id: "ALE/BankHeist-v5", md5: "00ce0bdd43aed84a983bef38fe7f5ee3", size: 4096,
    actions: .all,
    score: .bcd([0xDA, 0xD9, 0xD8]),
    over: .all([.byte(0xCE, is: 0x01), .byte(0xD5, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0xD5, initial: 5)
    $0.modes = Modes(Array(stride(from: 0, through: 28, by: 4)), at: 0x80)
    $0.difficulties = [0, 1, 2, 3]
  }

  static let basicMath = Game(
    "basic_math", id: "ALE/BasicMath-v5", md5: "819aeeb9a2e11deb54e6de334f843894", size: 2048,
    actions: [.noop, .fire, .up, .right, .left, .down],
    score: .bcd([0x84]),
    over: .all([.byte(0x86, isNot: 0x00)])
  ).with {
    $0.survivors = []
    $0.modes = Modes([5, 6, 7, 8], at: 0xC5, hold: 2)
    $0.difficulties = [0, 2, 3]
  }

  static let battleZone = Game(
    "battle_zone", id: "ALE/BattleZone-v5", md5: "41f252a66c6301f1e8ab3612c19bc5d4", size: 8192,
    actions: .all,
    score: .irregular(battleZoneScore),
    over: .all([.byte(0xBA, mask: 0x0F, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.display.hmoveBlanks = false
    $0.lives = .at(0xBA, mask: 0x0F, initial: 5)
    $0.modes = Modes([1, 2, 3], at: 0xA1, hold: 2)
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

  static let berzerk = Game(
    "berzerk", id: "ALE/Berzerk-v5", md5: "136f75c4dd02c29283752b7e5799f978", size: 4096,
    actions: .all,
    score: .bcd([0xDF, 0xDE, 0xDD]),
    over: .all([.byte(0xDA, is: 0xFF)])
  ).with {
    $0.lives = .irregular(initial: 3) { ram, _ in ram.word(0xDA) + 1 }
    $0.modes = Modes(
      Array(1...9) + [0x10, 0x11, 0x12], at: 0x80, hold: 2, after: .act(.noop), times: 20)
  }

  static let blackjack = Game(
    "blackjack", id: "ALE/Blackjack-v5", md5: "0a981c03204ac2b278ba392674682560", size: 2048,
    actions: [.noop, .fire, .up, .down],
    score: .irregular(blackjackScore),
    over: .irregular { ram, _ in isBust(ram) || blackjackScore(ram) >= 1000 }
  ).with {
    $0.survivors = []
    $0.controllers = .paddles
    $0.paddleMaximum = 795_000
    $0.difficulties = [0, 1, 2, 3]
  }

  static let bowling = Game(
    "bowling", id: "ALE/Bowling-v5", md5: "c9b7afad3bfd922e006a6bfc1d4f3fe7", size: 2048,
    actions: [.noop, .fire, .up, .down, .upFire, .downFire],
    score: .bcd([0xA1, 0xA6]),
    over: .all([.byte(0xA4, above: 0x10)])
  ).with {
    $0.survivors = []
    $0.lives = .none
    $0.modes = Modes([0, 2, 4], at: 0x82, hold: 2)
    $0.difficulties = [0, 1]
  }

  static let boxing = Game(
    "boxing", id: "ALE/Boxing-v5", md5: "c3ef5c4653212088eda54dc91d787870", size: 2048,
    actions: .all,
    score: .irregular(boxingScore),
    over: .irregular(boxingOver)
  ).with {
    $0.survivors = []
    $0.lives = .none
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

  static let carnival = Game(
    "carnival", id: "ALE/Carnival-v5", md5: "028024fb8e5e5f18ea586652f9799c96", size: 4096,
    actions: [.noop, .fire, .right, .left, .rightFire, .leftFire],
    score: .bcd([0xAE, 0xAD], scale: 10),
    over: .all([.byte(0x83, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.lives = .none
    $0.display.firstLine = 26
    $0.display.height = 214
  }

  static let casino = Game(
    "casino", id: "ALE/Casino-v5", md5: "b816296311019ab69a21cb9e9e235d12", size: 4096,
    actions: [.noop, .fire, .up, .down],
    rule: casinoRule
  ).with {
    $0.survivors = []
    $0.controllers = .paddles
    $0.modes = Modes([0, 2, 3], at: 0xD4, hold: 2)
    $0.difficulties = [0, 1, 2, 3]
    $0.starting = Array(repeating: .action(.noop), count: 60) + [.action(.fire), .action(.fire)]
  }

  static let centipede = Game(
    "centipede", id: "ALE/Centipede-v5", md5: "91c2098e88a6b13f977af8c003e0bca5", size: 8192,
    actions: .all,
    score: .bcd([0xF6, 0xF5, 0xF4]),
    over: .all([.byte(0xA6, mask: 0x40, isNot: 0x00)])
  ).with {
    $0.survivors = []
    $0.reward = Reward(minimum: 0)
    $0.lives = .at(0xED, mask: 0x70, shift: 4, plus: 1, initial: 3)
    $0.modes = Modes([0x16, 0x56], at: 0xA7, hold: 2)
  }

  static let chopperCommand = Game(
    "chopper_command", id: "ALE/ChopperCommand-v5", md5: "c1cb228470a87beb5f36e90ac745da26",
    size: 4096,
    actions: .all,
    score: .bcd([0xEE, 0xEC], scale: 100),
    over: .irregular(chopperCommandOver)
  ).with {
    $0.survivors = []
    $0.lives = .at(0xE4, mask: 0x0F, initial: 3)
    $0.countsLivesWhenOver = true
    $0.modes = Modes([0, 2], at: 0xE0, hold: 2)
    $0.difficulties = [0, 1]
  }

  static let crazyClimber = Game(
    "crazy_climber", id: "ALE/CrazyClimber-v5", md5: "55ef7b65066428367844342ed59f956c", size: 8192,
    actions: [.noop, .up, .right, .left, .down, .upRight, .upLeft, .downRight, .downLeft],
    score: .irregular(crazyClimberScore),
    over: .all([.byte(0xAA, is: 0x00)])
  ).with {
    $0.survivors = []
    $0.reward = Reward(minimum: 0)
    $0.lives = .at(0xAA, initial: 5)
    $0.modes = Modes(Array(0..<4), at: 0x80, hold: 2)
    $0.difficulties = [0, 1]
  }

  static let crossbow = Game(
    "crossbow", id: "ALE/Crossbow-v5", md5: "8cd26dcf249456fe4aeb8db42d49df74", size: 16384,
    actions: .all,
    score: .bcd([0x8D, 0x8C, 0x8B]),
    over: .all([.byte(0xE7, is: 0x82)])
  ).with {
    $0.survivors = [0xEA]
    $0.modes = Modes([0, 2, 4, 6], hold: 2) { ram, mode in ram[0x8D] == UInt8(mode + 1) }
    $0.difficulties = [0, 1]
  }
}
