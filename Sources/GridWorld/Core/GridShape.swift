/// How a lane's level lies in memory.
///
/// Rows first: every row behind as many walls as an agent looks ahead; the last has them at its end
/// too. Rows of walls stand above and below, as far as an agent looks aside. Then the same cells as
/// columns. Then the number of the object in each cell, in the rows' places.
struct GridShape: Equatable, Sendable {
  let width, height: Int
  /// Cells of walls ahead and aside.
  let ahead, aside: Int
  /// Bytes of text and ids of words of the longest mission.
  let letters, words: Int

  init(width: Int, height: Int, view: Int, letters: Int, words: Int) {
    (self.width, self.height) = (width, height)
    (ahead, aside) = (max(view - 1, 6), max(view / 2, 3))
    (self.letters, self.words) = (letters, words)
  }

  static let mostObjects = 64

  /// From a row to the next, from a column to the next.
  var rowStep: Int { width + ahead }
  var columnStep: Int { height + ahead }
  /// Bytes of either, eight more than are ever read.
  var plane: Int {
    let rows = rowStep * (height + 2 * aside) + ahead + 8
    let columns = columnStep * (width + 2 * aside) + ahead + 8
    return (max(rows, columns) + 63) & ~63
  }

  // In bytes from the slot's beginning.
  static let head = 0
  /// Per object: where it is, where it was known to be, contents.
  static let objects = 512
  var text: Int { Self.objects + Self.mostObjects * 8 }
  var tokens: Int { text + letters }
  var rows: Int { (tokens + words + 63) & ~63 }
  var columns: Int { rows + plane }
  var numbers: Int { rows + 2 * plane }
  var bytes: Int { rows + 3 * plane }

  @inline(__always) func row(_ x: Int, _ y: Int) -> Int { (y + aside) * rowStep + ahead + x }
  @inline(__always) func column(_ x: Int, _ y: Int) -> Int {
    (x + aside) * columnStep + ahead + y
  }
  @inline(__always) func place(row: Int) -> Place {
    let (y, x) = (row - ahead).quotientAndRemainder(dividingBy: rowStep)
    return Place(x, y - aside)
  }
  func contains(_ place: Place) -> Bool {
    place.x >= 0 && place.y >= 0 && place.x < width && place.y < height
  }
}
