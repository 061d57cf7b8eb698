import Lanes

/// The state of 64 consoles in one stretch of memory: rows of 64 lanes of bytes or words.
///
/// Saving, cloning or moving a lane is copying its column.
final class ConsoleState {
  static let ramRows = 128
  static let byteRows = ramRows + Byte.count
  private static let bytes = byteRows * 64 + Word.count * 256
  /// Where the cartridge's memory begins: [cartridgeRows][64], in the same stretch.
  static let cartridgeRow = bytes / 64

  let cartridgeRows: Int
  private let memory: AlignedBuffer<UInt8>

  /// [byteRows][64].
  let rows: UnsafeMutablePointer<UInt8>
  /// [Word.count][64].
  let words: UnsafeMutablePointer<Int32>

  /// - Parameter cartridgeRows: bytes of memory in a lane's cartridge.
  init(cartridgeRows: Int) {
    self.cartridgeRows = cartridgeRows
    memory = AlignedBuffer(count: Self.bytes + cartridgeRows * 64)
    rows = memory.pointer
    words = UnsafeMutableRawPointer(memory.pointer + Self.byteRows * 64)
      .assumingMemoryBound(to: Int32.self)
  }

  @inline(__always) subscript(row: Byte) -> UnsafeMutablePointer<UInt8> {
    rows + (Self.ramRows + row.rawValue) * 64
  }

  var cartridge: UnsafeMutablePointer<UInt8> { rows + Self.cartridgeRow * 64 }

  /// The value last written to a TIA register.
  @inline(__always) func shadow(_ register: TIARegister) -> UnsafeMutablePointer<UInt8> {
    self[.shadow] + Int(register.rawValue) * 64
  }

  @inline(__always) func visible(_ component: Visible) -> UnsafeMutablePointer<UInt8> {
    self[.visible] + component.rawValue * 64
  }

  @inline(__always) subscript(row: Word) -> UnsafeMutablePointer<Int32> {
    words + row.rawValue * 64
  }

  func copyColumn(_ lane: Int, into bytes: UnsafeMutableRawPointer) {
    for row in 0..<Self.byteRows {
      bytes.storeBytes(of: rows[row * 64 + lane], toByteOffset: row, as: UInt8.self)
    }
    let offset = Self.wordOffset
    for gap in Self.byteRows..<offset { bytes.storeBytes(of: 0, toByteOffset: gap, as: UInt8.self) }
    for row in 0..<Word.count {
      bytes.storeBytes(of: words[row * 64 + lane], toByteOffset: offset + row * 4, as: Int32.self)
    }
    let rest = bytes.assumingMemoryBound(to: UInt8.self) + Self.plainColumnBytes
    for row in 0..<cartridgeRows { rest[row] = cartridge[row * 64 + lane] }
  }

  func loadColumn(_ lane: Int, from bytes: UnsafeRawPointer) {
    for row in 0..<Self.byteRows {
      rows[row * 64 + lane] = bytes.load(fromByteOffset: row, as: UInt8.self)
    }
    let offset = Self.wordOffset
    for row in 0..<Word.count {
      words[row * 64 + lane] = bytes.loadUnaligned(fromByteOffset: offset + row * 4, as: Int32.self)
    }
    let rest = bytes.assumingMemoryBound(to: UInt8.self) + Self.plainColumnBytes
    for row in 0..<cartridgeRows { cartridge[row * 64 + lane] = rest[row] }
  }

  /// Where the words of a column begin, and where the cartridge's memory does.
  static let wordOffset = (byteRows + 3) / 4 * 4
  static let plainColumnBytes = wordOffset + Word.count * 4

  /// Byte rows after the 128 of RAM.
  enum Byte: Int, CaseIterable {
    // Processor. N is bit 7 of `negative`, Z is `zero` == 0; `flags` holds C, V, D, I in ALE's
    // status positions and is unpacked into masks while a frame runs.
    case a, x, y, stack, negative, zero, flags
    // RIOT.
    case timer, shift, direction
    // The processor's side of the TIA: last value written to VBLANK's dump bit and VSYNC, and
    // bits for paused states (see `Mark`).
    case vblank, marks
    /// Values last written to the 64 TIA registers, to drop writes that change nothing.
    case shadow
    case shadowEnd = 76
    /// Delayed copies as the shadow sees them, and the beam's own registers.
    case grp0, grp1, delayedGrp0, delayedGrp1, enabl, delayedEnabl
    case vdelp0, vdelp1, vdelbl, refp0, refp1, enam0, enam1, resmp0, resmp1
    case hmp0, hmp1, hmm0, hmm1, hmbl, nusiz0, nusiz1, ctrlpf, cosmic
    /// Collision latches, a bit a pair: low and high byte.
    case collisionsLow, collisionsHigh
    /// Visible components, `Visible.count` rows.
    case visible
    case visibleEnd = 128

    static let count = 129
  }

  enum Word: Int, CaseIterable {
    /// Cycles since the start of the scanline in which the frame began.
    case clock
    /// `clock` when the frame began, 0...75.
    case frameStart
    case place, instructions, timerSet, interruptReset, dumpLifted, vsyncFinish, lastHmove
    /// Lines of the last complete frame.
    case lines
    /// Colour clock up to which the beam has followed, inside the visible window.
    case drawn
    /// Clock at which a pending HMOVE blank ends; 0 when there is none.
    case hmoveBlankEnd
    /// `clock` at the last access to the TIA: the picture is drawn up to there.
    case touched

    static let count = 13
  }

  /// Bits of `Byte.marks`, filled in when a lane is saved.
  enum Mark {
    static let partial: UInt8 = 1
    static let jammed: UInt8 = 2
    static let readAfterInterrupt: UInt8 = 4
    static let dumping: UInt8 = 8
    static let cosmic: UInt8 = 16
    static let distorted: UInt8 = 32
  }
}

/// What a row of the picture is made of.
enum Visible: Int, CaseIterable {
  case vblank, background, playfield, player0, player1
  /// CTRLPF bits 1 (score) and 2 (priority).
  case control
  case pf0, pf1, pf2
  /// Whether the right half mirrors the left: now, and from the next line on.
  case reflect, reflectNext
  /// Player graphics as shown: delayed and mirrored where that is asked for.
  case grp0, grp1
  /// Position 0...159 and NUSIZ bits 0-2; bit 3 leaves the first copy out until the line ends.
  case p0x, p0mode, p1x, p1mode
  /// Bit 7 enabled, bits 4-5 log2 of the width, bits 0-2 NUSIZ.
  case m0x, m0shape, m1x, m1shape, blx, blshape
  case hmoveBlank

  static let count = 24
}
