import Lanes
import Nets

/// A run as it was after its last update, in memory, and whether it is just being written.
final class Spare: Sendable {
  /// Updates that take longer than these seconds are not waited for.
  static let patience = 0.5

  private struct State {
    var file: SafeTensors?
    var fileSteps = 0
    /// Of the last checkpoint; nil: there is none.
    var steps: Int?
    var isOver = false
  }

  private let state = Locked(State())

  func keep(_ file: SafeTensors, steps: Int) {
    state.withLock { state in
      state.file = file
      state.fileSteps = steps
    }
  }

  /// Nobody takes it meanwhile; afterwards it is of no more use.
  /// - Parameter isLast: nor will it ever be.
  func whileSaving(steps: Int, isLast: Bool = false, _ body: () throws -> Void) throws {
    try state.withLock { state in
      try body()
      state = State(steps: steps, isOver: isLast)
    }
  }

  /// - Parameter write: false: it could not.
  /// - Returns: the steps of what is on the disk then; nil: nobody needs it any more.
  func take(_ write: (SafeTensors) -> Bool) -> Int? {
    state.withLock { state in
      if state.isOver { return nil }
      state.isOver = true
      if let file = state.file, write(file) { return state.fileSteps }
      return state.steps
    }
  }
}
