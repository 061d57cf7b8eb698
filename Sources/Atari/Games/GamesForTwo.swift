/// Cartridges that come with ALE but have no rules there, because nobody can play them alone.
///
/// Sources: Multi-Agent-ALE `games/supported/*.cpp`, ALE `emucore/DefProps.hxx`.
extension Game {
  static let rowsForTwo = [combat, joust, mazeCraze, warlords]

  static let combat = Game(
    "combat", id: "MALE/Combat-v0", md5: "0ef64cdbecccb7049752a3de0b7ade14", size: 2048,
    actions: .all,
    score: .irregular { $0.decimal(0xA1) - $0.decimal(0xA2) },
    over: .any([.byte(0xA1, is: 0x99), .byte(0xA2, is: 0x99), .byte(0x88, is: 0)])
  ).with {
    $0.needsTwo = true
    $0.lives = .none
    $0.display.format = .pal
    $0.display.firstLine = 39
    $0.display.height = 256
    $0.difficulties = [0, 1, 2, 3]
  }

  static let joust = Game(
    "joust", id: "MALE/Joust-v0", md5: "3276c777cbe97cdd2b4a63ffc16b7151", size: 8192,
    actions: .all,
    score: .bcd([0x87, 0x85, 0x83]),
    over: .irregular { ram, _ in
      ram[0x83] >= 0x99 || ram[0x84] >= 0x99 || (ram[0x81] == 0xFF && ram[0x82] == 0xFF)
    }
  ).with {
    $0.needsTwo = true
    $0.lives = .irregular(initial: 6) { ram, _ in joustLives(ram[0x81]) }
  }

  /// The counter shows lives in reserve; -1 is the end.
  static func joustLives(_ shown: UInt8) -> Int32 { Int32(Int8(bitPattern: shown)) + 1 }

  static let mazeCraze = Game(
    "maze_craze", id: "MALE/MazeCraze-v0", md5: "ed2218b3075d15eaa34e3356025ccca3", size: 4096,
    actions: .all, score: .bcd([]), over: .any([])
  ).with {
    $0.needsTwo = true
    $0.detectsFormat = false
    $0.display.format = .pal
    $0.display.height = 250
  }

  static let warlords = Game(
    "warlords", id: "MALE/Warlords-v0", md5: "cbe5a166550a8129a5e6d374901dffad", size: 4096,
    actions: [.noop, .fire, .right, .left, .rightFire, .leftFire], score: .bcd([]), over: .any([])
  ).with {
    $0.needsTwo = true
    $0.controllers = .twoPaddlePairs
  }
}
