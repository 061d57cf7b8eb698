import Console
import Lanes

/// A lane as bytes: everything its future depends on, its pictures and its stack included.
extension AtariBlock {
  var laneBytes: Int {
    (console.laneBytes + 7) / 8 * 8 + MemoryLayout<AtariLane>.stride + 3 * TwisterBank.laneBytes
      + MemoryLayout<PCG64>.stride + (plan.hearsSound ? BlockSound.bytes : 0) + plan.stackBytes
      + kept.bytes
  }

  /// - Parameter bytes: `laneBytes` of them, on an eight-byte boundary.
  func saveLane(_ lane: Int, into bytes: UnsafeMutableRawPointer) {
    let end = bytes + laneBytes - kept.bytes
    writeKept(lane, into: end.assumingMemoryBound(to: UInt8.self))
    console.saveLane(lane, into: bytes)
    var next = bytes + (console.laneBytes + 7) / 8 * 8
    next.storeBytes(of: lanes[lane], as: AtariLane.self)
    next += MemoryLayout<AtariLane>.stride
    for bank in [system, environment, noops] {
      bank.save(lane, into: next)
      next += TwisterBank.laneBytes
    }
    saveSound(lane, into: next)
    if plan.hearsSound { next += BlockSound.bytes }
    next.storeBytes(of: numbers[lane], as: PCG64.self)
    next += MemoryLayout<PCG64>.stride
    next.copyMemory(from: views[lane].stack, byteCount: plan.stackBytes)
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
    loadSound(lane, from: next)
    if plan.hearsSound { next += BlockSound.bytes }
    numbers[lane] = next.loadUnaligned(as: PCG64.self)
    next += MemoryLayout<PCG64>.stride
    views[lane] = LaneView(stack: ownStacks.pointer + lane * plan.stackBytes)
    UnsafeMutableRawPointer(views[lane].stack).copyMemory(from: next, byteCount: plan.stackBytes)
    UnsafeMutableRawPointer(kept[lane])
      .copyMemory(from: next + plan.stackBytes, byteCount: kept.bytes)
    guard plan.hasSlots else { return }
    views[lane].newest = UnsafePointer(kept[lane])
    views[lane].earlier = UnsafePointer(kept[lane] + plan.pictureBytes)
  }

  /// Swaps a lane with one of another block of the batch.
  func exchange(_ lane: Int, with other: AtariBlock, _ otherLane: Int) {
    console.exchange(lane, with: other.console, otherLane)
    (views[lane], other.views[otherLane]) = (other.views[otherLane], views[lane])
    kept.exchange(lane, with: other.kept, otherLane)
    (lanes[lane], other.lanes[otherLane]) = (other.lanes[otherLane], lanes[lane])
    if plan.hearsSound {
      let (mine, its) = (sound.generators, other.sound.generators)
      (mine[lane], its[otherLane]) = (its[otherLane], mine[lane])
    }
    (numbers[lane], other.numbers[otherLane]) = (other.numbers[otherLane], numbers[lane])
    (ids[lane], other.ids[otherLane]) = (other.ids[otherLane], ids[lane])
    for (mine, its) in [
      (system, other.system), (environment, other.environment), (noops, other.noops),
    ] {
      mine.exchange(lane, with: its, otherLane)
    }
  }
}
