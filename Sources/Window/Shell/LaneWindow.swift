import Environment
import Pixels

/// Lanes of a batch that others step, seen now and then: looking takes one part in thirty of the time.
public final class LaneWindow {
  /// The line below.
  public var text = ""
  private let title: String
  private let viewing: Viewing
  private let columns, rows: Int
  /// nil: it has been closed.
  private var screen: Screen?
  /// A lane's pictures keep their size.
  private var shape: Tiles?
  private var budget = LookingBudget(share: 1.0 / 30, pause: 1.0 / 30)

  /// - Parameter lanes: of the batch; up to sixteen are shown.
  /// - Throws: `WindowError` where there is no display.
  public init(title: String, _ viewing: Viewing, lanes: Int) throws(WindowError) {
    (self.title, self.viewing) = (title, viewing)
    let shown = min(max(lanes, 1), 16)
    columns = [1, 2, 2, 2, 3, 3, 4, 4, 3, 4, 4, 4, 4, 4, 4, 4][shown - 1]
    rows = (shown + columns - 1) / columns
    screen = try Screen(title: title, width: 960, height: 720)
  }

  public var isOpen: Bool { screen != nil }

  /// Shows the lanes, if it is time to.
  public func look(at batch: any EnvironmentBatch) {
    guard let screen, budget.begin(now: Pace.now) else { return }
    defer { budget.end(now: Pace.now) }
    var isClosed = false
    screen.pump { event in
      if event == .close || event == .press("escape") { isClosed = true }
    }
    if isClosed {
      self.screen = nil
      return
    }
    // Lanes that have not begun cannot be seen yet.
    guard let tiles = shape ?? (try? batch.render(lane: 0)).map(tiles) else { return }
    shape = tiles
    let canvas = screen.canvas
    let layout = Layout(
      width: canvas.width, height: canvas.height, density: screen.density, tiles.contents)
    canvas.fill(canvas.bounds, Colour.back)
    try? tiles.draw(batch, on: canvas, layout)
    canvas.drawBar(layout.bar, left: text, right: "", density: screen.density)
    screen.show([canvas.bounds])
  }
}

extension LaneWindow {
  private func tiles(_ picture: Picture) -> Tiles {
    Tiles(picture, viewing, columns: columns, rows: rows)
  }
}

/// Says when to look so that looking takes no more than a share of the time.
struct LookingBudget {
  /// Of the time.
  let share: Double
  /// Seconds between looks, at least.
  let pause: Double
  private var next = -Double.infinity
  private var began = 0.0

  init(share: Double, pause: Double) { (self.share, self.pause) = (share, pause) }

  /// - Returns: false: it is too early.
  mutating func begin(now: Double) -> Bool {
    if now < next { return false }
    began = now
    return true
  }

  mutating func end(now: Double) {
    next = now + max(pause, (now - began) * (1 / share - 1))
  }
}
