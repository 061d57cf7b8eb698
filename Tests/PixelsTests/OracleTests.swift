import Foundation
import Lanes
import Testing

@testable import Pixels

/// Colours against ale-py and area resize against OpenCV; `Tools/oracle/record-pixels` makes the
/// file and says what its lines mean.
@Suite("Pixels against the originals") struct OracleTests {
  private static let lines: [[String]] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Golden/pixels.txt")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }()

  @Test("Every colour code of NTSC, PAL and PAL without colour", arguments: ["ntsc", "pal"])
  func palette(format: String) throws {
    let palette = format == "ntsc" ? Palette.ntsc : Palette.pal
    let rows = Self.lines.filter { $0[0] == "palette" && $0[1] == format }
    try #require(rows.count == (format == "ntsc" ? 128 : 256))
    for row in rows {
      let code = try #require(Int(row[2]))
      let rgb = palette.rgb[(code * 3)..<(code * 3 + 3)]
      let text = rgb.map { String(format: "%02x", $0) }.joined()
      #expect(text == row[3], "colour of code \(code)")
      // ALE reads the grey of code 255 from beyond its table.
      if code != 255 { #expect("\(palette.grey[code])" == row[4], "grey of code \(code)") }
    }
  }

  private static let resizes = lines.filter { $0[0] == "resize" }

  @Test("Area resize", arguments: resizes.indices)
  func resize(index: Int) throws {
    let row = Self.resizes[index]
    let size = try row[1...4].map { try #require(Int($0)) }
    let source = noise(
      size[0] * size[1], seed: try #require(UInt64(row[5])), flat: row[6] == "flat")
    let resize = AreaResize(from: (size[0], size[1]), to: (size[2], size[3]))
    var small = [UInt8](repeating: 0, count: size[2] * size[3])
    resize.resize(source, into: &small, scratch: resize.makeScratch())
    var crc = CRC32()
    crc.add(small)
    #expect(crc.hex == row[7], "\(row)")
  }

  /// Random bytes, or 0 and 255 in runs of eight on average.
  private func noise(_ count: Int, seed: UInt64, flat: Bool) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    var on = false
    return (0..<count).map { _ in
      let number = generator.next()
      if !flat { return UInt8(truncatingIfNeeded: number) }
      if number & 7 == 0 { on.toggle() }
      return on ? 255 : 0
    }
  }
}
