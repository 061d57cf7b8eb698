import Lanes

/// What a pulse does to a sound channel's shift registers, for every state and every AUDC.
///
/// A state holds the 4-bit register in bits 0-3 and the 5-bit register in bits 4-8. The same tables
/// for 2, 4, ... 512 pulses let frames pass that nobody listens to.
struct NoiseTables: @unchecked Sendable {
  static let shared = NoiseTables()
  /// Both registers hold 1.
  static let start: UInt16 = 0x11

  private static let states = 512
  private static let powers = 10
  /// [powers][16 controls][512].
  private let tables = AlignedBuffer<UInt16>(count: powers * 16 * states)

  private init() {
    for control in 0..<16 {
      for state in 0..<Self.states {
        var noise = Noise(UInt16(state))
        noise.clock(control)
        tables[control * Self.states + state] = noise.state
      }
    }
    let size = 16 * Self.states
    for index in size..<tables.count {
      let half = row(index / Self.states - 16)
      tables[index] = half[Int(half[index % Self.states])]
    }
  }

  /// Whether the channel is heard: the 4-bit register's last bit.
  @inline(__always) static func isHigh(_ state: UInt16) -> Bool { state & 8 != 0 }

  /// The state after a pulse.
  @inline(__always) func next(_ state: UInt16, _ control: Int) -> UInt16 {
    row(control)[Int(state) % Self.states]
  }

  /// The state after 0...1023 pulses.
  func skip(_ pulses: Int, from state: UInt16, control: Int) -> UInt16 {
    var state = state
    for power in 0..<Self.powers where pulses >> power & 1 == 1 {
      state = next(state, power * 16 + control)
    }
    return state
  }

  private func row(_ index: Int) -> UnsafeMutablePointer<UInt16> {
    tables.pointer + index * Self.states
  }
}

/// A channel's two shift registers.
///
/// - Source: ALE `emucore/TIASnd.cxx`.
private struct Noise {
  private var four: UInt16
  private var five: UInt16

  init(_ state: UInt16) {
    four = state & 0xF
    five = state >> 4
  }

  var state: UInt16 { four | five << 4 }

  /// A pulse of the frequency divider. AUDC says whether the 5-bit register is clocked, whether that
  /// clocks the 4-bit register, and what goes into the latter.
  mutating func clock(_ control: Int) {
    let out = five >> 4
    switch control {
    case 0x2, 0x3, 0x6, 0x7, 0x9, 0xA, 0xE, 0xF:
      shiftIntoFive(five >> 4 ^ five >> 2, isDead: five == 0)
    case 0x8: shiftIntoFive(four >> 3 ^ five >> 4, isDead: five == 0 && four == 0)
    default: break
    }
    switch control {
    // A division by 31, in steps of 13 and 18.
    case 0x2, 0x6, 0xA, 0xE: if five & 0xF != 8 { return }
    case 0x3, 0x7, 0xF: if five & 0x10 == 0 { return }
    default: break
    }
    switch control {
    case 0x0, 0xB: shiftIntoFour(1)
    case 0x1...0x3: shiftIntoFour(four == 0 ? 1 : four >> 3 ^ four >> 2)
    case 0x4...0x7: shiftIntoFour(~four)
    case 0x8, 0x9: shiftIntoFour(out)
    case 0xA: shiftIntoFour(five >> 4)
    default:  // a division by 6
      let bit: UInt16 = four & 4 == 0 && four & 3 != 0 ? 1 : 0
      four = ~four
      shiftIntoFour(bit)
    }
  }

  private mutating func shiftIntoFour(_ bit: UInt16) { four = (four << 1 | bit & 1) & 0xF }

  private mutating func shiftIntoFive(_ bit: UInt16, isDead: Bool) {
    five = isDead ? 1 : (five << 1 | bit & 1) & 0x1F
  }
}
