import CLanes

/// What the end of a scanline changes in what is visible, [Visible.count][64]: a reset player shows
/// all its copies again, and the playfield takes over a mirror bit that came too late for the line.
///
/// The beam and the painter both pass line ends, each in its own time.
enum LineEnd {
  /// Bit of the players' modes that leaves the first copy out until then, and the rest of them.
  private static let (skip, copies): (UInt8, UInt8) = (8, 7)

  /// Lanes in which a line's end changes something.
  @inline(__always)
  static func isAwaited(in visible: UnsafeMutablePointer<UInt8>) -> UInt64 {
    let modes = lanes_or(load(row(visible, .p0mode)), load(row(visible, .p1mode)))
    let skipping = lanes_nonzero(lanes_and(modes, lanes_splat(skip)))
    return skipping | ~lanes_equal(load(row(visible, .reflect)), load(row(visible, .reflectNext)))
  }

  /// - Parameter changed: is told the components that change.
  @inline(__always)
  static func pass(
    _ visible: UnsafeMutablePointer<UInt8>, _ lanes: UInt64, _ changed: (Visible) -> Void
  ) {
    endSkip(.p0mode, visible, lanes, changed)
    endSkip(.p1mode, visible, lanes, changed)
    let (reflect, next) = (row(visible, .reflect), load(row(visible, .reflectNext)))
    if ~lanes_equal(load(reflect), next) & lanes == 0 { return }
    store(next, reflect, where: lanes)
    changed(.reflect)
  }

  @inline(__always)
  private static func endSkip(
    _ mode: Visible, _ visible: UnsafeMutablePointer<UInt8>, _ lanes: UInt64,
    _ changed: (Visible) -> Void
  ) {
    let modes = row(visible, mode)
    let skipping = lanes_nonzero(lanes_and(load(modes), lanes_splat(skip))) & lanes
    if skipping == 0 { return }
    store(lanes_and(load(modes), lanes_splat(copies)), modes, where: skipping)
    changed(mode)
  }

  @inline(__always)
  private static func row(
    _ visible: UnsafeMutablePointer<UInt8>, _ component: Visible
  ) -> UnsafeMutablePointer<UInt8> { visible + component.rawValue * 64 }
}
