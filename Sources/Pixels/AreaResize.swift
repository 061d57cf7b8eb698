import CLanes
import Lanes

/// The larger of two pictures, pixel by pixel, after a look-up.
public struct PooledPicture {
  /// [height, width] each.
  public let first, second: UnsafePointer<UInt8>
  /// [256].
  public let table: UnsafePointer<UInt8>
  /// [256][256]: the result for two pixels, if it is not the larger look-up.
  public let pairs: UnsafePointer<UInt8>?

  public init(
    _ first: UnsafePointer<UInt8>, _ second: UnsafePointer<UInt8>, table: UnsafePointer<UInt8>,
    pairs: UnsafePointer<UInt8>? = nil
  ) {
    self.pairs = pairs
    self.first = first
    self.second = second
    self.table = table
  }

  /// Writes `count` pixels from `offset` on.
  @inline(__always)
  public func write(_ offset: Int, _ count: Int, into row: UnsafeMutablePointer<UInt8>) {
    guard let pairs else {
      return lanes_look_up_larger(row, first + offset, second + offset, table, Int64(count))
    }
    for pixel in 0..<count {
      row[pixel] = pairs[Int(first[offset + pixel]) << 8 | Int(second[offset + pixel])]
    }
  }
}

/// Shrinks pictures by area averaging, bit for bit as OpenCV's `INTER_AREA` does.
///
/// That is not exact arithmetic: weights are 32-bit floats; a row is summed left to right first,
/// then rows top to bottom, and the result is rounded with halves to even. Where all shares are
/// multiples of a fraction that is not too small, whole numbers give the same result but for exact
/// halves; these few pixels follow OpenCV's arithmetic.
/// Source: OpenCV `resize.cpp`, the general area path.
public final class AreaResize: Sendable {
  public typealias Size = (width: Int, height: Int)
  public let from: Size
  public let to: Size

  /// Columns: the k-th tap of every output, [taps][stride]; what is not used has weight 0.
  private let taps: Int
  private let stride: Int
  private let columns: Int
  private let sources: AlignedBuffer<UInt16>
  private let weights: AlignedBuffer<Float>
  /// Rows: the first source row of every output, how many there are, and their weights.
  private let firsts, counts: AlignedBuffer<Int32>
  private let rowWeights: AlignedBuffer<Float>
  private let rowTaps: Int
  /// For each source row the first and the last output it is part of.
  private let targets: AlignedBuffer<Int32>
  private let whole: WholeShares?
  private let wholeMemory: AlignedBuffer<UInt8>
  private let wholeRowWeights: AlignedBuffer<UInt16>

  /// - Precondition: `to` is not larger than `from` and not empty; both have 256 rows at most.
  public convenience init(from: Size, to: Size) {
    self.init(from: from, to: to, wholeNumbers: true)
  }

  init(from: Size, to: Size, wholeNumbers: Bool) {
    precondition(to.width <= from.width && to.height <= from.height)
    precondition(to.width > 0 && to.height > 0 && from.height <= 256)
    self.from = from
    self.to = to
    var perColumn = [[(source: Int, weight: Float)]](repeating: [], count: to.width)
    for share in Self.shares(from.width, to.width) {
      perColumn[share.target].append((share.source, share.weight))
    }
    taps = perColumn.map(\.count).max() ?? 0
    columns = (to.width + 31) / 32 * 32
    stride = max(columns, 128)
    sources = AlignedBuffer(count: taps * stride)
    weights = AlignedBuffer(count: taps * stride)
    for (target, list) in perColumn.enumerated() {
      for (tap, share) in list.enumerated() {
        sources[tap * stride + target] = UInt16(share.source)
        weights[tap * stride + target] = share.weight
      }
    }
    let shares = Self.shares(from.height, to.height)
    firsts = AlignedBuffer(count: to.height)
    counts = AlignedBuffer(count: to.height)
    targets = AlignedBuffer(count: 2 * from.height)
    for share in shares { counts[share.target] += 1 }
    rowTaps = Int(counts.span.max() ?? 0)
    rowWeights = AlignedBuffer(count: to.height * rowTaps)
    for share in shares.reversed() {
      firsts[share.target] = Int32(share.source)
      targets[2 * share.source] = Int32(share.target)
    }
    for share in shares {
      let tap = share.source - Int(firsts[share.target])
      rowWeights[share.target * rowTaps + tap] = share.weight
      targets[2 * share.source + 1] = Int32(share.target)
    }
    var memory = AlignedBuffer<UInt8>(count: 0)
    whole =
      wholeNumbers
      ? WholeShares(from: from, to: to, columns: perColumn, memory: &memory) : nil
    wholeMemory = memory
    wholeRowWeights = AlignedBuffer(count: whole == nil ? 0 : rowWeights.count)
    for index in 0..<wholeRowWeights.count {
      wholeRowWeights[index] = UInt16((rowWeights[index] * whole!.rowUnit).rounded())
    }
  }

  /// Shares of source cells in target cells, in order; shares up to 0.001 are dropped.
  private static func shares(_ from: Int, _ to: Int) -> [(source: Int, target: Int, weight: Float)]
  {
    let scale = Double(from) / Double(to)
    var result: [(Int, Int, Float)] = []
    for target in 0..<to {
      let start = Double(target) * scale
      let end = start + scale
      let cell = min(scale, Double(from) - start)
      var first = Int(start.rounded(.up))
      let last = min(Int(end.rounded(.down)), from - 1)
      first = min(first, last)
      if Double(first) - start > 1e-3 {
        result.append((first - 1, target, Float((Double(first) - start) / cell)))
      }
      for source in first..<max(first, last) { result.append((source, target, Float(1 / cell))) }
      if end - Double(last) > 1e-3 {
        let share = min(min(end - Double(last), 1), cell)
        result.append((last, target, Float(share / cell)))
      }
    }
    return result
  }

  /// A picture that will be resized, and the rows that will be wanted of it; and rows that will be
  /// moved of `count` results, which lie one behind the other.
  public struct Ahead {
    let picture: PooledPicture
    let wanted: RowSet
    public var moved = RowSet.none
    public var results: UnsafePointer<UInt8>?
    public var count = 0
    public init(_ picture: PooledPicture, wanted: RowSet) {
      (self.picture, self.wanted) = (picture, wanted)
    }
  }

  /// Working memory of one thread: the source rows last used, pooled and reduced.
  public final class Scratch: @unchecked Sendable {
    /// What the next call fetches into the caches between its own rows.
    public var ahead: Ahead?
    fileprivate let rows: Rows
    private let bytes: AlignedBuffer<UInt8>
    private let floats: AlignedBuffer<Float>
    private let words: AlignedBuffer<UInt16>
    private let marks: AlignedBuffer<UInt32>
    /// A whole picture, for whole ratios.
    fileprivate let pixels: AlignedBuffer<UInt8>

    fileprivate init(count: Int, width: Int, columns: Int, pixels: Int) {
      self.pixels = AlignedBuffer(count: pixels)
      bytes = AlignedBuffer(count: count * (width + 64))
      floats = AlignedBuffer(count: (count + 1) * columns)
      words = AlignedBuffer(count: count * columns)
      marks = AlignedBuffer(count: 256 + columns / 32)
      rows = Rows(
        count: count, held: marks.pointer, ties: marks.pointer + 256, greyStride: width + 64,
        grey: bytes.pointer, stride: columns, floats: floats.pointer,
        floatSum: floats.pointer + count * columns, words: words.pointer)
    }
  }

  /// Source row i is entry i % `count`, if that holds it.
  fileprivate struct Rows: BitwiseCopyable {
    let count: Int
    let held, ties: UnsafeMutablePointer<UInt32>
    let greyStride: Int
    let grey: UnsafeMutablePointer<UInt8>
    let stride: Int
    let floats, floatSum: UnsafeMutablePointer<Float>
    let words: UnsafeMutablePointer<UInt16>
  }

  private var isWholeRatio: Bool { from.width % to.width == 0 && from.height % to.height == 0 }

  public func makeScratch() -> Scratch {
    Scratch(
      count: rowTaps + 1, width: from.width, columns: max(columns, (whole?.groups ?? 0) * 32),
      pixels: isWholeRatio ? from.width * from.height : 0)
  }

  private static let identity: AlignedBuffer<UInt8> = {
    let table = AlignedBuffer<UInt8>(count: 256)
    for value in 0..<256 { table[value] = UInt8(value) }
    return table
  }()

  /// - Parameters:
  ///   - picture: [from.height, from.width].
  ///   - wanted: the rows of the result to be written.
  ///   - result: [to.height, to.width].
  public func resize(
    _ picture: UnsafePointer<UInt8>, wanted: RowSet = .all,
    into result: UnsafeMutablePointer<UInt8>, scratch: Scratch
  ) {
    resize(plain(picture), wanted: wanted, into: result, scratch: scratch)
  }

  /// The picture itself.
  public func plain(_ picture: UnsafePointer<UInt8>) -> PooledPicture {
    PooledPicture(picture, picture, table: Self.identity.pointer)
  }

  /// - Parameters:
  ///   - picture: [from.height, from.width].
  ///   - wanted: the rows of the result to be written.
  ///   - result: [to.height, to.width].
  public func resize(
    _ picture: PooledPicture, wanted: RowSet = .all,
    into result: UnsafeMutablePointer<UInt8>, scratch: Scratch
  ) {
    if isWholeRatio { return average(picture, into: result, scratch.pixels) }
    let rows = scratch.rows
    for entry in 0..<rows.count { rows.held[entry] = .max }
    let ahead = scratch.ahead
    scratch.ahead = nil
    let later = ahead.map { $0.wanted.union($0.moved) } ?? .none
    wanted.union(later).forEach(below: to.height) { target in
      if let ahead { prefetch(ahead, target) }
      if !wanted.contains(target) { return }
      let (first, count) = (Int(firsts.pointer[target]), Int(counts.pointer[target]))
      for source in first..<(first + count) { hold(source, picture, rows) }
      if let whole {
        sum(whole, target, into: result + target * to.width, rows)
      } else {
        sum(target, into: result + target * to.width, rows)
      }
    }
  }

  /// The target rows that depend on some source rows.
  public func wanted(changed: RowSet) -> RowSet {
    if changed == .all { return .all }
    var (first, last) = (-1, -1)
    var wanted = RowSet()
    changed.forEach(below: from.height) { row in
      if Int(targets.pointer[2 * row]) > last + 1 {
        if last >= 0 { wanted.insert(first...last) }
        first = Int(targets.pointer[2 * row])
      }
      if first < 0 { first = 0 }
      last = Int(targets.pointer[2 * row + 1])
    }
    if last >= 0 { wanted.insert(first...last) }
    return wanted
  }

  /// Pools and reduces a source row unless that has been done.
  @inline(__always)
  private func hold(_ source: Int, _ picture: PooledPicture, _ rows: Rows) {
    let entry = source % rows.count
    if rows.held[entry] == UInt32(source) { return }
    rows.held[entry] = UInt32(source)
    let grey = rows.grey + entry * rows.greyStride
    picture.write(source * from.width, from.width, into: grey)
    if let whole {
      return lanes_reduce_whole(rows.words + entry * rows.stride, grey, whole.tables)
    }
    lanes_reduce_row(
      grey, Int64(from.width), sources.pointer, weights.pointer, Int64(taps), Int64(stride),
      rows.floats + entry * rows.stride, Int64(columns))
  }

  private func sum(_ target: Int, into row: UnsafeMutablePointer<UInt8>, _ rows: Rows) {
    let first = Int(firsts.pointer[target])
    for index in 0..<Int(counts.pointer[target]) {
      let entry = (first + index) % rows.count
      lanes_weigh_row(
        rows.floatSum, rows.floats + entry * rows.stride,
        rowWeights.pointer[target * rowTaps + index], index == 0 ? 0 : 1, Int64(columns))
    }
    lanes_round_row(row, rows.floatSum, Int64(to.width))
  }

  private func sum(
    _ whole: WholeShares, _ target: Int, into row: UnsafeMutablePointer<UInt8>, _ rows: Rows
  ) {
    let entry = Int(firsts.pointer[target]) % rows.count
    let hasTies = lanes_sum_whole(
      row, rows.words, Int32(rows.stride), Int32(rows.count), Int32(entry),
      wholeRowWeights.pointer + target * rowTaps, counts.pointer[target], rows.ties, whole.tables)
    if hasTies == 0 { return }
    for group in 0..<whole.groups {
      var rest = rows.ties[group]
      while rest != 0 {
        let column = group * whole.columns + rest.trailingZeroBitCount
        row[column] = pixel(column, target, rows)
        rest &= rest &- 1
      }
    }
  }

  /// One pixel as OpenCV computes it.
  private func pixel(_ column: Int, _ target: Int, _ rows: Rows) -> UInt8 {
    let first = Int(firsts.pointer[target])
    var total: Float = 0
    for index in 0..<Int(counts.pointer[target]) {
      let grey = rows.grey + (first + index) % rows.count * rows.greyStride
      var sum: Float = 0
      for tap in 0..<taps {
        let place = tap * stride + column
        sum += Float(grey[Int(sources.pointer[place])]) * weights.pointer[place]
      }
      total += sum * rowWeights.pointer[target * rowTaps + index]
    }
    return UInt8(total.rounded(.toNearestOrEven))
  }

  @inline(__always)
  private func prefetch(_ ahead: Ahead, _ target: Int) {
    if ahead.wanted.contains(target) {
      let start = Int(firsts.pointer[target]) * from.width
      let bytes = Int64(Int(counts.pointer[target]) * from.width)
      lanes_prefetch(ahead.picture.first + start, bytes)
      lanes_prefetch(ahead.picture.second + start, bytes)
    }
    guard let results = ahead.results, ahead.moved.contains(target) else { return }
    for place in 0..<ahead.count {
      lanes_prefetch(results + (place * to.height + target) * to.width, Int64(to.width))
    }
  }

  /// Whole ratios, which OpenCV sums in integers: halves go up for 2 x 2, else to even.
  private func average(
    _ picture: PooledPicture, into result: UnsafeMutablePointer<UInt8>,
    _ pixels: AlignedBuffer<UInt8>
  ) {
    let (across, down) = (from.width / to.width, from.height / to.height)
    let share = 1 / Float(across * down)
    picture.write(0, from.width * from.height, into: pixels.pointer)
    for y in 0..<to.height {
      for x in 0..<to.width {
        let corner = pixels.pointer + y * down * from.width + x * across
        var sum: Int32 = 0
        for row in 0..<down {
          for column in 0..<across { sum += Int32(corner[row * from.width + column]) }
        }
        let mean =
          across == 2 && down == 2
          ? (sum + 2) >> 2 : Int32((Float(sum) * share).rounded(.toNearestOrEven))
        result[y * to.width + x] = UInt8(truncatingIfNeeded: mean)
      }
    }
  }
}
