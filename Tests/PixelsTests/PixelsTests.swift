import Foundation
import Testing

@testable import Pixels

struct PixelsTests {
  private static let folder = FileManager.default.temporaryDirectory.path

  @Test("Palettes read as ALE's, odd codes too")
  func palettes() {
    #expect(Array(Palette.ntsc.rgb[0x1E * 3..<0x1E * 3 + 3]) == [0xFC, 0xFC, 0x54])
    #expect(Palette.ntsc.grey[0x1E] == 233)
    #expect(Palette.pal.grey[0x86] == 110)
    // Measured with ale-py: the grey readout of an odd code is the blue of the next colour.
    #expect(Palette.pal.grey[1] == 43 && Palette.pal.grey[3] == 82)
    #expect(Array(Palette.pal.rgb[3 * 3..<3 * 3 + 3]) == [43, 43, 43])
  }

  @Test("A flat picture stays flat at any size", arguments: [(160, 210), (160, 250), (84, 84)])
  func flat(width: Int, height: Int) {
    let resize = AreaResize(from: (width, height), to: (84, 84))
    let picture = [UInt8](repeating: 77, count: width * height)
    var result = [UInt8](repeating: 0, count: 84 * 84)
    resize.resize(picture, into: &result, scratch: resize.makeScratch())
    #expect(result.allSatisfy { $0 == 77 })
  }

  @Test("Exact halves go to the even neighbour")
  func halves() {
    let resize = AreaResize(from: (4, 2), to: (2, 1))
    var result = [UInt8](repeating: 0, count: 2)
    resize.resize(
      [1, 2, 1, 2, 1, 2, 2, 1], into: &result, scratch: resize.makeScratch())
    #expect(result == [2, 2])
    resize.resize([2, 3, 0, 1, 3, 2, 1, 0], into: &result, scratch: resize.makeScratch())
    #expect(result == [2, 0])
  }

  @Test("What is written as PNG reads back")
  func png() throws {
    var picture = Picture(width: 7, height: 5, filled: (1, 2, 3))
    picture.set(6, 4, (255, 0, 128))
    let path = Self.folder + "/lockstep-\(UUID().uuidString).png"
    try PNG.write(picture, to: path)
    #expect(try PNG.read(path) == picture)
    try FileManager.default.removeItem(atPath: path)
  }

  @Test("A place that cannot be written is an error with its name")
  func unwritable() {
    let picture = Picture(width: 1, height: 1, filled: (0, 0, 0))
    #expect(throws: PNGError.self) { try PNG.write(picture, to: "/proc/none/x.png") }
    #expect(throws: PNGError.self) { try PNG.read("/proc/none/x.png") }
  }

  @Test("A chart draws its line inside its frame, whatever the values")
  func chart() {
    for values in [[], [3.0], [1, 1, 1], [-20, 0, 21]] {
      let points = values.enumerated().map { Chart.Point(x: Double($0.offset), y: $0.element) }
      let chart = Chart(
        title: "t", xLabel: "x", yLabel: "y", series: [Chart.Series(points: points)])
      let picture = chart.picture(width: 320, height: 200)
      #expect(picture.width == 320 && picture.rgb.count == 320 * 200 * 3)
    }
  }

  @Test("A contact sheet holds every picture")
  func sheet() {
    let pictures = (0..<5).map { Picture(width: 4, height: 3, filled: (UInt8($0), 9, 9)) }
    let sheet = ContactSheet.picture(pictures, columns: 3, gap: 1)
    #expect(sheet.width == 16 && sheet.height == 9)
    #expect(sheet.rgb[(1 * 16 + 1) * 3] == 0 && sheet.rgb[(5 * 16 + 6) * 3] == 4)
  }
}
