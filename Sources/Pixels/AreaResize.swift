import CLanes
import Lanes

/// Shrinks grey pictures by area averaging, bit for bit as OpenCV's `INTER_AREA` does.
///
/// That is not exact arithmetic: weights are 32-bit floats; a row is summed left to right first,
/// then rows top to bottom, and the result is rounded with halves to even.
/// Source: OpenCV `resize.cpp`, the general area path.
public struct AreaResize: Sendable {
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

  /// - Precondition: `to` is not larger than `from` and not empty; `from` has 256 rows at most.
  public init(from: Size, to: Size) {
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

  /// Working memory of one thread.
  public final class Scratch: @unchecked Sendable {
    fileprivate let row: AlignedBuffer<Float>
    fileprivate let sum: AlignedBuffer<Float>

    fileprivate init(columns: Int) {
      row = AlignedBuffer(count: columns)
      sum = AlignedBuffer(count: columns)
    }
  }

  public func makeScratch() -> Scratch { Scratch(columns: columns) }

  /// - Parameters:
  ///   - picture: [from.height, from.width].
  ///   - changed: source rows whose outputs are wanted; the others stay as they are.
  ///   - result: [to.height, to.width].
  public func resize(
    _ picture: UnsafePointer<UInt8>, changed: RowSet = .all,
    into result: UnsafeMutablePointer<UInt8>, scratch: Scratch
  ) {
    if from == to {
      result.update(from: picture, count: from.width * from.height)
      return
    }
    if from.width % to.width == 0 && from.height % to.height == 0 {
      average(picture, into: result)
      return
    }
    var wanted = RowSet()
    changed.forEach(below: from.height) { row in
      let (first, last) = (targets.pointer[2 * row], targets.pointer[2 * row + 1])
      for target in first...last { wanted.insert(Int(target)) }
    }
    var reduced = -1
    wanted.forEach(below: to.height) { target in
      let shares = rowWeights.pointer + target * rowTaps
      for index in 0..<Int(counts.pointer[target]) {
        let source = Int(firsts.pointer[target]) + index
        if source != reduced {
          let pixels = picture + source * from.width
          // Many rows equal the row above.
          if reduced < 0 || !isSame(pixels, picture + reduced * from.width) {
            lanes_reduce_row(
              pixels, Int64(from.width), sources.pointer, weights.pointer, Int64(taps),
              Int64(stride), scratch.row.pointer, Int64(columns))
          }
          reduced = source
        }
        lanes_weigh_row(
          scratch.sum.pointer, scratch.row.pointer, shares[index], index == 0 ? 0 : 1,
          Int64(columns))
      }
      lanes_round_row(result + target * to.width, scratch.sum.pointer, Int64(to.width))
    }
  }

  /// Whole ratios, which OpenCV sums in integers: halves go up for 2 x 2, else to even.
  private func average(
    _ picture: UnsafePointer<UInt8>, into result: UnsafeMutablePointer<UInt8>
  ) {
    let (across, down) = (from.width / to.width, from.height / to.height)
    let share = 1 / Float(across * down)
    for y in 0..<to.height {
      for x in 0..<to.width {
        let corner = picture + y * down * from.width + x * across
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

  private func isSame(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>) -> Bool {
    var difference: UInt8 = 0
    for pixel in 0..<from.width { difference |= a[pixel] ^ b[pixel] }
    return difference == 0
  }
}
