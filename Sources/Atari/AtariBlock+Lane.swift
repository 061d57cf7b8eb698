import Console
import Lanes

/// A lane as bytes: everything its future depends on, its pictures and its stack included.
extension AtariBlock {
  var laneBytes: Int {
    (console.laneBytes + 7) / 8 * 8 + MemoryLayout<AtariLane>.stride + 3 * TwisterBank.laneBytes
      + stackBytes + keptBytes
  }

  private var stackBytes: Int { plan.isRaw ? 0 : AtariPlan.stack * plan.smallBytes }
  private var keptBytes: Int { plan.isRaw ? 0 : plan.pictureBytes }

  /// - Parameter bytes: `laneBytes` of them, on an eight-byte boundary.
  func saveLane(_ lane: Int, into bytes: UnsafeMutableRawPointer) {
    console.saveLane(lane, into: bytes)
    var next = bytes + (console.laneBytes + 7) / 8 * 8
    next.storeBytes(of: lanes[lane], as: AtariLane.self)
    next += MemoryLayout<AtariLane>.stride
    for bank in [system, environment, noops] {
      bank.save(lane, into: next)
      next += TwisterBank.laneBytes
    }
    next.copyMemory(from: stacks.pointer + lane * stackBytes, byteCount: stackBytes)
    (next + stackBytes).copyMemory(from: kept.pointer + lane * keptBytes, byteCount: keptBytes)
  }

  /// Takes over a lane of any block with the same plan.
  func loadLane(_ lane: Int, from bytes: UnsafeRawPointer) {
    console.loadLane(lane, from: bytes)
    var next = bytes + (console.laneBytes + 7) / 8 * 8
    lanes[lane] = next.load(as: AtariLane.self)
    next += MemoryLayout<AtariLane>.stride
    for bank in [system, environment, noops] {
      bank.load(lane, from: next)
      next += TwisterBank.laneBytes
    }
    UnsafeMutableRawPointer(stacks.pointer + lane * stackBytes)
      .copyMemory(from: next, byteCount: stackBytes)
    UnsafeMutableRawPointer(kept.pointer + lane * keptBytes)
      .copyMemory(from: next + stackBytes, byteCount: keptBytes)
  }
}
