import CCUDA
import Nets

/// Memory of the program that has a twin on the card.
struct Kept {
  let rows: UnsafeMutableRawPointer
  let bytes: Int
  let twin: UnsafeMutableRawPointer
  let isLocked: Bool

  func holds(_ place: UnsafeRawPointer, _ bytes: Int) -> Bool {
    place >= UnsafeRawPointer(rows) && place + bytes <= UnsafeRawPointer(rows + self.bytes)
  }
}

extension CUDA {
  public func keep(_ rows: UnsafeMutableRawPointer, _ bytes: Int) {
    driver.enter(card)
    // Where pages cannot be locked, rows come more slowly.
    let isLocked = driver.cuMemHostRegister_v2(rows, bytes, 0) == 0
    kept.append(Kept(rows: rows, bytes: bytes, twin: allocate(bytes), isLocked: isLocked))
  }

  public func forget(_ rows: UnsafeMutableRawPointer) {
    guard let place = kept.firstIndex(where: { $0.rows == rows }) else { return }
    let old = kept.remove(at: place)
    wait()
    if old.isLocked { _ = driver.cuMemHostUnregister(old.rows) }
    free(old.twin)
  }

  public func bring(_ rows: UnsafeMutableRawPointer, _ bytes: Int) {
    guard failure == nil, let kept = kept.first(where: { $0.holds(rows, bytes) }) else { return }
    let target = kept.twin + (rows - kept.rows)
    if !kept.isLocked { return upload(rows, to: target, bytes) }
    driver.enter(card)
    expect(
      driver.cuMemcpyHtoDAsync_v2(UInt64(UInt(bitPattern: target)), rows, bytes, stream),
      "cuMemcpyHtoDAsync")
  }

  /// Rows of an input on the card, and by whose numbers; nil: all of them in order.
  struct Found {
    let base: UnsafeRawPointer
    let numbers: UnsafeRawPointer?
  }

  /// Rows with a twin are named by their numbers, others are packed and brought.
  func find(
    _ rows: Rows, _ count: Int, bytes: Int, _ number: (_ row: Int) -> Int
  ) -> Found {
    if let kept = kept.first(where: { $0.holds(rows.base, bytes) }) {
      let numbers = work(4 * count)
      stage(4 * count, to: numbers) { memory in
        let numbers = memory.assumingMemoryBound(to: Int32.self)
        for row in 0..<count { numbers[row] = Int32(number(row)) }
      }
      return Found(
        base: UnsafeRawPointer(kept.twin + (rows.base - UnsafeRawPointer(kept.rows))),
        numbers: UnsafeRawPointer(numbers))
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
