import Lettering
import Pixels
import Testing

struct LetteringTests {
  private let style = Lettering(size: 20)

  /// Pixels that are not paper, a column of the picture each.
  private func ink(_ picture: Picture) -> [Int] {
    (0..<picture.width).map { x in
      (0..<picture.height).count { y in
        picture.rgb[(y * picture.width + x) * 3] != style.paper.red
      }
    }
  }

  @Test("Letters leave ink: upright for l, none for a blank, more for longer words")
  func letters() {
    let one = ink(style.picture(["l"], width: 200))
    #expect(one.reduce(0, +) > 10 && one.count { $0 > 0 } <= 4)
    #expect(ink(style.picture([" "], width: 200)).reduce(0, +) == 0)
    let (short, long) = (
      ink(style.picture(["Wert"], width: 200)), ink(style.picture(["Werte für"], width: 200))
    )
    #expect(long.lastIndex { $0 > 0 }! > short.lastIndex { $0 > 0 }! + 20)
  }

  @Test("The picture is as large as it was said to be, whatever the text")
  func size() {
    for lines in [[], ["a"], ["a", "\u{1B}[31m\0b", ""]] {
      let picture = style.picture(lines, width: 77)
      #expect(picture.width == 77 && picture.height == style.height(lines: lines.count))
    }
  }

  @Test("Text is broken between words; an ellipsis stands for what has no room")
  func wrapping() {
    let mission = "go to the red ball behind you and then put the box next to the green key"
    let lines = style.wrapped(mission, width: 300, rows: 5)
    #expect(lines.count == 5 && lines.filter { !$0.isEmpty }.joined(separator: " ") == mission)
    let short = style.wrapped(mission, width: 300, rows: 1)
    #expect(short.count == 1 && short[0].hasSuffix("…") && short[0].hasPrefix("go to the"))
    #expect(
      style.wrapped("unbreakableunbreakableunbreakable", width: 120, rows: 1)[0].hasSuffix("…"))
    for line in lines + short {
      let columns = ink(style.picture([line], width: 300))
      #expect((columns.lastIndex { $0 > 0 } ?? 0) <= 300 - style.margin + 1)
    }
  }
}
