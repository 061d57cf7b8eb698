import CLanes
import Console
import Lanes

/// What the last picture that was shown, before it was resized, was made of.
private enum Shown: UInt8 {
  /// The console's newest picture.
  case newest
  /// The larger of both, pixel by pixel.
  case both
  /// Pictures that are gone: it is kept itself, in the colours that are shown; where frames have
  /// slots, these.
  case kept
}

/// A lane's pictures, packed: a byte for `Shown`; rows (see `lanes_pack_rows`) of the console's
/// newest picture, of its other one, of what is kept, and of the stack's pictures, the newest first;
/// with sound, the last act's samples.
extension AtariBlock {
  /// No packed pictures are longer.
  static func mostPackedBytes(_ plan: AtariPlan) -> Int {
    let pictures = 2 * plan.pictureBytes + plan.keptBytes
    let rows = pictures / AtariPlan.width + plan.stack * plan.settings.imageHeight
    return 64 + pictures + plan.stackBytes + rows + plan.soundBytes
  }

  /// - Returns: bytes written.
  func packPictures(_ lane: Int, into out: UnsafeMutablePointer<UInt8>) -> Int {
    let (newest, other) = console.drawnPictures(lane)
    let shown = whatIsShown(lane, newest, other)
    out[0] = shown.rawValue
    var count = 1
    func add(
      _ rows: UnsafePointer<UInt8>, like: UnsafePointer<UInt8>?, _ width: Int, _ rowCount: Int
    ) {
      count += Int(lanes_pack_rows(out + count, rows, like, Int64(width), Int64(rowCount)))
    }
    add(newest, like: nil, AtariPlan.width, plan.height)
    add(other, like: newest, AtariPlan.width, plan.height)
    if shown == .kept { add(kept[lane], like: nil, AtariPlan.width, plan.keptRows) }
    if !plan.isRaw { addStack(lane, add) }
    if plan.hearsSound {
      (out + count).update(from: samples(lane), count: plan.soundBytes)
      count += plan.soundBytes
    }
    return count
  }

  private func addStack(
    _ lane: Int,
    _ add: (UnsafePointer<UInt8>, _ like: UnsafePointer<UInt8>?, _ width: Int, _ rows: Int) -> Void
  ) {
    var like: UnsafePointer<UInt8>?
    for index in (0..<plan.stack).reversed() {
      let picture = UnsafePointer(views[lane].stack + index * plan.smallBytes)
      add(picture, like, plan.rowBytes, plan.settings.imageHeight)
      like = picture
    }
  }

  private func whatIsShown(
    _ lane: Int, _ newest: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>
  ) -> Shown {
    if plan.isRaw { return .newest }
    if views[lane].newest == newest && views[lane].earlier == newest { return .newest }
    if views[lane].newest == newest && views[lane].earlier == other { return .both }
    keepOld(1 << UInt64(lane))
    return .kept
  }

  /// Takes over packed pictures, after the machine.
  /// - Parameter stack: where the lane's stack is to lie; nil: in the block's own memory.
  func unpackPictures(
    _ lane: Int, from packed: UnsafePointer<UInt8>, stack: UnsafeMutablePointer<UInt8>?
  ) {
    let (newest, other) = console.newPictures(lane)
    let shown = Shown(rawValue: packed[0]) ?? .newest
    var count = 1
    func take(
      _ rows: UnsafeMutablePointer<UInt8>, like: UnsafePointer<UInt8>?, _ width: Int,
      _ rowCount: Int
    ) {
      count += Int(lanes_unpack_rows(rows, packed + count, like, Int64(width), Int64(rowCount)))
    }
    take(newest, like: nil, AtariPlan.width, plan.height)
    take(other, like: UnsafePointer(newest), AtariPlan.width, plan.height)
    if shown == .kept { take(kept[lane], like: nil, AtariPlan.width, plan.keptRows) }
    if !plan.isRaw {
      let stack = stack ?? ownStack(lane)
      var like: UnsafePointer<UInt8>?
      for index in (0..<plan.stack).reversed() {
        let picture = stack + index * plan.smallBytes
        take(picture, like: like, plan.rowBytes, plan.settings.imageHeight)
        like = UnsafePointer(picture)
      }
      views[lane] = LaneView(stack: stack)
      if shown != .kept {
        views[lane].newest = UnsafePointer(newest)
        views[lane].earlier = UnsafePointer(shown == .both ? other : newest)
      } else if plan.hasSlots {
        views[lane].newest = UnsafePointer(kept[lane])
        views[lane].earlier = UnsafePointer(kept[lane] + plan.pictureBytes)
      }
    }
    if plan.hearsSound { samples(lane).update(from: packed + count, count: plan.soundBytes) }
  }

  /// Whether bytes that come from anywhere are packed pictures.
  static func arePictures(_ packed: UnsafeBufferPointer<UInt8>, _ plan: AtariPlan) -> Bool {
    guard let first = packed.first, let shown = Shown(rawValue: first) else { return false }
    var count = 1
    func skip(_ width: Int, _ rows: Int) -> Bool {
      guard packed.count - count >= (rows + 7) / 8 else { return false }
      count += Int(lanes_packed_bytes(packed.baseAddress! + count, Int64(width), Int64(rows)))
      return count <= packed.count
    }
    if plan.isRaw && shown == .kept { return false }
    for _ in 0..<2 where !skip(AtariPlan.width, plan.height) { return false }
    if shown == .kept && !skip(AtariPlan.width, plan.keptRows) { return false }
    for _ in 0..<(plan.isRaw ? 0 : plan.stack)
    where !skip(plan.rowBytes, plan.settings.imageHeight) { return false }
    return count + plan.soundBytes == packed.count
  }

  private func ownStack(_ lane: Int) -> UnsafeMutablePointer<UInt8> {
    ownStacks.pointer + lane * plan.stackBytes
  }

  /// Moves stacks that lie in somebody's buffers into the block's own memory.
  func keepStacks() {
    if plan.isRaw { return }
    for lane in 0..<count where views[lane].stack != ownStack(lane) {
      ownStack(lane).update(from: views[lane].stack, count: plan.stackBytes)
      views[lane].stack = ownStack(lane)
    }
  }
}
