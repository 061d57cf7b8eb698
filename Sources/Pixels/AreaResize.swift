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

  /// Columns: the k-th tap of every output, padded with zero weights to the same number of taps.
  private let taps: Int
  private let sources: [Int32]
  private let weights: [Float]
  /// Rows: for each source row the outputs it belongs to.
  private let rows: [(source: Int, target: Int, weight: Float, last: Bool)]

  public init(from: Size, to: Size) {
    precondition(
      to.width <= from.width && to.height <= from.height && to.width > 0 && to.height > 0)
    self.from = from
    self.to = to
    let columns = Self.shares(from.width, to.width)
    var perTarget = [[(source: Int, weight: Float)]](repeating: [], count: to.width)
    for share in columns { perTarget[share.target].append((share.source, share.weight)) }
    let taps = perTarget.map(\.count).max() ?? 0
    var sources = [Int32](repeating: 0, count: taps * to.width)
    var weights = [Float](repeating: 0, count: taps * to.width)
    for (target, list) in perTarget.enumerated() {
      for tap in 0..<taps {
        let known = min(tap, list.count - 1)
        sources[tap * to.width + target] = Int32(list[known].source)
        weights[tap * to.width + target] = tap < list.count ? list[tap].weight : 0
      }
    }
    self.taps = taps
    self.sources = sources
    self.weights = weights
    let lines = Self.shares(from.height, to.height)
    rows = lines.indices.map { index in
      let last = index + 1 == lines.count || lines[index + 1].target != lines[index].target
      return (lines[index].source, lines[index].target, lines[index].weight, last)
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

    fileprivate init(width: Int) {
      row = AlignedBuffer(count: width)
      sum = AlignedBuffer(count: width)
    }
  }

  public func makeScratch() -> Scratch { Scratch(width: to.width) }

  /// - Parameters:
  ///   - picture: [from.height, from.width].
  ///   - result: [to.height, to.width].
  public func resize(
    _ picture: UnsafePointer<UInt8>, into result: UnsafeMutablePointer<UInt8>, scratch: Scratch
  ) {
    if from == to {
      result.update(from: picture, count: from.width * from.height)
      return
    }
    if from.width % to.width == 0 && from.height % to.height == 0 {
      average(picture, into: result)
      return
    }
    let row = scratch.row.pointer
    let sum = scratch.sum.pointer
    var reduced = -1
    var target = -1
    for step in rows {
      if step.source != reduced {
        let pixels = picture + step.source * from.width
        // Many rows equal the row above.
        if reduced < 0 || !isSame(pixels, picture + reduced * from.width) {
          reduceRow(pixels, into: row)
        }
        reduced = step.source
      }
      if step.target != target {
        for column in 0..<to.width { sum[column] = row[column] * step.weight }
        target = step.target
      } else {
        for column in 0..<to.width { sum[column] += row[column] * step.weight }
      }
      if step.last { Self.round(sum, into: result + target * to.width, count: to.width) }
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

  /// One source row's contribution to the outputs, [to.width].
  public func reduceRow(_ picture: UnsafePointer<UInt8>, into row: UnsafeMutablePointer<Float>) {
    let width = to.width
    sources.withUnsafeBufferPointer { sources in
      weights.withUnsafeBufferPointer { weights in
        for column in 0..<width {
          row[column] = Float(picture[Int(sources[column])]) * weights[column]
        }
        for tap in 1..<max(taps, 1) {
          let offset = tap * width
          for column in 0..<width {
            let pixel = Float(picture[Int(sources[offset + column])])
            row[column] += pixel * weights[offset + column]
          }
        }
      }
    }
  }

  private static func round(
    _ sum: UnsafePointer<Float>, into row: UnsafeMutablePointer<UInt8>, count: Int
  ) {
    // Adding 2^23 leaves the rounded integer, halves to even, in the lowest bits.
    for column in 0..<count {
      row[column] = UInt8(truncatingIfNeeded: (sum[column] + 0x1p23).bitPattern)
    }
  }
}
