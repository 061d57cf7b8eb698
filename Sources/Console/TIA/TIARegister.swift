/// The TIA's registers as writes see them, by their addresses.
///
/// All that depends on which register it is stands in `rows`, or in a switch over these names.
enum TIARegister: UInt8, CaseIterable {
  case VSYNC = 0x00, VBLANK, WSYNC, RSYNC
  case NUSIZ0 = 0x04, NUSIZ1, COLUP0, COLUP1, COLUPF, COLUBK, CTRLPF, REFP0, REFP1, PF0, PF1, PF2
  case RESP0 = 0x10, RESP1, RESM0, RESM1, RESBL
  case AUDC0 = 0x15, AUDC1, AUDF0, AUDF1, AUDV0, AUDV1
  case GRP0 = 0x1B, GRP1, ENAM0, ENAM1, ENABL
  case HMP0 = 0x20, HMP1, HMM0, HMM1, HMBL
  case VDELP0 = 0x25, VDELP1, VDELBL, RESMP0, RESMP1, HMOVE, HMCLR, CXCLR

  /// What becomes of a write.
  enum Kind {
    /// It concerns the picture and has only to be logged, for the beam to follow.
    case logged
    /// The same, and the console heeds it at once too.
    case heeded
    /// It concerns a sound channel.
    case sound
    /// It concerns time, or nothing at all.
    case time
  }

  struct Row {
    let register: TIARegister
    let kind: Kind
    /// Colour clocks until it shows, or `byCycle`.
    let delay: Int32
    /// Whether the register stays as it is when it is given the value that it has.
    let ignoresRepeats: Bool

    init(_ register: TIARegister, _ kind: Kind, delay: Int32 = 0, ignoresRepeats: Bool = false) {
      self.register = register
      self.kind = kind
      self.delay = delay
      self.ignoresRepeats = ignoresRepeats
    }
  }

  /// The delay of a write that depends on the cycle in which it comes; see `lanes_aim`.
  private static let byCycle: Int32 = -1

  /// By address. Source: ALE `emucore/TIA.cxx`, `poke` and `ourPokeDelayTable`.
  static let rows: [Row] = [
    Row(.VSYNC, .time),
    Row(.VBLANK, .heeded, delay: 1, ignoresRepeats: true),
    Row(.WSYNC, .time),
    Row(.RSYNC, .time),
    Row(.NUSIZ0, .logged, delay: 8),
    Row(.NUSIZ1, .logged, delay: 8),
    Row(.COLUP0, .logged, ignoresRepeats: true),
    Row(.COLUP1, .logged, ignoresRepeats: true),
    Row(.COLUPF, .logged, ignoresRepeats: true),
    Row(.COLUBK, .logged, ignoresRepeats: true),
    Row(.CTRLPF, .logged),
    Row(.REFP0, .logged, delay: 1, ignoresRepeats: true),
    Row(.REFP1, .logged, delay: 1, ignoresRepeats: true),
    Row(.PF0, .logged, delay: byCycle, ignoresRepeats: true),
    Row(.PF1, .logged, delay: byCycle, ignoresRepeats: true),
    Row(.PF2, .logged, delay: byCycle, ignoresRepeats: true),
    Row(.RESP0, .logged),
    Row(.RESP1, .logged),
    Row(.RESM0, .logged, delay: 8),
    Row(.RESM1, .logged, delay: 8),
    Row(.RESBL, .logged),
    Row(.AUDC0, .sound),
    Row(.AUDC1, .sound),
    Row(.AUDF0, .sound),
    Row(.AUDF1, .sound),
    Row(.AUDV0, .sound),
    Row(.AUDV1, .sound),
    Row(.GRP0, .logged, delay: 1),
    Row(.GRP1, .logged, delay: 1),
    Row(.ENAM0, .logged, ignoresRepeats: true),
    Row(.ENAM1, .logged, ignoresRepeats: true),
    Row(.ENABL, .logged, ignoresRepeats: true),
    Row(.HMP0, .logged, ignoresRepeats: true),
    Row(.HMP1, .logged, ignoresRepeats: true),
    Row(.HMM0, .logged, ignoresRepeats: true),
    Row(.HMM1, .logged, ignoresRepeats: true),
    Row(.HMBL, .logged, ignoresRepeats: true),
    Row(.VDELP0, .logged, ignoresRepeats: true),
    Row(.VDELP1, .logged, ignoresRepeats: true),
    Row(.VDELBL, .logged, ignoresRepeats: true),
    Row(.RESMP0, .logged, ignoresRepeats: true),
    Row(.RESMP1, .logged, ignoresRepeats: true),
    Row(.HMOVE, .logged),
    Row(.HMCLR, .heeded),
    Row(.CXCLR, .logged),
  ]

  static let motions: [TIARegister] = [.HMP0, .HMP1, .HMM0, .HMM1, .HMBL]

  /// A bit for each register that ignores repeats.
  static let ignoringRepeats: UInt64 = rows.reduce(0) { bits, row in
    row.ignoresRepeats ? bits | 1 << UInt64(row.register.rawValue) : bits
  }

  /// A bit for each register whose writes only have to be logged.
  static let logged: UInt64 = rows.reduce(0) { bits, row in
    row.kind == .logged ? bits | 1 << UInt64(row.register.rawValue) : bits
  }

  /// - Parameter address: of which the TIA sees the six lowest bits; nil: nothing lies there.
  @inline(__always) init?(address: Int) { self.init(rawValue: UInt8(address & 0x3F)) }

  var kind: Kind { Self.rows[Int(rawValue)].kind }
}

/// The TIA's registers as reads see them, by bits 0-3 of the address.
enum TIAReading {
  /// CXM0P...CXPPMM, INPT0...INPT3, and INPT4 and INPT5.
  static let collisions = 0x0...0x7
  static let paddles = 0x8...0xB
  static let triggers = 0xC...0xD
}
