/// What a block of consoles has done since it was made.
public struct ConsoleCounters: Sendable {
  /// Frames of single lanes.
  public var frames: UInt64 = 0
  /// Turns of the scheduler, and basic blocks run.
  public var turns: UInt64 = 0
  public var blocks: UInt64 = 0
  /// Instructions issued, and instructions of single lanes: their ratio is the lanes active.
  public var issued: UInt64 = 0
  public var instructions: UInt64 = 0
  /// TIA writes and visible changes logged, each for one or more lanes.
  public var writes: UInt64 = 0
  public var changes: UInt64 = 0
  /// Rows of single lanes' pictures that were to be drawn, and those that had to be.
  public var rows: UInt64 = 0
  public var rowsDrawn: UInt64 = 0
  /// Ticks: the processor with what it reads from the beam, the rest of the beam, drawing.
  public var running: UInt64 = 0
  public var following: UInt64 = 0
  public var drawing: UInt64 = 0
}
