import CLanes
import Console
import Environment
import Glibc
import Lanes
import Pixels

/// How a lane is seen.
struct LaneView {
  /// Where the lane's last observation lies: a stack of pictures, the oldest first. Mostly in the
  /// column that the last step wrote to; never where others may write.
  var stack: UnsafeMutablePointer<UInt8>
  /// Rows in which the second, third and fourth picture may differ from the one before.
  var changes = (RowSet.all, RowSet.all, RowSet.all)
  /// The console's pictures that the newest of the stack was made of; nil: they are gone, and what
  /// was kept of them counts. Where frames have slots, these are they.
  var newest, earlier: UnsafePointer<UInt8>?
}

/// From the console's pictures to the stack of small grey ones.
extension AtariBlock {
  /// Puts what counts of the last two frames of a step into the stacks of the mask's lanes.
  /// - Parameter hidden: lanes whose picture nobody is shown.
  func keepFrames(
    _ mask: UInt64, hidden: UInt64 = 0, into rows: AtariRows, _ scratch: AtariScratch
  ) {
    var newest: UInt64 = 0
    var earlier: UInt64 = 0
    forEachLane(mask) { lane in
      let state = lanes.pointer[lane]
      if state.keepsLast { newest |= 1 << UInt64(lane) }
      if state.keepsEarlier && plan.settings.maxPool { earlier |= 1 << UInt64(lane) }
    }
    // The step has ended with its last frame but one, which counts: it is the newest.
    let alone = plan.manner.frames == .untilEnd ? 0 : earlier & ~newest
    newest |= alone
    earlier &= ~alone
    keepOld(plan.hasSlots ? alone : earlier & ~newest)
    console.drawPictures(newest: newest, earlier: earlier)
    let began = lanes_ticks()
    forEachLane(hidden) { fillSlots($0, pooled: newest & earlier, alone: alone) }
    let pooled = newest & earlier & ~hidden
    var next = pooled == 0 ? RowSet.none : prefetch(pooled.trailingZeroBitCount, scratch)
    forEachLane(mask & ~hidden) { lane in
      let bit: UInt64 = 1 << UInt64(lane)
      let wanted = pooled & bit == 0 ? .all : next
      let later = pooled & ~(bit | (bit &- 1))
      if pooled & bit != 0 && later != 0 { next = prefetch(later.trailingZeroBitCount, scratch) }
      let picture = shiftStack(lane, into: rows)
      if plan.hasSlots && (newest & ~alone) & bit == 0 {
        fillSlots(lane, pooled: pooled, alone: alone)
        showSlots(lane, in: picture, scratch)
      } else if newest & bit != 0 {
        show(lane, wanted, pooled: pooled & bit != 0, in: picture, scratch)
      } else if earlier & bit != 0 {
        poolEarlier(lane, in: picture, scratch)
      }
      publish(lane, to: rows)
    }
    resizing &+= lanes_ticks() &- began
  }

  /// Where the lane's next stack is written: straight into its row, unless others may write there.
  func stack(_ lane: Int, in rows: AtariRows) -> UnsafeMutablePointer<UInt8> {
    rows.isShared ? ownStacks[lane] : rows.observation(lane: id(lane))
  }

  /// Copies the stack to where the caller looks, if it is not there.
  func publish(_ lane: Int, to rows: AtariRows) {
    if !rows.isShared { return }
    let row = rows.observation(lane: id(lane))
    if rows.exceedsCaches {
      lanes_stream(row, views[lane].stack, Int64(plan.stackBytes))
    } else {
      memcpy(row, views[lane].stack, plan.stackBytes)
    }
  }

  /// The stack of a lane whose episode begins with its newest picture.
  func beginStack(_ lane: Int, into rows: AtariRows, _ scratch: AtariScratch) {
    let older = plan.stackBytes - plan.smallBytes
    let fills = lanes.pointer[lane].fillsStack || !plan.manner.padsWithFirst
    if !fills { _ = shiftStack(lane, into: rows) }
    let stack = stack(lane, in: rows)
    defer { publish(lane, to: rows) }
    if !lanes.pointer[lane].showsOpening { showFirst(lane, in: stack + older, scratch) }
    if !fills { return }
    views[lane].stack = stack
    if !plan.manner.padsWithFirst {
      memset(stack, 0, older)
      views[lane].changes = (.none, .none, .all)
    } else {
      for place in 0..<plan.stack - 1 {
        memcpy(stack + place * plan.smallBytes, stack + older, plan.smallBytes)
      }
      views[lane].changes = (.none, .none, .none)
    }
  }

  /// An episode's first picture.
  private func showFirst(
    _ lane: Int, in picture: UnsafeMutablePointer<UInt8>, _ scratch: AtariScratch
  ) {
    guard case .slots(let clears) = plan.manner.frames else {
      return show(lane, .all, pooled: false, in: picture, scratch)
    }
    let newest = console.picture(lane: lane)
    lanes.pointer[lane].keptIsPooled = false
    views[lane].changes.2 = .all
    resize(newest, newest, .all, in: picture, scratch)
    if clears { (views[lane].newest, views[lane].earlier) = (plan.black, newest) }
  }

  // MARK: Slots

  /// Puts the frames of a step into the lane's slots: both, or the last but one alone, or none.
  private func fillSlots(_ lane: Int, pooled: UInt64, alone: UInt64) {
    let bit: UInt64 = 1 << UInt64(lane)
    if pooled & bit != 0 {
      views[lane].newest = console.picture(lane: lane)
      views[lane].earlier = console.earlierPicture(lane: lane)
    } else if alone & bit != 0 {
      views[lane].earlier = console.picture(lane: lane)
    }
  }

  private func showSlots(
    _ lane: Int, in picture: UnsafeMutablePointer<UInt8>, _ scratch: AtariScratch
  ) {
    guard let newest = views[lane].newest, let earlier = views[lane].earlier else { return }
    lanes.pointer[lane].keptIsPooled = false
    views[lane].changes.2 = .all
    resize(newest, earlier, .all, in: picture, scratch)
  }

  /// Copies what the slots point to, before the console's pictures are drawn over.
  func keepSlots(_ lane: Int) {
    guard let newest = views[lane].newest, let earlier = views[lane].earlier else { return }
    let bytes = plan.pictureBytes
    let places = (kept[lane], kept[lane] + bytes)
    if newest != plan.black { places.0.update(from: newest, count: bytes) }
    if earlier != plan.black { places.1.update(from: earlier, count: bytes) }
    if newest != plan.black { views[lane].newest = UnsafePointer(places.0) }
    if earlier != plan.black { views[lane].earlier = UnsafePointer(places.1) }
  }

  /// The observation of a preset without preprocessing.
  func write(_ lane: Int, into bytes: UnsafeMutablePointer<UInt8>) {
    if plan.settings.observation == .ram {
      for row in 0..<128 { bytes[row] = console.ram[row * ConsoleBlock.lanes + lane] }
      return
    }
    let picture = console.picture(lane: lane)
    if plan.settings.observation == .palette {
      return bytes.update(from: picture, count: plan.pictureBytes)
    }
    let (tables, channels) = (plan.tables.pointer, plan.channels)
    for pixel in 0..<plan.pictureBytes {
      for channel in 0..<channels {
        bytes[pixel * channels + channel] = tables[channel * 256 + Int(picture[pixel])]
      }
    }
  }

  /// Moves the pictures of the last observation on by one; the newest one stays last, too.
  /// - Returns: where it lies.
  private func shiftStack(
    _ lane: Int, into rows: AtariRows
  ) -> UnsafeMutablePointer<UInt8> {
    let small = plan.smallBytes
    let (stack, old) = (stack(lane, in: rows), views[lane].stack)
    let changes = views[lane].changes
    let last = stack + plan.stackBytes - small
    if stack == old && plan.stack == 4 && !plan.isPlanar {
      copyRows(changes.0, from: stack + small, to: stack)
      copyRows(changes.1, from: stack + 2 * small, to: stack + small)
      copyRows(changes.2, from: stack + 3 * small, to: stack + 2 * small)
    } else if plan.stack > 1 {
      memmove(stack, old + small, plan.stackBytes - small)
      memcpy(last, last - small, small)
    } else if stack != old {
      memcpy(stack, old, small)
    }
    views[lane].stack = stack
    views[lane].changes = (changes.1, changes.2, .none)
    return last
  }

  private func copyRows(
    _ rows: RowSet, from: UnsafeMutablePointer<UInt8>, to: UnsafeMutablePointer<UInt8>
  ) {
    let (bytes, height) = (plan.rowBytes, plan.settings.imageHeight)
    // A length that the compiler knows needs no call.
    if bytes == 84 {
      rows.forEach(below: height) { memcpy(to + $0 * 84, from + $0 * 84, 84) }
    } else {
      rows.forEach(below: height) { memcpy(to + $0 * bytes, from + $0 * bytes, bytes) }
    }
  }

  /// Has fetched into the caches what `show` will read, while the lane before it is resized.
  /// - Returns: rows of the small picture that may change.
  private func prefetch(_ lane: Int, _ scratch: AtariScratch) -> RowSet {
    let (newest, earlier) = (console.picture(lane: lane), console.earlierPicture(lane: lane))
    let changed = console.takeChangedRows(lane: lane)
    let isKnown = lanes.pointer[lane].keptIsPooled && console.continued & 1 << UInt64(lane) == 0
    let wanted = plan.resizer.wanted(changed: isKnown ? changed : .all)
    var ahead = AreaResize.Ahead(plan.pooled(newest, earlier), wanted: wanted)
    if plan.stack == 4 && !plan.isPlanar {
      // As `shiftStack` will.
      let changes = views[lane].changes
      ahead.moved = changes.0.union(changes.1).union(changes.2).union(wanted)
      (ahead.results, ahead.count) = (UnsafePointer(views[lane].stack), plan.stack)
    }
    scratch.resize.ahead = ahead
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
    resize(newest, earlier, rows, in: picture, scratch)
  }

  private func resize(
    _ newest: UnsafePointer<UInt8>, _ earlier: UnsafePointer<UInt8>, _ rows: RowSet,
    in picture: UnsafeMutablePointer<UInt8>, _ scratch: AtariScratch
  ) {
    for channel in 0..<plan.channels {
      let pooled = plan.pooled(newest, earlier, channel: channel)
      resize(pooled, channel, rows, in: picture, scratch)
    }
  }

  /// One channel of a small picture; a lone one is resized into its place.
  private func resize(
    _ pooled: PooledPicture, _ channel: Int, _ rows: RowSet,
    in picture: UnsafeMutablePointer<UInt8>, _ scratch: AtariScratch
  ) {
    let plane = plan.channels == 1 ? picture : scratch.plane.pointer
    plan.resizer.resize(pooled, wanted: rows, into: plane, scratch: scratch.resize)
    if plan.channels == 1 { return }
    let width = plan.settings.imageWidth
    let size = plan.smallBytes / plan.channels
    let (first, step) = plan.isPlanar ? (channel * size, 1) : (channel, plan.channels)
    rows.forEach(below: plan.settings.imageHeight) { row in
      for pixel in row * width..<(row + 1) * width { picture[first + pixel * step] = plane[pixel] }
    }
  }

  /// Pools the frame before the newest into what was kept: the step stopped in its last frame.
  private func poolEarlier(
    _ lane: Int, in picture: UnsafeMutablePointer<UInt8>, _ scratch: AtariScratch
  ) {
    let earlier = console.earlierPicture(lane: lane)
    lanes.pointer[lane].keptIsPooled = false
    views[lane].changes.2 = .all
    for channel in 0..<plan.channels {
      let plane = kept[lane] + channel * plan.pictureBytes
      let table = plan.tables.pointer + channel * 256
      for pixel in 0..<plan.pictureBytes {
        plane[pixel] = max(plane[pixel], table[Int(earlier[pixel])])
      }
      resize(plan.resizer.plain(plane), channel, .all, in: picture, scratch)
    }
  }

  /// Keeps what the last step showed, before the console's pictures are drawn over.
  func keepOld(_ mask: UInt64) {
    forEachLane(mask) { lane in
      if views[lane].newest == nil { return }
      if plan.hasSlots { return keepSlots(lane) }
      writeKept(lane, into: kept[lane])
      views[lane].newest = nil
    }
  }

  /// The picture that the last step showed, before it was resized: [channels][height][160].
  func writeKept(_ lane: Int, into grey: UnsafeMutablePointer<UInt8>) {
    guard let newest = views[lane].newest, let earlier = views[lane].earlier else {
      return grey.update(from: kept[lane], count: kept.bytes)
    }
    if plan.hasSlots {
      grey.update(from: newest, count: plan.pictureBytes)
      return (grey + plan.pictureBytes).update(from: earlier, count: plan.pictureBytes)
    }
    for channel in 0..<plan.channels {
      plan.pooled(newest, earlier, channel: channel)
        .write(0, plan.pictureBytes, into: grey + channel * plan.pictureBytes)
    }
  }
}
