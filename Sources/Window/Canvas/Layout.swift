/// Where things lie in a window.
struct Layout: Equatable {
  /// Of the lanes that are shown, in order, row by row.
  private(set) var tiles: [Rect] = []
  /// Beside the pictures; nil: it is hidden, or there is no room for it.
  private(set) var panel: Rect?
  /// Below everything.
  let bar: Rect

  /// What is to be shown.
  struct Contents: Equatable {
    /// Of a lane's picture.
    var width, height: Int
    var pixelAspect: Double
    var columns = 1
    var rows = 1
    var hasPanel = false
  }

  /// - Parameter density: pixels of the window in a pixel of the desktop.
  init(width: Int, height: Int, density: Double, _ contents: Contents) {
    let barHeight = min(Self.barHeight(density), height / 4)
    bar = Rect(x: 0, y: height - barHeight, width: width, height: barHeight)
    var area = Rect(x: 0, y: 0, width: width, height: height - barHeight)
    let panelWidth = Self.panelWidth(density)
    if contents.hasPanel && width > 2 * panelWidth {
      panel = Rect(x: width - panelWidth, y: 0, width: panelWidth, height: area.height)
      area.width -= panelWidth
    }
    let (columns, rows) = (max(contents.columns, 1), max(contents.rows, 1))
    let gap = columns * rows > 1 ? max(1, Int(density * 2)) : 0
    for index in 0..<columns * rows {
      let (column, row) = (index % columns, index / columns)
      let left = area.width * column / columns, right = area.width * (column + 1) / columns
      let top = area.height * row / rows, bottom = area.height * (row + 1) / rows
      let cell = Rect(
        x: area.x + left, y: area.y + top, width: right - left, height: bottom - top
      ).inset(by: gap)
      tiles.append(Self.place(contents, in: cell))
    }
  }

  static func barHeight(_ density: Double) -> Int { Int(28 * density) }
  static func panelWidth(_ density: Double) -> Int { Int(260 * density) }

  /// The largest place that shows every pixel as the same rectangle of whole pixels, as wide as it
  /// should be but for rounding; if the picture is larger than the cell, it is made to fit.
  static func place(_ contents: Contents, in cell: Rect) -> Rect {
    if let scale = scale(contents, width: cell.width, height: cell.height) {
      return cell.centred(
        width: contents.width * scale.across, height: contents.height * scale.down)
    }
    let wide = Double(contents.width) * contents.pixelAspect
    let share = min(Double(cell.width) / wide, Double(cell.height) / Double(contents.height))
    return cell.centred(width: Int(wide * share), height: Int(Double(contents.height) * share))
  }

  /// Whole pixels of the window a pixel of the picture takes; nil: there is no room for one each.
  static func scale(
    _ contents: Contents, width: Int, height: Int
  ) -> (across: Int, down: Int)? {
    let most = contents.height > 0 ? height / contents.height : 0
    for down in stride(from: most, to: 0, by: -1) {
      let across = max(1, Int((Double(down) * contents.pixelAspect).rounded()))
      if across * contents.width <= width { return (across, down) }
    }
    return nil
  }

  /// A size for a new window, without density: about two thirds of a small screen.
  static func windowSize(_ contents: Contents) -> (width: Int, height: Int) {
    let (most, tall) = contents.columns * contents.rows > 1 ? (1180, 800) : (900, 680)
    let panel = contents.hasPanel ? panelWidth(1) : 0
    var whole = contents
    whole.width *= max(contents.columns, 1)
    whole.height *= max(contents.rows, 1)
    var size = (width: most, height: tall)
    if let scale = scale(whole, width: most, height: tall) {
      size = (whole.width * scale.across, whole.height * scale.down)
    }
    if contents.columns * contents.rows > 1 {
      size.width += 4 * contents.columns
      size.height += 4 * contents.rows
    }
    return (max(size.width, 480) + panel, max(size.height, 200) + barHeight(1))
  }
}
