import Foundation
import PictureFiles
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
    let unwritable = #expect(throws: PNGError.self) { try PNG.write(gradient, to: lost) }
    #expect("\(try #require(unwritable))".hasPrefix("cannot write \(lost): "))
    #expect(throws: PNGError.self) { try PNG.read(lost) }
    let text = folder.appending(path: "text.png")
    try Data("no picture".utf8).write(to: text)
    let unreadable = #expect(throws: PNGError.self) { try PNG.read(text.path) }
    #expect(!"\(try #require(unreadable))".contains("\n"))
    try FileManager.default.createDirectory(
      at: folder.appending(path: "taken.png"), withIntermediateDirectories: true)
    let taken = folder.appending(path: "taken.png").path
    #expect(throws: PNGError.self) { try PNG.write(gradient, to: taken) }
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

  @Test("A chart of nothing, of one point, of equal values and of what is not finite")
  func charts() {
    let lists: [[Chart.Point]] = [
      [], [.init(x: 1, y: 2)], [.init(x: 0, y: 3), .init(x: 9, y: 3)],
      [.init(x: 0, y: .nan), .init(x: 1, y: .infinity), .init(x: 2, y: 1)],
      [.init(x: 0, y: 1e12), .init(x: 1e9, y: -1e12)],
    ]
    for points in lists {
      let chart = Chart(title: "t", xLabel: "x", yLabel: "y", series: [.init(points: points)])
      let picture = chart.picture(width: 320, height: 200)
      #expect(picture.width == 320 && picture.height == 200)
    }
  }
}
