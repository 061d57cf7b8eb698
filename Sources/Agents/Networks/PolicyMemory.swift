import Environment
import Lanes
import Nets

/// What a policy carries from step to step in each lane, and whether an episode begins there.
public final class PolicyMemory {
  public let lanes: Int
  /// Floats of a lane.
  public let width: Int
  private let autoreset: AutoresetMode
  /// [lanes, width]
  let states: AlignedBuffer<Float>
  /// [lanes]: 1 where the next observation is an episode's first.
  let first: AlignedBuffer<UInt8>
  /// [lanes]: 0.
  private let none: AlignedBuffer<UInt8>
  /// [lanes]: the next step only begins an episode, under autoreset next-step.
  private var isOver: [Bool]

  public init(_ spec: EnvironmentSpec, width: Int, lanes: Int) {
    self.lanes = lanes
    self.width = width
    autoreset = spec.autoreset
    states = AlignedBuffer(count: max(lanes * width, 1))
    first = AlignedBuffer(count: lanes)
    none = AlignedBuffer(count: lanes)
    for lane in 0..<lanes { first[lane] = 1 }
    isOver = [Bool](repeating: false, count: lanes)
  }

  /// Takes in what the environment answered to the last action.
  public func observe(_ buffers: StepBuffers) {
    let ended = buffers.ended.of(UInt8.self)
    for lane in 0..<lanes {
      let hasEnded = ended[lane] != 0
      let begins = autoreset == .nextStep ? isOver[lane] : hasEnded
      first[lane] = begins ? 1 : 0
      isOver[lane] = autoreset == .nextStep && hasEnded
    }
  }

  /// New episodes begin in these lanes, whatever the last step said.
  public func begin(_ lanes: [Int]) {
    for lane in lanes {
      first[lane] = 1
      isOver[lane] = false
    }
  }

  /// Inputs "first" and "memory" of lanes from `lane` on.
  func rows(from lane: Int = 0) -> [Rows] {
    [Rows(first.pointer, first: lane), Rows(states.pointer, first: lane)]
  }

  /// Those of some lanes, in each of which an episode goes on.
  func rows(of lanes: UnsafePointer<Int32>) -> [Rows] {
    [Rows(none.pointer, numbers: lanes), Rows(states.pointer, numbers: lanes)]
  }

  func save(into file: inout SafeTensors) {
    file.set("memory.states", UnsafeBufferPointer(states.span), type: "F32")
    file.set("memory.first", UnsafeBufferPointer(first.span), type: "U8")
    isOver.map { $0 ? 1 : 0 }.withUnsafeBufferPointer { (flags: UnsafeBufferPointer<UInt8>) in
      file.set("memory.over", flags, type: "U8")
    }
  }

  /// - Throws: `CheckpointError`.
  func restore(from file: SafeTensors) throws {
    try file.copy("memory.states", to: states.span, type: "F32")
    try file.copy("memory.first", to: first.span, type: "U8")
    var flags = [UInt8](repeating: 0, count: lanes)
    try flags.withUnsafeMutableBufferPointer { try file.copy("memory.over", to: $0, type: "U8") }
    isOver = flags.map { $0 != 0 }
    guard states.span.allSatisfy(\.isFinite) else {
      throw CheckpointError.mismatch("memory.states")
    }
  }
}
