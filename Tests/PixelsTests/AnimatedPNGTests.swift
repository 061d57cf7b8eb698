import Foundation
import PictureFiles
import Records
import Testing

@testable import Pixels

struct AnimatedPNGTests {
  private let path = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString).png"

  /// A dot that goes right, rests and goes down.
  private static let frames: [Picture] = [(0, 0), (1, 0), (2, 0), (2, 0), (2, 0), (2, 3)].map {
    var picture = Picture(width: 6, height: 5, filled: (10, 20, 30))
    picture.set($0.0, $0.1, (255, UInt8(40 * $0.0), 0))
    return picture
  }

  private func write(_ frames: [Picture]) throws -> [UInt8] {
    defer { unlink(path) }
    let animation = try AnimatedPNG(path, framesPerSecond: 12.5)
    for frame in frames { try animation.add(frame) }
    try animation.finish()
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// As a viewer does: parts are laid over what is there. With the milliseconds that each shows.
  private func play(_ file: [UInt8]) throws -> [(picture: Picture, milliseconds: Int)] {
    func number(_ place: Int, _ count: Int = 4) -> Int {
      file[place..<(place + count)].reduce(0) { $0 << 8 | Int($1) }
    }
    var seen: [(picture: Picture, milliseconds: Int)] = []
    var canvas = Picture(width: number(16), height: number(20), filled: (0, 0, 0))
    var (place, order, control, data): (Int, Int, Int, [UInt8]) = (8, 0, 0, [])
    func show() throws {
      guard control > 0 else { return }
      var still = Array(file[..<33])
      still.replaceSubrange(16..<24, with: file[(control + 4)..<(control + 12)])
      // Checksums: libpng's own, of a file that it reads.
      let part = try decoded(still, data)
      canvas.paste(part, x: number(control + 12), y: number(control + 16))
      seen.append((canvas, number(control + 20, 2) * 1000 / number(control + 22, 2)))
    }
    while place < file.count {
      let (length, body) = (number(place), place + 8)
      let type = String(decoding: file[(place + 4)..<body], as: UTF8.self)
      switch type {
      case "acTL": #expect(number(body + 4) == 0)
      case "fcTL":
        try show()
        #expect(number(body) == order)
        order += 1
        (control, data) = (body, [])
      case "IDAT": data += file[body..<(body + length)]
      case "fdAT":
        #expect(number(body) == order)
        order += 1
        data += file[(body + 4)..<(body + length)]
      default: break
      }
      place = body + length + 4
    }
    try show()
    #expect(number(41) == seen.count)
    return seen
  }

  /// A still picture of a header and packed pixels, read by libpng, which checks the sums.
  private func decoded(_ header: [UInt8], _ data: [UInt8]) throws -> Picture {
    func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
      let body = Array(type.utf8) + data
      return bytes(UInt32(data.count)) + body + bytes(sum(body))
    }
    func bytes(_ number: UInt32) -> [UInt8] {
      withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
    let still =
      Array(header[..<8]) + chunk("IHDR", Array(header[16..<29])) + chunk("IDAT", data)
      + chunk("IEND", [])
    let path = path + ".still"
    defer { unlink(path) }
    try Data(still).write(to: URL(fileURLWithPath: path))
    return try PNG.read(path)
  }

  /// CRC-32, bit by bit.
  private func sum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
  }

  @Test("Every frame comes back, and lasts as long as it did")
  func frames() throws {
    let seen = try play(write(Self.frames))
    #expect(seen.map(\.picture) == [0, 1, 2, 5].map { Self.frames[$0] })
    #expect(seen.map(\.milliseconds) == [80, 80, 240, 80])
  }

  @Test("Every chunk's checksum is CRC-32")
  func sums() throws {
    let file = try write(Self.frames)
    var place = 8
    while place < file.count {
      let length = file[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      let end = place + 8 + length
      let stored = file[end..<(end + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      #expect(stored == sum(Array(file[(place + 4)..<end])))
      place = end + 4
    }
  }

  @Test("What was never finished leaves no file, and a folder that is not there is an error")
  func failures() throws {
    do { try AnimatedPNG(path, framesPerSecond: 10).add(Self.frames[0]) }
    let name = (path as NSString).lastPathComponent
    let left = try FileManager.default.contentsOfDirectory(atPath: NSTemporaryDirectory())
    #expect(!left.contains { $0.hasPrefix(name) })
    #expect(throws: FileError.self) { try AnimatedPNG("/nonexistent/a.png", framesPerSecond: 10) }
  }
}
