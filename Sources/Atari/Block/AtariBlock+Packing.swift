import CLanes
import Console
import Lanes

/// Where one of the two pictures lies that a lane was shown last, before they were resized.
private enum Source: UInt8 {
  /// The console's newest picture, or its other one.
  case newest, other
  /// Gone from there, and kept.
  case kept
  case black
}

/// A lane's pictures, packed: two bytes for the sources of the two pictures shown last (the same
/// twice: it was one); rows (see `lanes_pack_rows`) of the console's newest picture, of its other one,
/// of what is kept (see `AtariPlan.keptBytes`), and of the stack's pictures, the newest first; with
/// sound, the last act's samples.
extension AtariBlock {
  private typealias Pair = (newest: Source, earlier: Source)

  /// No packed pictures are longer.
  static func mostPackedBytes(_ plan: AtariPlan) -> Int {
    let rows = 2 * plan.height + plan.keptBytes / AtariPlan.width
    let stackRows = plan.isRaw ? 0 : plan.stack * (plan.settings.imageHeight + 8)
    return 64 + rows * (AtariPlan.width + 1) + plan.stackBytes + stackRows + plan.soundBytes
  }

  /// - Returns: bytes written.
  func packPictures(_ lane: Int, into out: UnsafeMutablePointer<UInt8>) -> Int {
    let (newest, other) = console.drawnPictures(lane)
    let sources = sources(lane, newest, other)
    (out[0], out[1]) = (sources.newest.rawValue, sources.earlier.rawValue)
    var count = 2
    func add(
      _ rows: UnsafePointer<UInt8>, like: UnsafePointer<UInt8>?, _ width: Int, _ rowCount: Int
    ) {
      count += Int(lanes_pack_rows(out + count, rows, like, Int64(width), Int64(rowCount)))
    }
    add(newest, like: nil, AtariPlan.width, plan.height)
    add(other, like: newest, AtariPlan.width, plan.height)
    for piece in Self.keptPieces(sources, plan) {
      let rows = piece.count / AtariPlan.width
      add(kept[lane] + piece.lowerBound, like: nil, AtariPlan.width, rows)
    }
    var like: UnsafePointer<UInt8>?
    for index in (0..<(plan.isRaw ? 0 : plan.stack)).reversed() {
      let picture = UnsafePointer(views[lane].stack + index * plan.smallBytes)
      add(picture, like: like, plan.rowBytes, plan.settings.imageHeight)
      like = picture
    }
    if plan.hearsSound { (out + count).update(from: samples(lane), count: plan.soundBytes) }
    return count + plan.soundBytes
  }

  private func sources(
    _ lane: Int, _ newest: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>
  ) -> Pair {
    if plan.isRaw { return (.newest, .newest) }
    func source(_ picture: UnsafePointer<UInt8>?) -> Source {
      picture == newest
        ? .newest : picture == other ? .other : picture == plan.black ? .black : .kept
    }
    func both() -> Pair {
      if views[lane].newest == nil { return (.kept, .kept) }
      return (source(views[lane].newest), source(views[lane].earlier))
    }
    if both().newest == .kept || both().earlier == .kept { keepOld(1 << UInt64(lane)) }
    return both()
  }

  /// The parts of what is kept that count. Where frames have slots each has its own; else it is one
  /// picture, channel by channel.
  private static func keptPieces(_ sources: Pair, _ plan: AtariPlan) -> [Range<Int>] {
    if !plan.hasSlots { return sources.newest == .kept ? [0..<plan.keptBytes] : [] }
    let first = sources.newest == .kept ? [0..<plan.pictureBytes] : []
    return first + (sources.earlier == .kept ? [plan.pictureBytes..<plan.keptBytes] : [])
  }

  /// Takes over packed pictures, after the machine.
  /// - Parameter stack: where the lane's stack is to lie; nil: in the block's own memory.
  func unpackPictures(
    _ lane: Int, from packed: UnsafePointer<UInt8>, stack: UnsafeMutablePointer<UInt8>?
  ) {
    let (newest, other) = console.newPictures(lane)
    let sources = Self.sources(packed)
    var count = 2
    func take(
      _ rows: UnsafeMutablePointer<UInt8>, like: UnsafePointer<UInt8>?, _ width: Int,
      _ rowCount: Int
    ) {
      count += Int(lanes_unpack_rows(rows, packed + count, like, Int64(width), Int64(rowCount)))
    }
    take(newest, like: nil, AtariPlan.width, plan.height)
    take(other, like: UnsafePointer(newest), AtariPlan.width, plan.height)
    for piece in Self.keptPieces(sources, plan) {
      let rows = piece.count / AtariPlan.width
      take(kept[lane] + piece.lowerBound, like: nil, AtariPlan.width, rows)
    }
    if !plan.isRaw {
      let stack = stack ?? ownStacks[lane]
      var like: UnsafePointer<UInt8>?
      for index in (0..<plan.stack).reversed() {
        let picture = stack + index * plan.smallBytes
        take(picture, like: like, plan.rowBytes, plan.settings.imageHeight)
        like = UnsafePointer(picture)
      }
      views[lane] = LaneView(stack: stack)
      views[lane].newest = picture(lane, sources.newest, newest, other, keptAt: 0)
      views[lane].earlier = picture(lane, sources.earlier, newest, other, keptAt: plan.pictureBytes)
    }
    if plan.hearsSound { samples(lane).update(from: packed + count, count: plan.soundBytes) }
  }

  private static func sources(_ packed: UnsafePointer<UInt8>) -> Pair {
    (Source(rawValue: packed[0]) ?? .black, Source(rawValue: packed[1]) ?? .black)
  }

  private func picture(
    _ lane: Int, _ source: Source, _ newest: UnsafeMutablePointer<UInt8>,
    _ other: UnsafeMutablePointer<UInt8>, keptAt offset: Int
  ) -> UnsafePointer<UInt8>? {
    switch source {
    case .newest: UnsafePointer(newest)
    case .other: UnsafePointer(other)
    case .kept: plan.hasSlots ? UnsafePointer(kept[lane] + offset) : nil
    case .black: plan.black
    }
  }

  /// Whether bytes that come from anywhere are packed pictures.
  static func arePictures(_ packed: UnsafeBufferPointer<UInt8>, _ plan: AtariPlan) -> Bool {
    guard packed.count >= 2, max(packed[0], packed[1]) < 4 else { return false }
    let sources = sources(packed.baseAddress!)
    let areKept = (sources.newest == .kept, sources.earlier == .kept)
    if plan.isRaw && (areKept.0 || areKept.1) { return false }
    if !plan.hasSlots && areKept.0 != areKept.1 { return false }
    var count = 2
    func skip(_ width: Int, _ rows: Int) -> Bool {
      guard packed.count - count >= (rows + 7) / 8 else { return false }
      count += Int(lanes_packed_bytes(packed.baseAddress! + count, Int64(width), Int64(rows)))
      return count <= packed.count
    }
    let pieces = keptPieces(sources, plan).map { $0.count / AtariPlan.width }
    for rows in [plan.height, plan.height] + pieces {
      if !skip(AtariPlan.width, rows) { return false }
    }
    for _ in 0..<(plan.isRaw ? 0 : plan.stack) {
      if !skip(plan.rowBytes, plan.settings.imageHeight) { return false }
    }
    return count + plan.soundBytes == packed.count
  }

  /// Moves stacks that lie in somebody's buffers into the block's own memory.
  func keepStacks() {
    if plan.isRaw { return }
    for lane in 0..<count where views[lane].stack != ownStacks[lane] {
      ownStacks[lane].update(from: views[lane].stack, count: plan.stackBytes)
      views[lane].stack = ownStacks[lane]
    }
  }
}
