import Lanes
import Records

/// Something that moves along a row.
struct Thing: Equatable, BitwiseCopyable {
  var x: Int8 = 0
  var y: Int8 = 0
  /// 1 to the right, -1 to the left.
  var way: Int8 = 0
  /// Steps until it moves.
  var wait: Int8 = 0
  /// Steps until it shoots.
  var aim: Int8 = 0

  @inline(__always) func isAt(_ x: Int8, _ y: Int8) -> Bool { self.x == x && self.y == y }
  @inline(__always) func isAt(_ other: Thing) -> Bool { isAt(other.x, other.y) }
  /// Has left the field at the side.
  @inline(__always) var isOutside: Bool { UInt8(bitPattern: x) > 9 }
}

/// A list a lane, in the order in which things came.
struct Things {
  let capacity: Int
  /// [64, capacity]
  private let memory: AlignedBuffer<Thing>
  /// [64]
  private let counts = AlignedBuffer<Int32>(count: 64)

  /// - Parameter capacity: no game ever has more.
  init(capacity: Int) {
    self.capacity = capacity
    memory = AlignedBuffer(count: 64 * capacity)
  }

  @inline(__always) func count(_ lane: Int) -> Int { Int(counts.pointer[lane]) }

  @inline(__always) func list(_ lane: Int) -> UnsafeMutablePointer<Thing> {
    memory.pointer + lane &* capacity
  }

  func clear(_ lane: Int) { counts.pointer[lane] = 0 }

  func append(_ lane: Int, _ thing: Thing) {
    let count = count(lane)
    if count == capacity { return }
    list(lane)[count] = thing
    counts.pointer[lane] = Int32(count + 1)
  }

  func remove(_ lane: Int, _ index: Int) {
    let (list, last) = (list(lane), count(lane) - 1)
    for place in index..<last { list[place] = list[place + 1] }
    counts.pointer[lane] = Int32(last)
  }

  /// As Python's `remove`: takes out the first thing that equals the one at `index`.
  /// - Returns: where the one that was meant is now; nil: it is the one that has gone.
  @discardableResult func removeEqual(_ lane: Int, _ index: Int) -> Int? {
    let list = list(lane)
    var first = 0
    while first < index && list[first] != list[index] { first += 1 }
    remove(lane, first)
    return first == index ? nil : index - 1
  }

  /// Takes out the first thing in that cell.
  /// - Returns: whether there was one.
  @inline(__always) func removeFirst(_ lane: Int, at thing: Thing) -> Bool {
    let list = list(lane)
    for index in 0..<count(lane) where list[index].isAt(thing) {
      remove(lane, index)
      return true
    }
    return false
  }

  /// The last first, as Python's `reversed`, while things are taken out.
  @inline(__always) func forEachReversed(_ lane: Int, _ body: (Int) -> Void) {
    var index = count(lane) - 1
    while index >= 0 {
      body(index)
      index -= 1
    }
  }

  @inline(__always) func forEach(_ lane: Int, _ body: (Thing) -> Void) {
    let list = list(lane)
    for index in 0..<count(lane) { body(list[index]) }
  }

  /// Places that hold nothing are zeros.
  func visit(lane: Int, _ state: inout some StateVisitor) {
    state.visit(&counts.pointer[lane])
    let list = list(lane)
    for index in 0..<capacity {
      if index >= counts.pointer[lane] { list[index] = Thing() }
      state.visit(&list[index].x)
      state.visit(&list[index].y)
      state.visit(&list[index].way)
      state.visit(&list[index].wait)
      state.visit(&list[index].aim)
    }
  }

  func isSound(
    _ lane: Int, rows: ClosedRange<Int8>, waits: ClosedRange<Int8> = 0...0,
    aims: ClosedRange<Int8> = 0...0
  ) -> Bool {
    guard (0...Int32(capacity)).contains(counts.pointer[lane]) else { return false }
    return (0..<count(lane)).allSatisfy { index in
      let thing = list(lane)[index]
      return !thing.isOutside && rows.contains(thing.y) && abs(Int(thing.way)) == 1
        && waits.contains(thing.wait) && aims.contains(thing.aim)
    }
  }
}
