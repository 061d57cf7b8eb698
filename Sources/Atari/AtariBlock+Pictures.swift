import CLanes
import Console
import Environment
import Foundation
import Lanes
import Pixels

/// How a lane is seen.
struct LaneView {
  /// Where the lane's last observation lies: a stack of pictures, the oldest first. Mostly in the
  /// buffers of the last step.
  var stack: UnsafeMutablePointer<UInt8>
  /// Rows in which the second, third and fourth picture may differ from the one before.
  var changes = (RowSet.all, RowSet.all, RowSet.all)
  /// The console's pictures that the newest of the stack was made of; nil: they are gone, and what
  /// was kept of them counts.
  var newest, earlier: UnsafePointer<UInt8>?
}

/// From the console's pictures to the stack of small grey ones.
extension AtariBlock {
  /// Puts what counts of the last two frames of a step into the stacks of the mask's lanes.
  func keepFrames(_ mask: UInt64, into buffers: StepBuffers, _ scratch: AtariScratch) {
    var newest: UInt64 = 0
    var earlier: UInt64 = 0
    forEachLane(mask) { lane in
      let state = lanes.pointer[lane]
      if state.keepsLast { newest |= 1 << UInt64(lane) }
      if state.keepsEarlier && plan.settings.maxPool { earlier |= 1 << UInt64(lane) }
    }
    keepOld(earlier & ~newest)
    console.drawPictures(newest: newest, earlier: earlier)
    let began = lanes_ticks()
    let pooled = newest & earlier
    var next = pooled == 0 ? RowSet.none : prefetch(pooled.trailingZeroBitCount)
    forEachLane(mask) { lane in
      let bit: UInt64 = 1 << UInt64(lane)
      let wanted = pooled & bit == 0 ? .all : next
      let later = pooled & ~(bit | (bit &- 1))
      if pooled & bit != 0 && later != 0 { next = prefetch(later.trailingZeroBitCount) }
      let picture = shiftStack(lane, into: buffers)
      if newest & bit != 0 {
        show(lane, wanted, pooled: pooled & bit != 0, in: picture, scratch)
      } else if earlier & bit != 0 {
        poolEarlier(lane, in: picture, scratch)
      }
    }
    resizing &+= lanes_ticks() &- began
  }

  /// The stack of a lane whose episode begins: black but for its first picture.
  func beginStack(_ lane: Int, into buffers: StepBuffers, _ scratch: AtariScratch) {
    let stack = buffers.observation(lane: id(lane))
    memset(stack, 0, plan.stackBytes)
    views[lane].stack = stack
    views[lane].changes = (.none, .none, .all)
    lanes.pointer[lane].keptIsPooled = false
    show(lane, .all, pooled: false, in: stack + (AtariPlan.stack - 1) * plan.smallBytes, scratch)
  }

  /// Moves the pictures of the last observation on by one; the newest one stays last, too.
  /// - Returns: where it lies.
  private func shiftStack(
    _ lane: Int, into buffers: StepBuffers
  ) -> UnsafeMutablePointer<UInt8> {
    let small = plan.smallBytes
    let (stack, old) = (buffers.observation(lane: id(lane)), views[lane].stack)
    let changes = views[lane].changes
    if stack == old {
      copyRows(changes.0, from: stack + small, to: stack)
      copyRows(changes.1, from: stack + 2 * small, to: stack + small)
      copyRows(changes.2, from: stack + 3 * small, to: stack + 2 * small)
    } else {
      memmove(stack, old + small, 3 * small)
      memcpy(stack + 3 * small, stack + 2 * small, small)
    }
    views[lane].stack = stack
    views[lane].changes = (changes.1, changes.2, .none)
    return stack + 3 * small
  }

  private func copyRows(
    _ rows: RowSet, from: UnsafeMutablePointer<UInt8>, to: UnsafeMutablePointer<UInt8>
  ) {
    rows.forEach(below: AtariPlan.side) { row in
      memcpy(to + row * AtariPlan.side, from + row * AtariPlan.side, AtariPlan.side)
    }
  }

  /// Fetches into the caches what `show` will read.
  /// - Returns: rows of the small picture that may change.
  private func prefetch(_ lane: Int) -> RowSet {
    let (newest, earlier) = (console.picture(lane: lane), console.earlierPicture(lane: lane))
    let changed = console.takeChangedRows(lane: lane)
    let isKnown = lanes.pointer[lane].keptIsPooled && console.continued & 1 << UInt64(lane) == 0
    let wanted = plan.resizer.wanted(changed: isKnown ? changed : .all)
    plan.resizer.prefetch(
      PooledPicture(newest, earlier, table: plan.grey.pointer), wanted: wanted)
    return wanted
  }

  /// Shows the newest frame in grey, or the larger of it and the one before, pixel by pixel.
  /// - Parameter rows: of the small picture, that may change.
  private func show(
    _ lane: Int, _ rows: RowSet, pooled: Bool, in picture: UnsafeMutablePointer<UInt8>,
    _ scratch: AtariScratch
  ) {
    let newest = console.picture(lane: lane)
    let earlier = pooled ? console.earlierPicture(lane: lane) : newest
    lanes.pointer[lane].keptIsPooled = pooled && console.continued & 1 << UInt64(lane) == 0
    views[lane].newest = newest
    views[lane].earlier = earlier
    views[lane].changes.2 = rows
    plan.resizer.resize(
      PooledPicture(newest, earlier, table: plan.grey.pointer), wanted: rows, into: picture,
      scratch: scratch.resize)
  }

  /// Pools the frame before the newest into what was kept: the step stopped in its last frame.
  private func poolEarlier(
    _ lane: Int, in picture: UnsafeMutablePointer<UInt8>, _ scratch: AtariScratch
  ) {
    let earlier = console.earlierPicture(lane: lane)
    let grey = kept[lane]
    let table = plan.grey.pointer
    for pixel in 0..<plan.pictureBytes {
      grey[pixel] = max(grey[pixel], table[Int(earlier[pixel])])
    }
    lanes.pointer[lane].keptIsPooled = false
    views[lane].changes.2 = .all
    plan.resizer.resize(grey, into: picture, scratch: scratch.resize)
  }

  /// Keeps what the last step showed, before the console's pictures are drawn over.
  func keepOld(_ mask: UInt64) {
    forEachLane(mask) { lane in
      if views[lane].newest == nil { return }
      writeKept(lane, into: kept[lane])
      views[lane].newest = nil
    }
  }

  /// The picture that the last step showed, before it was resized: [height][160].
  func writeKept(_ lane: Int, into grey: UnsafeMutablePointer<UInt8>) {
    guard let newest = views[lane].newest, let earlier = views[lane].earlier else {
      return grey.update(from: kept[lane], count: kept.bytes)
    }
    PooledPicture(newest, earlier, table: plan.grey.pointer).write(0, plan.pictureBytes, into: grey)
  }
}
