import Lanes

/// Random draws, NumPy's and in the original's order.
extension Level {
  /// A number of the range.
  public func draw(_ range: Range<Int>) -> Int {
    range.lowerBound + Int(random.next(below: UInt32(range.count)))
  }

  /// `_rand_bool`: true for 0.
  public func flip() -> Bool { random.next(below: 2) == 0 }

  public func drawColour() -> Colour { Colour.alphabetical[draw(0..<6)] }

  public func draw<Choice>(_ one: Choice, _ two: Choice) -> Choice {
    random.next(below: 2) == 0 ? one : two
  }

  public func draw<Choice>(_ one: Choice, _ two: Choice, _ three: Choice) -> Choice {
    switch random.next(below: 3) {
    case 0: one
    case 1: two
    default: three
    }
  }

  /// Key, ball or box.
  public func drawKind() -> Kind { draw(.key, .ball, .box) }

  func drawPlace(_ x: Range<Int>, _ y: Range<Int>) -> Place {
    let column = draw(x)
    return Place(column, draw(y))
  }

  func draw<Element>(_ list: Few<Element>) -> Element { list[draw(0..<list.count)] }

  /// `_rand_subset`: distinct elements, in the order of the draws.
  func draw<Element>(_ count: Int, of list: Few<Element>) -> Few<Element> {
    var (rest, drawn) = (list, list)
    drawn.shorten(to: 0)
    for _ in 0..<count { drawn.append(rest.remove(at: draw(0..<rest.count))) }
    return drawn
  }

  /// Distinct colours.
  func drawColours(_ count: Int) -> Few<Colour> {
    var all = Few<Colour>(.red)
    for colour in Colour.alphabetical { all.append(colour) }
    return draw(count, of: all)
  }

  /// NumPy's `shuffle` of a list: from the end, masked draws.
  func shuffle<Element>(_ list: inout Few<Element>) {
    for index in stride(from: list.count - 1, to: 0, by: -1) {
      list.swap(index, Int(random.masked(UInt32(index))))
    }
  }

  // MARK: Placing

  /// Draws free cells of the rectangle, where no agent is, until one suits.
  /// - Parameters:
  ///   - tries: after so many and one more the draft is rejected.
  ///   - refuses: what does not suit.
  func findPlace(
    _ top: Place, _ size: (width: Int, height: Int), tries: Int = .max,
    refuses: (Place) -> Bool = { _ in false }
  ) throws(Rejected) -> Place {
    let (x, y) = (max(top.x, 0), max(top.y, 0))
    let columns = x..<min(x + size.width, width)
    let rows = y..<min(y + size.height, height)
    var tried = 0
    while tried <= tries {
      tried += 1
      let place = drawPlace(columns, rows)
      if self[place].isEmpty && place != agent && !refuses(place) { return place }
    }
    throw Rejected()
  }

  /// `place_obj` anywhere or in a rectangle.
  /// - Returns: where it stands.
  @discardableResult public func place(
    _ cell: Cell, _ top: Place = Place(0, 0), _ size: (width: Int, height: Int)? = nil,
    refuses: (Place) -> Bool = { _ in false }
  ) throws(Rejected) -> Place {
    let place = try findPlace(top, size ?? (width, height), refuses: refuses)
    put(cell, place)
    return place
  }

  /// `place_agent`: anywhere or in a rectangle, looking anywhere.
  public func placeAgent(
    _ top: Place = Place(0, 0), _ size: (width: Int, height: Int)? = nil, tries: Int = .max
  ) throws(Rejected) {
    agent = .nowhere
    agent = try findPlace(top, size ?? (width, height), tries: tries)
    direction = Direction(draw(0..<4))
  }
}

extension PCG64 {
  /// NumPy's `random_interval`: 0...most, from words cut to as many bits.
  mutating func masked(_ most: UInt32) -> UInt32 {
    if most == 0 { return 0 }
    let mask = UInt32.max >> UInt32(most.leadingZeroBitCount)
    while true {
      let word = nextWord() & mask
      if word <= most { return word }
    }
  }
}
