import CLanes
import Lanes

/// The display processor chip of Pitfall II: eight data fetchers that walk down a display ROM,
/// three of which can play notes, and a random number generator.
///
/// A lane's chip is a column of `DPC.bytes` rows in the cartridge's memory.
/// Source: ALE `emucore/CartDPC.cxx`.
enum DPC {
  /// Rows of the chip's registers; eight rows from each but the last four.
  static let tops = 0
  static let bottoms = 8
  static let low = 16
  static let high = 24
  static let flags = 32
  /// A bit a fetcher 5...7.
  static let music = 40
  static let random = 41
  /// Cycle of the last look at the notes, four rows, and the fraction of a clock left then, eight.
  static let cycle = 42
  static let fraction = 46
  static let bytes = 54

  /// From here to the end of the window every access steps the generator.
  static let watched = 0xFC0

  static let amplitudes: [UInt8] = [0x00, 0x04, 0x05, 0x09, 0x06, 0x0A, 0x0B, 0x0F]
}

extension ConsoleBlock {
  private func row(_ index: Int) -> UnsafeMutablePointer<UInt8> { state.cartridge + index << 6 }

  /// As the chip is when the cartridge is plugged in.
  func plugInDPC(_ lane: Int) {
    for index in 0..<DPC.bytes { row(index)[lane] = 0 }
    row(DPC.random)[lane] = 1
  }

  /// The machine reset: the reset vector's two bytes are fetched from the watched page.
  func resetDPC(_ lane: Int) {
    setNotes(lane, cycle: 0, fraction: 0)
    for _ in 0..<2 { clockDPC(laneBit(lane)) }
  }

  /// Steps the random number generator.
  func clockDPC(_ group: UInt64) {
    let random = row(DPC.random)
    for lane in 0..<64 where group >> UInt64(lane) & 1 == 1 {
      let value = random[lane]
      let bit = ~(value >> 3 ^ value >> 4 ^ value >> 5 ^ value >> 7) & 1
      random[lane] = value << 1 | bit
    }
  }

  /// - Parameter offset: 0..<$40; bits 0-2 name the fetcher, bits 3-5 what is read.
  func readDPC(
    _ offset: Int, _ group: UInt64, clock: UnsafeMutablePointer<Int32>, elapsed: Int32
  ) -> Vector {
    let fetcher = offset & 7
    let (low, high, flags) = (
      row(DPC.low + fetcher), row(DPC.high + fetcher), row(DPC.flags + fetcher)
    )
    raiseFlags(fetcher, group)
    let value = scratch.value
    store(lanes_splat(0), value)
    switch offset >> 3 {
    case 0:
      if fetcher < 4 {
        store(load(row(DPC.random)), value)
      } else {
        forEachLane(group) { value[$0] = amplitude($0, now: clock[$0] &+ elapsed) }
      }
    case 1, 2:
      let display = program.image + 8192 + 2047
      forEachLane(group) { value[$0] = display[-(Int(high[$0]) << 8 | Int(low[$0]))] }
      if offset >> 3 == 2 { store(lanes_and(load(value), load(flags)), value) }
    case 7: store(load(flags), value)
    default: break
    }
    countDown(fetcher, group)
    return load(value)
  }

  private func raiseFlags(_ fetcher: Int, _ group: UInt64) {
    let (low, flags) = (load(row(DPC.low + fetcher)), row(DPC.flags + fetcher))
    let isTop = lanes_equal(low, load(row(DPC.tops + fetcher))) & group
    let isBottom = lanes_equal(low, load(row(DPC.bottoms + fetcher))) & group
    store(lanes_splat(0), flags, where: isBottom)
    store(lanes_splat(0xFF), flags, where: isTop)
  }

  private func countDown(_ fetcher: Int, _ group: UInt64) {
    var counting = group
    if fetcher >= 5 {
      let notes = lanes_and(load(row(DPC.music)), lanes_splat(1 << UInt8(fetcher - 5)))
      counting &= ~lanes_nonzero(notes)
    }
    let (low, high) = (row(DPC.low + fetcher), row(DPC.high + fetcher))
    let before = load(low)
    let borrowing = ~lanes_nonzero(before) & counting
    store(lanes_sub(before, lanes_splat(1)), low, where: counting)
    let less = lanes_and(lanes_sub(load(high), lanes_splat(1)), lanes_splat(7))
    store(less, high, where: borrowing)
  }

  /// - Parameter offset: 0...$FFF; registers lie from $40 to $7F.
  func writeDPC(_ offset: Int, _ group: UInt64) {
    clockDPC(group)
    guard (0x40..<0x80).contains(offset) else { return }
    let fetcher = offset & 7
    let value = load(scratch.value)
    switch offset >> 3 & 7 {
    case 0:
      store(value, row(DPC.tops + fetcher), where: group)
      store(lanes_splat(0), row(DPC.flags + fetcher), where: group)
    case 1: store(value, row(DPC.bottoms + fetcher), where: group)
    case 2:
      let notes = fetcher < 5 ? 0 : playing(fetcher) & group
      store(value, row(DPC.low + fetcher), where: group & ~notes)
      store(load(row(DPC.tops + fetcher)), row(DPC.low + fetcher), where: notes)
    case 3:
      store(lanes_and(value, lanes_splat(7)), row(DPC.high + fetcher), where: group)
      if fetcher >= 5 {
        setPlaying(fetcher, lanes_nonzero(lanes_and(value, lanes_splat(0x10))), group)
      }
    case 6: store(lanes_splat(1), row(DPC.random), where: group)
    default: break
    }
  }

  private func playing(_ fetcher: Int) -> UInt64 {
    lanes_nonzero(lanes_and(load(row(DPC.music)), lanes_splat(1 << UInt8(fetcher - 5))))
  }

  private func setPlaying(_ fetcher: Int, _ on: UInt64, _ group: UInt64) {
    let (bit, music): (UInt8, _) = (1 << UInt8(fetcher - 5), row(DPC.music))
    store(lanes_or(load(music), lanes_splat(bit)), music, where: group & on)
    store(lanes_and(load(music), lanes_splat(~bit)), music, where: group & ~on)
  }

  // MARK: Notes

  /// The sum of the three notes: their fetchers run at 15,750 Hz.
  private func amplitude(_ lane: Int, now: Int32) -> UInt8 {
    let (then, left) = notes(lane)
    let clocks = 15750.0 * Double(now &- then) / 1193191.66666667 + left
    let whole = Int(clocks)
    setNotes(lane, cycle: now, fraction: clocks - Double(whole))
    var index = 0
    for note in 0..<3 where row(DPC.music)[lane] >> UInt8(note) & 1 == 1 {
      if whole > 0 { run(note + 5, lane, clocks: whole) }
      if row(DPC.flags + note + 5)[lane] != 0 { index |= 1 << note }
    }
    return DPC.amplitudes[index]
  }

  private func run(_ fetcher: Int, _ lane: Int, clocks: Int) {
    let top = Int(row(DPC.tops + fetcher)[lane])
    var low = 0
    if top != 0 {
      low = Int(row(DPC.low + fetcher)[lane]) - clocks % (top + 1)
      if low < 0 { low += top + 1 }
    }
    if low <= Int(row(DPC.bottoms + fetcher)[lane]) {
      row(DPC.flags + fetcher)[lane] = 0
    } else if low <= top {
      row(DPC.flags + fetcher)[lane] = 0xFF
    }
    row(DPC.low + fetcher)[lane] = UInt8(truncatingIfNeeded: low)
  }

  private func notes(_ lane: Int) -> (cycle: Int32, fraction: Double) {
    var (cycle, fraction): (UInt32, UInt64) = (0, 0)
    for byte in 0..<4 { cycle |= UInt32(row(DPC.cycle + byte)[lane]) << UInt32(8 * byte) }
    for byte in 0..<8 { fraction |= UInt64(row(DPC.fraction + byte)[lane]) << UInt64(8 * byte) }
    return (Int32(bitPattern: cycle), Double(bitPattern: fraction))
  }

  private func setNotes(_ lane: Int, cycle: Int32, fraction: Double) {
    let word = UInt32(bitPattern: cycle)
    let bits = fraction.bitPattern
    for byte in 0..<4 {
      row(DPC.cycle + byte)[lane] = UInt8(truncatingIfNeeded: word >> UInt32(8 * byte))
    }
    for byte in 0..<8 {
      row(DPC.fraction + byte)[lane] = UInt8(truncatingIfNeeded: bits >> UInt64(8 * byte))
    }
  }

  /// The lanes' clocks go back by `cycles`.
  func rebaseDPC(_ lane: Int, by cycles: Int32) {
    let (cycle, fraction) = notes(lane)
    setNotes(lane, cycle: cycle &- cycles, fraction: fraction)
  }
}
