import CLanes
import Console
import Lanes

/// From the console's pictures to the stack of small grey ones.
extension AtariBlock {
  private func keptPicture(_ lane: Int) -> UnsafeMutablePointer<UInt8> {
    kept.pointer + lane * plan.pictureBytes
  }

  /// Keeps what counts of the last two frames of a step. A step that stopped keeps what it had: its
  /// picture is normally the one before.
  func keepFrames(_ lane: Int) {
    let state = lanes.pointer[lane]
    let pools = plan.settings.maxPool && state.keepsEarlier
    if state.keepsLast {
      keepPicture(lane, pooled: pools)
    } else if pools {
      poolEarlier(lane)
    }
  }

  /// Keeps the newest frame in grey, or the larger of it and the one before, pixel by pixel.
  ///
  /// Most rows equal the row above, and most rows of the two frames are the same.
  func keepPicture(_ lane: Int, pooled: Bool) {
    let newest = console.picture(lane: lane)
    let earlier = pooled ? console.earlierPicture(lane: lane) : newest
    lanes_look_up_larger(
      keptPicture(lane), newest, earlier, plan.grey.pointer, Int64(plan.pictureBytes))
  }

  /// Pools the frame before the newest into what was kept: the step stopped in its last frame.
  private func poolEarlier(_ lane: Int) {
    let earlier = console.earlierPicture(lane: lane)
    let grey = keptPicture(lane)
    let table = plan.grey.pointer
    for pixel in 0..<plan.pictureBytes {
      grey[pixel] = max(grey[pixel], table[Int(earlier[pixel])])
    }
  }

  /// Resizes the kept picture and puts it into the stack.
  func push(_ lane: Int, _ scratch: AtariScratch) {
    let slot = Int(lanes.pointer[lane].slot)
    let stack = stacks.pointer + (lane * AtariPlan.stack + slot) * plan.smallBytes
    let picture = UnsafePointer(keptPicture(lane))
    plan.resizer.resize(picture, into: stack, scratch: scratch.resize)
    lanes.pointer[lane].slot = Int32((slot + 1) % AtariPlan.stack)
  }
}
