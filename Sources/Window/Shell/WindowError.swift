public enum WindowError: Error, Equatable, CustomStringConvertible {
  /// There is no screen, or none that SDL can use.
  case noDisplay(String)
  case failed(String)
  /// They would be too small to see.
  case lanes(columns: Int, rows: Int)

  public var description: String {
    switch self {
    case .noDisplay(let reason):
      "there is no display for a window (\(reason)); 'lockstep render' makes pictures without one"
    case .failed(let reason): "the window has failed: \(reason)"
    case .lanes(let columns, let rows):
      "a mosaic of \(columns)x\(rows) lanes is too fine for a window: take fewer"
    }
  }
}
