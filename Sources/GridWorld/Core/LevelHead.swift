/// What a level keeps beside its cells.
struct LevelHead: BitwiseCopyable {
  var x: Int16 = 0
  var y: Int16 = 0
  var direction: UInt8 = 0
  /// What the agent holds, and its number.
  var carried: UInt8 = Cell.empty.code
  var carriedNumber: UInt8 = 0
  /// Objects have the numbers 1...count.
  var objects: UInt8 = 0
  var letters: Int16 = 0
  /// What the generator noted for the rules.
  var marks = InlineArray<8, Int32>(repeating: 0)
  /// Steps until the episode is cut off.
  var limit: Int32 = 0
  var program = Program()
}

/// An object of a level.
struct Thing: BitwiseCopyable {
  /// In the rows; -1: nowhere.
  var at: Int16 = -1
  /// Where the instructions last looked.
  var known: Int16 = -1
  /// Of a box: the cell and the number.
  var content = Cell.empty.code
  var contentNumber: UInt8 = 0
  var spare: UInt16 = 0
}

/// A lane's memory: one level.
struct Slot {
  let base: UnsafeMutableRawPointer

  @inline(__always) var head: UnsafeMutablePointer<LevelHead> {
    base.assumingMemoryBound(to: LevelHead.self)
  }
  @inline(__always) var program: UnsafeMutablePointer<Program> {
    head.pointer(to: \.program).unsafelyUnwrapped
  }
  /// Of all objects.
  @inline(__always) var numbers: Range<Int> { 1..<Int(head.pointee.objects) + 1 }
  @inline(__always) var things: UnsafeMutablePointer<Thing> {
    (base + GridShape.objects).assumingMemoryBound(to: Thing.self)
  }
  @inline(__always) func bytes(_ offset: Int) -> UnsafeMutablePointer<UInt8> {
    (base + offset).assumingMemoryBound(to: UInt8.self)
  }
}

/// A short list without memory of its own.
struct Few<Element: BitwiseCopyable> {
  static var most: Int { 32 }
  private var items: InlineArray<32, Element>
  private(set) var count = 0

  /// - Parameter filler: for places that hold nothing.
  init(_ filler: Element) { items = InlineArray(repeating: filler) }

  subscript(index: Int) -> Element { items[index] }

  mutating func append(_ item: Element) {
    precondition(count < Self.most)
    items[count] = item
    count += 1
  }

  mutating func append(_ others: Few) {
    for index in 0..<others.count { append(others[index]) }
  }

  mutating func swap(_ one: Int, _ other: Int) {
    (items[one], items[other]) = (items[other], items[one])
  }

  mutating func replace(_ index: Int, _ item: Element) { items[index] = item }

  mutating func remove(at index: Int) -> Element {
    let item = items[index]
    for place in index..<count - 1 { items[place] = items[place + 1] }
    count -= 1
    return item
  }

  mutating func shorten(to most: Int) { count = min(count, most) }
}
