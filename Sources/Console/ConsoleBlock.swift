import Lanes

/// 64 Atari 2600 consoles with the same cartridge, one per SIMD lane.
public final class ConsoleBlock: @unchecked Sendable {
  public static let lanes = 64

  public let program: Program
  /// Filled in by the caller before each frame.
  public let inputs = ConsoleInputs()
  /// RIOT memory, [128][64]: address $80 + row of lane at `ram[row * 64 + lane]`.
  public let ram: UnsafeMutablePointer<UInt8>

  public init(program: Program) {
    self.program = program
    ram = .allocate(capacity: 128 * 64)
  }

  /// The machine reset of the lanes set in `lanes` (bit i = lane i): devices and processor to their
  /// start state, pictures cleared. RAM stays.
  /// - Parameter timers: [64], the RIOT timer's random start (25...99) of each lane.
  public func reset(_ lanes: UInt64, timers: UnsafePointer<UInt8>) {}

  /// Emulates one frame (one TIA update) in each lane set in `lanes`.
  public func runFrame(_ lanes: UInt64) {}

  /// Writes the lane's newest frame, one palette index a pixel: [height, 160], row-major.
  public func picture(lane: Int, into pixels: UnsafeMutablePointer<UInt8>) {}

  /// All of the block's state as bytes, for checkpoints.
  public func save() -> [UInt8] { [] }
  public func restore(_ saved: [UInt8]) -> Bool { false }

  /// Bytes of one lane's state, its newest picture included.
  public var laneBytes: Int { 0 }
  /// Writes the lane's state, `laneBytes` long.
  public func saveLane(_ lane: Int, into bytes: UnsafeMutableRawPointer) {}
  /// Takes over a state from any lane of any block with the same program.
  public func loadLane(_ lane: Int, from bytes: UnsafeRawPointer) {}
}

/// What is plugged in and pressed, [64] each.
public final class ConsoleInputs: @unchecked Sendable {
  /// Port A as read at $280: bits 7-4 left stick (right, left, down, up), 3-0 right stick;
  /// 0 = pressed. 0xFF = nothing pressed.
  public let portA = AlignedBuffer<UInt8>(count: 64)
  /// Port B as read at $282: console switches.
  public let portB = AlignedBuffer<UInt8>(count: 64)
  /// INPT4 and INPT5 triggers: 1 = pressed.
  public let triggers = [AlignedBuffer<UInt8>(count: 64), AlignedBuffer<UInt8>(count: 64)]
  /// Resistance in ohm at INPT0...INPT3; -1 = nothing connected, reads low ($00) always... see TIA.
  public let resistances = (0..<4).map { _ in AlignedBuffer<Int32>(count: 64) }
}
