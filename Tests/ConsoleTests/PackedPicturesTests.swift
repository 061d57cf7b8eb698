import Lanes
import Testing

@testable import Console

struct PackedPicturesTests {
  private let block: ConsoleBlock
  private var generator = SplitMix64(seed: .random(in: 0...UInt64.max))

  init() throws {
    block = ConsoleBlock(program: try ConsoleTests.program(ConsoleTests.framed([])))
  }

  private var bytes: Int { block.frames.pictureBytes }

  private func pictures(_ lane: Int) -> [[UInt8]] {
    let (newest, other) = block.drawnPictures(lane)
    return [newest, other].map { Array(UnsafeBufferPointer(start: $0, count: bytes)) }
  }

  /// - Parameter change: one of how many rows differs from the one above, in one pixel.
  private mutating func draw(_ lane: Int, change: Int) {
    let (newest, other) = block.newPictures(lane)
    for picture in [newest, other] {
      for row in 0..<bytes / 160 {
        let pixels = picture + 160 * row
        if row == 0 {
          pixels.update(repeating: 7, count: 160)
        } else {
          pixels.update(from: pixels - 160, count: 160)
        }
        if generator.next() % UInt64(change) == 0 {
          pixels[Int(generator.next() % 160)] = UInt8(truncatingIfNeeded: generator.next())
        }
      }
    }
  }

  @Test("Pictures come out as they were put in, in another lane too", arguments: [1, 2, 10, 300])
  mutating func roundTrip(change: Int) {
    draw(3, change: change)
    draw(60, change: 2)
    let wanted = pictures(3)
    let packed = PackedPictures(of: block, 3)
    packed.unpack(into: block, 60)
    #expect(pictures(60) == wanted)
    #expect(pictures(3) == wanted)
  }

  @Test("A row that stands above or in the other picture takes no place of its own")
  mutating func size() {
    draw(0, change: 1)
    let (newest, other) = block.newPictures(0)
    let rows = bytes / 160
    for row in 0..<rows { for column in 0..<160 { newest[160 * row + column] = UInt8(row) } }
    other.update(from: newest, count: bytes)
    #expect(PackedPictures(of: block, 0).bytes == 160 * rows + 2 * 2 * rows)
    other.update(repeating: 250, count: bytes)
    #expect(PackedPictures(of: block, 0).bytes == 160 * (rows + 1) + 2 * 2 * rows)
    newest.update(repeating: 250, count: bytes)
    #expect(PackedPictures(of: block, 0).bytes == 160 + 2 * 2 * rows)
  }
}
