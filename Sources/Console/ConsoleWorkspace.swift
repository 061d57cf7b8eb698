import CLanes

/// What a block needs while it runs and draws, and not in between: one a thread is enough.
public final class ConsoleWorkspace: @unchecked Sendable {
  /// The TIA writes of the frame that is being run.
  let writes = LaneLog.make()
  let painter: Painter
  private var free: [FrameLog] = []

  public init(display: Display) { painter = Painter(display: display) }

  deinit { LaneLog.free(writes) }

  func take() -> FrameLog { free.popLast() ?? FrameLog() }

  func give(_ log: FrameLog) { free.append(log) }
}
