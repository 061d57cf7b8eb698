import CLanes
import Lanes

/// The shares of an area resize as whole numbers: multiples of 1 / `columnUnit` and 1 / `rowUnit`.
///
/// A plain value, so that loops over rows count no references.
struct WholeShares: BitwiseCopyable, @unchecked Sendable {
  let rowUnit: Float
  /// Outputs are handled in groups of up to 32 columns, each from a window of 64 source pixels.
  let groups: Int
  let columns: Int
  let tables: lanes_whole_shares

  /// - Parameters:
  ///   - shares: of every target column, left to right.
  ///   - memory: must live as long as the shares are used.
  /// - Returns: nil if sums would not fit 16 bits, or halves could not be told.
  init?(
    from: AreaResize.Size, to: AreaResize.Size, columns shares: [[(source: Int, weight: Float)]],
    memory: inout AlignedBuffer<UInt8>
  ) {
    let columnUnit = from.width / Self.divisor(from.width, to.width)
    let rowUnit = from.height / Self.divisor(from.height, to.height)
    let unit = columnUnit * rowUnit
    guard unit * 256 <= 65_535, unit % 2 == 0, columnUnit < 128,
      shares.allSatisfy({ $0.count <= 4 }),
      let factor = Self.reciprocal(unit)
    else { return nil }
    let starts = shares.map { $0.first?.source ?? 0 }
    let ends = shares.map { ($0.last?.source ?? 0) + 1 }
    guard
      let columns = (1...28).reversed().first(where: { columns in
        stride(from: 0, to: to.width, by: columns).allSatisfy {
          ends[min($0 + columns, to.width) - 1] - starts[$0] <= 64
        }
      })
    else { return nil }
    self.rowUnit = Float(rowUnit)
    self.columns = columns
    groups = (to.width + columns - 1) / columns
    memory = AlignedBuffer(count: groups * (256 + 128 + 8 + 4))
    let places = memory.pointer + groups * 256
    let pieces = places + groups * 128
    let windows = UnsafeMutableRawPointer(pieces + groups * 8)
      .bindMemory(to: Int32.self, capacity: groups)
    for (target, list) in shares.enumerated() {
      let (group, column) = (target / columns, target % columns)
      if column == 0 { windows[group] = Int32(starts[target]) }
      for (tap, share) in list.enumerated() {
        let place = group * 256 + tap / 2 * 128 + 2 * column + tap % 2
        memory[place] = UInt8(share.source - Int(windows[group]))
        memory[place + 64] = UInt8((share.weight * Float(columnUnit)).rounded())
      }
    }
    let isNarrow = Self.cut(memory.pointer, groups: groups, into: pieces, places)
    tables = lanes_whole_shares(
      groups: Int32(groups), columns: Int32(columns), width: Int32(to.width),
      starts: windows, taps: memory.pointer, pieces: isNarrow ? UnsafePointer(pieces) : nil,
      places: isNarrow ? UnsafePointer(places) : nil, unit: UInt16(unit),
      factor: factor.factor, before: factor.before, shift: factor.shift)
  }

  /// Finds where sixteen pixels begin that hold all pixels of a pair of taps of eight columns, and
  /// each pixel's place among them; false if some do not fit.
  private static func cut(
    _ taps: UnsafeMutablePointer<UInt8>, groups: Int, into pieces: UnsafeMutablePointer<UInt8>,
    _ places: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    for piece in 0..<(groups * 8) {
      let pixels = taps + piece / 4 * 128 + piece % 4 * 16
      let weights = pixels + 64
      let used = (0..<16).filter { weights[$0] != 0 }
      let start = min(used.map { pixels[$0] }.min() ?? 0, 48)
      pieces[piece] = start
      for index in used {
        guard pixels[index] - start < 16 else { return false }
        places[piece * 16 + index] = pixels[index] - start
      }
    }
    return true
  }

  private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }

  /// ((x >> before) * factor >> 16) >> shift == x / unit for every x that turns up.
  private static func reciprocal(
    _ unit: Int
  ) -> (factor: UInt16, before: UInt16, shift: UInt16)? {
    let before = unit.trailingZeroBitCount
    let odd = unit >> before
    for shift in (0..<16).reversed() {
      let factor = ((1 << (16 + shift)) + odd - 1) / odd
      if factor > 65_535 { continue }
      let most = 255 * unit + unit / 2
      if (0...most).allSatisfy({ (($0 >> before) * factor) >> (16 + shift) == $0 / unit }) {
        return (UInt16(factor), UInt16(before), UInt16(shift))
      }
    }
    return nil
  }
}
