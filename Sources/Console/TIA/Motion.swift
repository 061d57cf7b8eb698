/// Horizontal motion and position resets.
enum Motion {
  /// Pixels that HMOVE shifts an object by, [76 columns of cycles][16 motion values].
  ///
  /// Early in the line all the asked-for clocks come, later ones only some; at its end the motion
  /// is eight to the left. Source: ALE `TIA::ourCompleteMotionTable`, in closed form.
  static let table: [Int8] = {
    let least = [-7, -7, -7, -7, -6, -5, -5, -4, -3, -2, -2, -1, 0, 1, 1, 2, 3, 4, 4, 5, 6]
    let shift = [-6, -5, -4, -4, -3, -2, -1, -1, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8]
    return (0..<76).flatMap { column in
      (0..<16).map { value in
        let asked = value < 8 ? -value : 16 - value
        switch column {
        case 0...20: return Int8(max(asked, least[column]))
        case 55...74: return Int8(min(0, asked - shift[column - 55]))
        case 75: return Int8(asked)
        default: return 0
        }
      }
    }
  }()

  /// Offsets of a player's copies, by NUSIZ bits 0-2.
  private static let copies: [[Int]] = [
    [0], [0, 16], [0, 32], [0, 16, 32], [0, 64], [0], [0, 32, 64], [0],
  ]

  /// What a player's copies show when it is reset: 1 while one is displayed, -1 in the four pixels
  /// before one, else 0. [8 modes][160 pixels from the old position to the new].
  private static let resets: [Int8] = (0..<8).flatMap { mode in
    let width = mode == 5 ? 16 : mode == 7 ? 32 : 8
    var row = [Int8](repeating: 0, count: 160)
    for copy in copies[mode] {
      for pixel in 0..<4 { row[copy + pixel] = -1 }
      for pixel in 4..<(4 + width) { row[copy + pixel] = 1 }
    }
    return row
  }

  static func resetWhen(mode: UInt8, old: UInt8, new: UInt8) -> Int8 {
    let distance = (Int(new) - Int(old) + 160) % 160
    return resets[Int(mode & 7) * 160 + distance]
  }
}
