import CLanes
import Console
import Environment
import Foundation
import Lanes

/// From the console's pictures to the stack of small grey ones.
extension AtariBlock {
  /// Keeps what counts of the last two frames of a step, in the lanes of the mask, and puts it
  /// into their stacks.
  func keepFrames(_ mask: UInt64, into buffers: StepBuffers, _ scratch: AtariScratch) {
    var newest: UInt64 = 0
    var earlier: UInt64 = 0
    forEachLane(mask) { lane in
      let state = lanes.pointer[lane]
      if state.keepsLast { newest |= 1 << UInt64(lane) }
      if state.keepsEarlier && plan.settings.maxPool { earlier |= 1 << UInt64(lane) }
    }
    console.drawPictures(newest: newest, earlier: earlier)
    var now = lanes_ticks()
    forEachLane(mask) { lane in
      let bit: UInt64 = 1 << UInt64(lane)
      let changed = keepFrames(lane, newest: newest & bit != 0, earlier: earlier & bit != 0)
      let kept = lanes_ticks()
      push(lane, changed, into: buffers, scratch)
      pooling &+= kept &- now
      now = lanes_ticks()
      resizing &+= now &- kept
    }
  }

  /// A step that stopped keeps what it had: its picture is normally the one before.
  /// - Returns: the rows that have changed.
  private func keepFrames(_ lane: Int, newest: Bool, earlier: Bool) -> RowSet {
    if newest { return keepPicture(lane, pooled: earlier) }
    if !earlier { return .none }
    poolEarlier(lane)
    lanes.pointer[lane].keptIsPooled = false
    return .all
  }

  /// Keeps the newest frame in grey, or the larger of it and the one before, pixel by pixel.
  /// - Returns: the rows that may have changed.
  func keepPicture(_ lane: Int, pooled: Bool) -> RowSet {
    let newest = console.picture(lane: lane)
    let earlier = pooled ? console.earlierPicture(lane: lane) : newest
    let changed = console.takeChangedRows(lane: lane)
    let rows = pooled && lanes.pointer[lane].keptIsPooled ? changed : .all
    lanes.pointer[lane].keptIsPooled = pooled
    let kept = self.kept[lane]
    rows.forEach(below: plan.height) { row in
      let offset = row * AtariPlan.width
      lanes_look_up_larger(
        kept + offset, newest + offset, earlier + offset, plan.grey.pointer,
        Int64(AtariPlan.width))
    }
    return rows
  }

  /// Pools the frame before the newest into what was kept: the step stopped in its last frame.
  private func poolEarlier(_ lane: Int) {
    let earlier = console.earlierPicture(lane: lane)
    let grey = kept[lane]
    let table = plan.grey.pointer
    for pixel in 0..<plan.pictureBytes {
      grey[pixel] = max(grey[pixel], table[Int(earlier[pixel])])
    }
  }

  /// Resizes the kept picture and puts it behind those of the lane's last observation.
  /// - Parameter changed: rows in which it differs from what was put there last.
  func push(
    _ lane: Int, _ changed: RowSet, into buffers: StepBuffers, _ scratch: AtariScratch
  ) {
    let small = plan.smallBytes
    let older = (AtariPlan.stack - 1) * small
    let stack = buffers.observation(lane: id(lane))
    memmove(stack, stacks[lane] + small, older)
    stacks[lane] = stack
    if changed != .all { memcpy(stack + older, stack + older - small, small) }
    plan.resizer.resize(
      UnsafePointer(kept[lane]), changed: changed, into: stack + older, scratch: scratch.resize)
  }

  /// The stack of a lane whose episode begins: black but for its first picture.
  func beginStack(_ lane: Int, into buffers: StepBuffers, _ scratch: AtariScratch) {
    stacks[lane] = buffers.observation(lane: id(lane))
    memset(stacks[lane], 0, plan.stackBytes)
    push(lane, keepPicture(lane, pooled: false), into: buffers, scratch)
  }
}
