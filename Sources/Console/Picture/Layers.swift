import CLanes

/// The TIA's objects and the layers they form, 64 lanes at a time; found anew when asked for.
final class Layers {
  private let storage = Storage()
  /// [6 objects][3 words][64].
  private let objects: UnsafeMutablePointer<UInt64>
  /// See `lanes_arrange`.
  let pixels: UnsafeMutablePointer<UInt64>
  let colours: UnsafeMutablePointer<UInt8>
  /// A bit for each of `Object`, and one for their order and colours.
  private var stale: UInt8 = .max
  /// Objects that look different in parts of the row.
  private var spliced: UInt8 = 0
  private let changed: UnsafeMutablePointer<UInt64>
  private let marks: UnsafeMutablePointer<UInt8>

  init() {
    objects = storage.rows(18)
    pixels = storage.rows(9)
    colours = storage.rows(4)
    changed = storage.rows(3)
    marks = storage.make(Visible.count)
    for component in Visible.allCases {
      let isApart = component == .reflectNext || component == .hmoveBlank
      let object = component.object.map { UInt8(1) << UInt8($0.rawValue) } ?? 0
      marks[component.rawValue] = isApart ? 0 : object | 0x40
    }
  }

  func invalidate() { stale = .max }

  /// The component has changed.
  @inline(__always)
  func touch(_ component: Int) { stale |= marks[component] }

  /// - Parameter values: [Visible.count][64].
  @inline(__always)
  func arrange(_ values: UnsafeMutablePointer<UInt8>) {
    if stale != 0 { rearrange(values) }
  }

  /// The component changes at the clocks, in lanes that are being painted: `values` have it already.
  /// - Parameter origin: clock of the row's first pixel.
  func splice(
    _ object: Object, _ values: UnsafeMutablePointer<UInt8>, _ lanes: UInt64,
    at clocks: UnsafeMutablePointer<UInt16>, origin: UInt16
  ) {
    spliced |= 1 << UInt8(object.rawValue)
    if lanes == 0 { return }
    stale |= 0x40
    object.fill(changed, values)
    lanes_splice(objects + object.rawValue * 192, changed, clocks, origin, lanes)
  }

  func endRow() {
    if spliced == 0 { return }
    stale |= spliced | 0x40
    spliced = 0
  }

  @inline(never)
  private func rearrange(_ values: UnsafeMutablePointer<UInt8>) {
    for object in 0..<6 where stale & 1 << UInt8(object) != 0 {
      Object(rawValue: object)!.fill(objects + object * 192, values)
    }
    stale = 0
    lanes_arrange(pixels, colours, objects, values)
  }
}

enum Object: Int, CaseIterable {
  case player0, player1, missile0, missile1, ball, playfield

  /// Its pixels, [3 words][64], from [Visible.count][64].
  @inline(never)
  func fill(_ row: UnsafeMutablePointer<UInt64>, _ values: UnsafeMutablePointer<UInt8>) {
    func visible(_ component: Visible) -> UnsafeMutablePointer<UInt8> {
      values + component.rawValue * 64
    }
    switch self {
    case .player0: lanes_player_row(row, load(visible(.grp0)), visible(.p0mode), visible(.p0x))
    case .player1: lanes_player_row(row, load(visible(.grp1)), visible(.p1mode), visible(.p1x))
    case .missile0: lanes_missile_row(row, visible(.m0shape), visible(.m0x))
    case .missile1: lanes_missile_row(row, visible(.m1shape), visible(.m1x))
    case .ball: lanes_missile_row(row, visible(.blshape), visible(.blx))
    case .playfield:
      lanes_playfield_row(
        row, load(visible(.pf0)), load(visible(.pf1)), load(visible(.pf2)), visible(.reflect))
    }
  }
}

extension Visible {
  /// The object whose pixels depend on it.
  var object: Object? {
    switch self {
    case .pf0, .pf1, .pf2, .reflect: .playfield
    case .grp0, .p0x, .p0mode: .player0
    case .grp1, .p1x, .p1mode: .player1
    case .m0x, .m0shape: .missile0
    case .m1x, .m1shape: .missile1
    case .blx, .blshape: .ball
    default: nil
    }
  }
}
