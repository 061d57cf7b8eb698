import CCUDA
import Lanes
import Nets

/// Memory of the program that has a twin on the card.
struct Twin: @unchecked Sendable {
  let rows: UnsafeMutableRawPointer
  let bytes: Int
  let address: UnsafeMutableRawPointer
  let isLocked: Bool

  func holds(_ place: UnsafeRawPointer, _ bytes: Int) -> Bool {
    place >= UnsafeRawPointer(rows) && place + bytes <= UnsafeRawPointer(rows + self.bytes)
  }

  /// Where the twin has what lies there.
  func place(_ place: UnsafeRawPointer) -> UnsafeMutableRawPointer {
    address + (place - UnsafeRawPointer(rows))
  }
}

/// All of them, for every thread that works with the card.
final class Twins: Sendable {
  private let all = Locked<[Twin]>([])

  func add(_ twin: Twin) { all.withLock { $0.append(twin) } }

  func remove(_ rows: UnsafeMutableRawPointer) -> Twin? {
    all.withLock { all in
      all.firstIndex { $0.rows == rows }.map { all.remove(at: $0) }
    }
  }

  func find(_ place: UnsafeRawPointer, _ bytes: Int) -> Twin? {
    all.withLock { all in all.first { $0.holds(place, bytes) } }
  }
}

extension CUDA {
  public func keep(_ rows: UnsafeMutableRawPointer, _ bytes: Int, isLocked: Bool) {
    // A quarter stays for networks, which come later.
    guard failure == nil, bytes > 0, bytes <= room.free / 4 * 3 else { return }
    // Where pages cannot be locked, rows come more slowly.
    let isLocked = isLocked && driver.cuMemHostRegister_v2(rows, bytes, 0) == 0
    twins.add(Twin(rows: rows, bytes: bytes, address: allocate(bytes), isLocked: isLocked))
  }

  public func forget(_ rows: UnsafeMutableRawPointer) {
    guard let twin = twins.remove(rows) else { return }
    wait()
    if twin.isLocked { _ = driver.cuMemHostUnregister(twin.rows) }
    free(twin.address)
  }

  public func bring(_ rows: UnsafeMutableRawPointer, _ bytes: Int) {
    guard failure == nil, let twin = twins.find(rows, bytes) else { return }
    let target = twin.place(rows)
    if twin.isLocked {
      return alone { tape.add(.bring, (target.number, rows.number, UInt64(bytes))) }
    }
    // Piece by piece: locked memory is dear.
    let piece = 1 << 24
    for first in stride(from: 0, to: bytes, by: piece) {
      upload(rows + first, to: target + first, min(piece, bytes - first))
    }
  }

  public func bring(
    _ rows: UnsafeMutableRawPointer, _ stacks: Stacks, after before: UnsafeMutableRawPointer,
    begins: UnsafePointer<UInt8>
  ) {
    let (row, older) = (stacks.pictures * stacks.bytes, (stacks.pictures - 1) * stacks.bytes)
    let bytes = stacks.count * row
    guard failure == nil, let twin = twins.find(rows, bytes) else { return }
    guard twin.isLocked, let source = twins.find(before, bytes), older > 0 else {
      return bring(rows, bytes)
    }
    let target = twin.place(rows)
    // In the widest words of which all of it is made.
    let word = [16, 4, 1].first { stacks.bytes % $0 == 0 && target.number % UInt64($0) == 0 }!
    let count = stacks.count * older / word
    launch(
      word == 16 ? .shiftLines : word == 4 ? .shiftWords : .shiftBytes, count,
      source.place(before), target, Int32(count), Int32(older / word), Int32(row / word),
      Int32(stacks.bytes / word))
    alone {
      tape.addLines(
        to: (target + older).number, from: (rows + older).number, pitch: row,
        width: stacks.bytes, height: stacks.count)
    }
    for index in 0..<stacks.count where begins[index] != 0 {
      bring(rows + index * row, row)
    }
  }

  public func bring(_ rows: UnsafeMutableRawPointer, _ bytes: Int, at numbers: [Int32]) {
    guard failure == nil, let last = numbers.max(),
      let twin = twins.find(rows, (Int(last) + 1) * bytes)
    else { return }
    // Numbers first, then what belongs there.
    let head = (4 * numbers.count + 15) / 16 * 16
    sequence {
      let packed = work(head + numbers.count * bytes)
      stage(head + numbers.count * bytes, to: packed) { memory in
        memory.copyMemory(from: numbers, byteCount: 4 * numbers.count)
        for (index, number) in numbers.enumerated() {
          (memory + head + index * bytes).copyMemory(
            from: rows + Int(number) * bytes, byteCount: bytes)
        }
      }
      launch(
        .spreadBytes, grid: ((bytes + 255) / 256, numbers.count, 1), block: 256, packed + head,
        packed, twin.place(rows), Int32(bytes))
    }
  }

  /// Rows of an input on the card, and by whose numbers; nil: all of them in order.
  struct Found {
    let base: UnsafeRawPointer
    let numbers: UnsafeRawPointer?
  }

  public func holds(_ rows: UnsafeRawPointer, _ bytes: Int) -> Bool {
    failure == nil && twins.find(rows, bytes) != nil
  }

  /// Where rows lie whose numbers are on the card.
  func base(_ rows: Rows) -> UnsafeRawPointer {
    guard let twin = twins.find(rows.base, 1) else { preconditionFailure("rows without a twin") }
    return UnsafeRawPointer(twin.place(rows.base))
  }

  /// Rows with a twin are named by their numbers, others are packed and brought.
  func find(
    _ rows: Rows, _ count: Int, bytes: Int, _ number: (_ row: Int) -> Int
  ) -> Found {
    if let numbers = rows.there { return Found(base: base(rows), numbers: numbers) }
    if let twin = twins.find(rows.base, bytes) {
      let numbers = work(4 * count)
      stage(4 * count, to: numbers) { memory in
        let numbers = memory.assumingMemoryBound(to: Int32.self)
        for row in 0..<count { numbers[row] = Int32(number(row)) }
      }
      return Found(
        base: UnsafeRawPointer(twin.place(rows.base)), numbers: UnsafeRawPointer(numbers))
    }
    let packed = work(count * bytes)
    stage(count * bytes, to: packed) { memory in
      for row in 0..<count {
        (memory + row * bytes).copyMemory(
          from: rows.base + number(row) * bytes, byteCount: bytes)
      }
    }
    return Found(base: UnsafeRawPointer(packed), numbers: nil)
  }
}
