import Glibc

/// A lane's two pictures, in which most rows are as the one above or as that of the other picture:
/// each different row is kept once, which takes about a tenth of the bytes.
public struct PackedPictures: Sendable {
  private static let width = 160
  /// The different rows, [n][160].
  private let rows: [UInt8]
  /// Which of them each row of the newest picture, then of the other one shows.
  private let shown: [UInt16]

  public var bytes: Int { rows.count + 2 * shown.count }

  /// Of a lane as it stands.
  public init(of block: ConsoleBlock, _ lane: Int) {
    let height = block.frames.pictureBytes / Self.width
    let (newest, other) = block.drawnPictures(lane)
    var (kept, shown): ([UnsafePointer<UInt8>], [UInt16]) = ([], [])
    shown.reserveCapacity(2 * height)
    func isKept(_ row: UnsafePointer<UInt8>, as index: UInt16) -> Bool {
      memcmp(row, kept[Int(index)], Self.width) == 0
    }
    func add(_ row: UnsafePointer<UInt8>, like index: UInt16?) {
      if let index, isKept(row, as: index) { return shown.append(index) }
      shown.append(UInt16(kept.count))
      kept.append(row)
    }
    for row in 0..<height { add(newest + row * Self.width, like: shown.last) }
    for row in 0..<height {
      let alike = isKept(other + row * Self.width, as: shown[row])
      add(other + row * Self.width, like: alike ? shown[row] : shown.last)
    }
    self.shown = shown
    // No larger than it must be, as an array that has grown is.
    rows = Array(unsafeUninitializedCapacity: kept.count * Self.width) { rows, count in
      count = kept.count * Self.width
      for (index, row) in kept.enumerated() {
        (rows.baseAddress! + index * Self.width).initialize(from: row, count: Self.width)
      }
    }
  }

  /// Gives any lane of a block with the same program these pictures.
  public func unpack(into block: ConsoleBlock, _ lane: Int) {
    let (newest, other) = block.newPictures(lane)
    let height = shown.count / 2
    rows.withUnsafeBufferPointer { rows in
      for (row, index) in shown.enumerated() {
        let picture = row < height ? newest + row * Self.width : other + (row - height) * Self.width
        picture.update(from: rows.baseAddress! + Int(index) * Self.width, count: Self.width)
      }
    }
  }
}
