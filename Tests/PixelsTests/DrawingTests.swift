import Pixels
import Testing

@Suite struct DrawingTests {
  private let ink: Picture.Colour = (1, 2, 3)
  private let paper = Picture(width: 12, height: 8, filled: (255, 255, 255))

  /// Painted pixels, a row of text each.
  private func text(_ picture: Picture) -> [String] {
    (0..<picture.height).map { row in
      String(
        (0..<picture.width).map { picture.rgb[(row * picture.width + $0) * 3] == 1 ? "#" : "." })
    }
  }

  @Test("A polygon fills the pixels whose centres it holds, in either direction")
  func polygon() {
    for corners: [Picture.Point] in [
      [[1, 1], [5, 1], [5, 3], [1, 3]], [[1, 1], [1, 3], [5, 3], [5, 1]],
    ] {
      var picture = paper
      picture.fill(polygon: corners, ink)
      #expect(
        text(picture)
          == ["............", ".####.......", ".####......."]
          + [String](repeating: "............", count: 5))
    }
  }

  @Test("Parts outside are left out; points without a place draw nothing")
  func outside() {
    var picture = paper
    picture.fill(polygon: [[-5, -5], [500, -5], [500, 1], [-5, 1]], ink)
    #expect(text(picture)[0] == "############" && text(picture)[1] == "............")
    let before = picture
    picture.disc([.nan, 1], radius: 3, ink)
    picture.line(from: [0, 4], to: [.infinity, 4], ink)
    picture.line(from: [0, 4], to: [5, 4], width: .nan, ink)
    picture.fill(polygon: [[0, 5], [5, .nan], [9, 9]], ink)
    picture.fill(polygon: [[0, 5], [5, 5]], ink)
    #expect(picture == before)
  }

  @Test("Thin lines have no gaps, wide ones have their width")
  func lines() {
    var picture = paper
    picture.line(from: [0.5, 0.5], to: [7.5, 3.5], ink)
    #expect(text(picture).joined().count { $0 == "#" } == 8)
    picture = paper
    picture.line(from: [0, 4], to: [12, 4], width: 4, ink)
    #expect(
      text(picture).map { $0.contains("#") } == [
        false, false, true, true, true, true, false, false,
      ])
  }

  @Test("A disc is round")
  func disc() {
    var picture = paper
    picture.disc([4, 4], radius: 2, ink)
    #expect(
      text(picture)[2...5]
        == ["...##.......", "..####......", "..####......", "...##......."])
  }

  @Test("A quarter turn brings right to down")
  func turn() { #expect(Picture.Point(1, 0).turned(sine: 1, cosine: 0) == [0, 1]) }
}
