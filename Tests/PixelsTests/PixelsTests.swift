import Lanes
import Testing

@testable import Pixels

struct PixelsTests {
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

  @Test("Of exact halves, OpenCV sends those of 2 x 2 up and others to the even neighbour")
  func halves() {
    let quarter = AreaResize(from: (4, 2), to: (2, 1))
    var result = [UInt8](repeating: 0, count: 2)
    quarter.resize([2, 3, 0, 1, 3, 2, 1, 0], into: &result, scratch: quarter.makeScratch())
    #expect(result == [3, 1])
    let half = AreaResize(from: (2, 2), to: (2, 1))
    half.resize([2, 3, 3, 4], into: &result, scratch: half.makeScratch())
    #expect(result == [2, 4])
  }

  @Test("Only what changed rows touch is resized, and that as a whole picture would be")
  func parts() {
    let resize = AreaResize(from: (160, 210), to: (84, 84))
    var picture = (0..<160 * 210).map { _ in UInt8.random(in: 0...255) }
    var kept = [UInt8](repeating: 0, count: 84 * 84)
    var whole = kept
    let scratch = resize.makeScratch()
    resize.resize(picture, into: &kept, scratch: scratch)
    for _ in 0..<20 {
      var rows = RowSet()
      for _ in 0..<5 {
        let row = Int.random(in: 0..<210)
        rows.insert(row)
        for column in 0..<160 { picture[row * 160 + column] = UInt8.random(in: 0...255) }
      }
      let wanted = resize.wanted(changed: rows)
      resize.resize(picture, wanted: wanted, into: &kept, scratch: scratch)
      resize.resize(picture, into: &whole, scratch: scratch)
      #expect(kept == whole)
    }
  }

  @Test("Whole numbers give what OpenCV's floats give, exact halves too")
  func wholeNumbers() {
    let whole = AreaResize(from: (160, 210), to: (84, 84))
    let floats = AreaResize(from: (160, 210), to: (84, 84), wholeNumbers: false)
    var results = [[UInt8]](repeating: [UInt8](repeating: 0, count: 84 * 84), count: 2)
    let scratch = (whole.makeScratch(), floats.makeScratch())
    for round in 0..<200 {
      // Differences of 20 and its multiples make exact halves.
      let low = UInt8.random(in: 0..<56)
      let picture = (0..<160 * 210).map { _ in
        round % 2 == 0 ? UInt8.random(in: 0...255) : low + 20 * UInt8.random(in: 0..<10)
      }
      whole.resize(picture, into: &results[0], scratch: scratch.0)
      floats.resize(picture, into: &results[1], scratch: scratch.1)
      #expect(results[0] == results[1], "round \(round)")
    }
  }
}
