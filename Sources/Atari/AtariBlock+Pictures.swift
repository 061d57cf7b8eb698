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
    let width = AtariPlan.width
    let newest = console.picture(lane: lane)
    let earlier = pooled ? console.earlierPicture(lane: lane) : newest
    let grey = keptPicture(lane)
    for row in 0..<plan.height {
      let (a, b, out) = (newest + row * width, earlier + row * width, grey + row * width)
      if row > 0 && isSame(a, a - width) && (!pooled || isSame(b, b - width)) {
        out.update(from: out - width, count: width)
      } else if !pooled || isSame(a, b) {
        lookUp(a, into: out)
      } else {
        lookUpLarger(a, b, into: out)
      }
    }
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

  @inline(__always)
  private func isSame(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>) -> Bool {
    var difference: UInt8 = 0
    for pixel in 0..<AtariPlan.width { difference |= a[pixel] ^ b[pixel] }
    return difference == 0
  }

  @inline(__always)
  private func lookUp(_ row: UnsafePointer<UInt8>, into out: UnsafeMutablePointer<UInt8>) {
    let table = plan.grey.pointer
    for pixel in 0..<AtariPlan.width { out[pixel] = table[Int(row[pixel])] }
  }

  @inline(__always)
  private func lookUpLarger(
    _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, into out: UnsafeMutablePointer<UInt8>
  ) {
    let table = plan.grey.pointer
    for pixel in 0..<AtariPlan.width {
      out[pixel] = max(table[Int(a[pixel])], table[Int(b[pixel])])
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
