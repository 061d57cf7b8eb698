import CPNG
import Pixels
import Records

/// A moving picture as an animated PNG, written frame by frame.
///
/// Lossless and in full colour, which GIF with its 256 colours is not, and every browser shows it.
/// Of a frame only the rectangle that has changed is stored; a frame like the one before makes that
/// one last longer. The pictures themselves are libpng's.
/// - Source: PNG specification, third edition, 2025: `acTL`, `fcTL`, `fdAT`.
public final class AnimatedPNG {
  private let file: PartFile
  /// Milliseconds a frame.
  private let delay: Double
  private var shown: Picture?
  /// Waits until it is known how long it lasts.
  private var waiting: (part: Picture, x: Int, y: Int, frames: Int)?
  private var places: UInt32 = 0
  private var parts: UInt32 = 0

  /// - Parameter framesPerSecond: above 0.
  /// - Throws: `FileError`.
  public init(_ path: String, framesPerSecond: Double) throws {
    precondition(framesPerSecond > 0)
    delay = 1000 / framesPerSecond
    file = try PartFile(path)
  }

  /// - Precondition: all frames have the first one's size.
  /// - Throws: `FileError`, `PNGError`.
  public func add(_ picture: Picture) throws {
    guard let shown else {
      (shown, waiting) = (picture, (picture, 0, 0, 1))
      return try begin(picture)
    }
    precondition(picture.width == shown.width && picture.height == shown.height)
    guard let change = picture.change(from: shown) else {
      waiting?.frames += 1
      return
    }
    try writeWaiting()
    self.shown = picture
    let part = picture.part(x: change.x, y: change.y)
    waiting = (part, change.x.lowerBound, change.y.lowerBound, 1)
  }

  /// The file takes its name.
  /// - Precondition: there is a frame.
  /// - Throws: `FileError`, `PNGError`.
  public func finish() throws {
    precondition(shown != nil, "an animated PNG has a frame")
    try writeWaiting()
    try write(Self.chunk("IEND", []))
    // How many parts there are is known only now.
    try write(Self.animation(parts), at: 33)
    try file.finish()
  }

  private func begin(_ picture: Picture) throws {
    let still = try PNG.data(picture)
    // The signature and IHDR, which describes all frames.
    try write(Array(still.prefix(33)) + Self.animation(0))
  }

  private func writeWaiting() throws {
    guard let (part, x, y, frames) = waiting else { return }
    let milliseconds = min(65_535, (delay * Double(frames)).rounded())
    var control = Self.bytes(places) + Self.bytes(UInt32(part.width))
    control += Self.bytes(UInt32(part.height)) + Self.bytes(UInt32(x)) + Self.bytes(UInt32(y))
    control += Self.bytes(UInt32(milliseconds)).suffix(2) + [3, 232]  // of 1000
    control += [0, 0]  // the next part is laid over this one, as it is
    places += 1
    var chunks = Self.chunk("fcTL", control)
    for data in Self.pixelData(try PNG.data(part)) {
      if parts == 0 {
        chunks += Self.chunk("IDAT", data)
      } else {
        chunks += Self.chunk("fdAT", Self.bytes(places) + data)
        places += 1
      }
    }
    parts += 1
    waiting = nil
    try write(chunks)
  }

  private func write(_ bytes: [UInt8], at place: Int? = nil) throws {
    try bytes.withUnsafeBytes { try file.add($0, at: place) }
  }

  // MARK: Chunks

  /// For ever, with so many parts.
  private static func animation(_ parts: UInt32) -> [UInt8] {
    chunk("acTL", bytes(parts) + bytes(0))
  }

  private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    let sum = UInt32(truncatingIfNeeded: crc32(0, body, uInt(body.count)))
    return bytes(UInt32(data.count)) + body + bytes(sum)
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  /// What the `IDAT` chunks of a still picture hold.
  private static func pixelData(_ still: [UInt8]) -> [[UInt8]] {
    var (found, place): ([[UInt8]], Int) = ([], 8)
    while place + 12 <= still.count {
      let length = still[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      let type = String(decoding: still[(place + 4)..<(place + 8)], as: UTF8.self)
      if type == "IDAT" { found.append(Array(still[(place + 8)..<(place + 8 + length)])) }
      place += 12 + length
    }
    return found
  }
}

extension Picture {
  /// The smallest rectangle outside of which both agree; nil: they are equal.
  /// - Precondition: both have one size.
  func change(from other: Picture) -> (x: Range<Int>, y: Range<Int>)? {
    var (left, right, top, bottom) = (width, 0, height, 0)
    for row in 0..<height {
      let line = (row * width * 3)..<((row + 1) * width * 3)
      if rgb[line] == other.rgb[line] { continue }
      top = min(top, row)
      bottom = row + 1
      let first = line.first { rgb[$0] != other.rgb[$0] }!
      let last = line.last { rgb[$0] != other.rgb[$0] }!
      left = min(left, (first - line.lowerBound) / 3)
      right = max(right, (last - line.lowerBound) / 3 + 1)
    }
    return bottom == 0 ? nil : (left..<right, top..<bottom)
  }

  /// - Precondition: it lies within.
  func part(x: Range<Int>, y: Range<Int>) -> Picture {
    let rows = y.map { row in
      rgb[((row * width + x.lowerBound) * 3)..<((row * width + x.upperBound) * 3)]
    }
    return Picture(width: x.count, height: y.count, rgb: rows.flatMap { $0 })
  }
}
