import Foundation
import PictureFiles
import Records
import Testing

@testable import Pixels

@Suite("Pictures") struct PictureTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private let gradient = Picture(
    width: 7, height: 5, rgb: (0..<105).map { UInt8($0 * 2) })

  @Test("PNG gives back what it was given")
  func roundTrip() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "a.png").path
    try PNG.write(Picture(width: 1, height: 1, filled: (1, 2, 3)), to: path)
    try PNG.write(gradient, to: path)
    #expect(try PNG.read(path) == gradient)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left == ["a.png"], "no temporary file stays")
  }

  @Test("Grey PNG comes back as equal red, green and blue")
  func greyRoundTrip() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "grey.png").path
    try PNG.write(grey: [0, 10, 200, 255, 1, 128], width: 3, height: 2, to: path)
    let expected: [UInt8] = [0, 10, 200, 255, 1, 128].flatMap { [$0, $0, $0] }
    #expect(try PNG.read(path) == Picture(width: 3, height: 2, rgb: expected))
  }

  @Test("Errors are one line and leave nothing behind")
  func errors() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let lost = folder.appending(path: "no/such.png").path
    let unwritable = #expect(throws: FileError.self) { try PNG.write(gradient, to: lost) }
    #expect("\(try #require(unwritable))".hasPrefix("cannot write \(lost): "))
    #expect(throws: PNGError.self) { try PNG.read(lost) }
    let text = folder.appending(path: "text.png")
    try Data("no picture".utf8).write(to: text)
    let unreadable = #expect(throws: PNGError.self) { try PNG.read(text.path) }
    #expect(!"\(try #require(unreadable))".contains("\n"))
    try FileManager.default.createDirectory(
      at: folder.appending(path: "taken.png"), withIntermediateDirectories: true)
    let taken = folder.appending(path: "taken.png").path
    #expect(throws: FileError.self) { try PNG.write(gradient, to: taken) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
  }

  @Test("A contact sheet puts pictures in rows, with gaps, enlarged by whole numbers")
  func contactSheet() {
    let red = Picture(width: 2, height: 3, filled: (255, 0, 0))
    let sheet = ContactSheet.picture([red, red, red], columns: 2, gap: 1, scale: 2)
    #expect(sheet.width == 2 * (4 + 1) + 1)
    #expect(sheet.height == 2 * (6 + 1) + 1)
    let reds = stride(from: 0, to: sheet.rgb.count, by: 3).filter {
      Array(sheet.rgb[$0..<($0 + 3)]) == [255, 0, 0]
    }
    #expect(reds.count == 3 * 4 * 6)
    #expect(reds.first.map { $0 / 3 } == sheet.width + 1)
  }

  @Test("Pixels are enlarged to rectangles, and squares of them shrink to their mean")
  func sizes() {
    let tall = gradient.enlarged(across: 3, down: 2)
    #expect(tall.width == 21 && tall.height == 10)
    #expect(tall.rgb[(5 * 21 + 19) * 3] == gradient.rgb[(2 * 7 + 6) * 3])
    #expect(gradient.enlarged(by: 4).shrunk(by: 4) == gradient)
    #expect(Picture(width: 2, height: 1, rgb: [0, 0, 9, 1, 2, 9]).shrunk(by: 2).width == 2)
    let mean = Picture(width: 2, height: 2, rgb: [0, 1, 9, 0, 1, 9, 0, 2, 9, 1, 3, 9]).shrunk(by: 2)
    #expect(mean.rgb == [0, 2, 9])
  }

  @Test("A file that claims to be enormous is refused")
  func enormous() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "a.png")
    // A signature and an IHDR of 60,000 x 60,000; then nothing.
    let bytes: [UInt8] =
      [
        137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0xEA, 0x60, 0, 0, 0xEA,
        0x60, 8, 2, 0, 0, 0, 0x3C, 0x52, 0x23, 0x3F,
      ]
    try Data(bytes).write(to: path)
    #expect(throws: PNGError.self) { try PNG.read(path.path) }
  }
}
