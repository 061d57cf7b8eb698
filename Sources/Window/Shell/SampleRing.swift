import Lanes
import Synchronization

/// Sound on its way from the game to the device's own thread: one writes, one reads.
///
/// After silence, and after it ran dry, sound begins when there is enough of it to go on. Where there
/// is none the last sample is held: a step to another value would be heard as a click.
final class SampleRing: @unchecked Sendable {
  private let samples: AlignedBuffer<UInt8>
  /// That are there when sound begins.
  let target: Int
  /// Ever written, ever read.
  private let written = Atomic<Int>(0)
  private let read = Atomic<Int>(0)
  private let heldCount = Atomic<Int>(0)
  // Of the reader alone.
  private var isFilling = true
  private var last: UInt8

  /// - Parameter silence: what is held at first.
  init(capacity: Int, target: Int, silence: UInt8) {
    precondition(target > 0 && target < capacity)
    samples = AlignedBuffer(count: capacity)
    self.target = target
    last = silence
  }

  /// Samples that wait.
  var count: Int { written.load(ordering: .acquiring) - read.load(ordering: .acquiring) }
  var total: Int { written.load(ordering: .relaxed) }
  /// Samples that were asked for when there were none.
  var held: Int { heldCount.load(ordering: .relaxed) }

  /// - Returns: how many there was room for.
  @discardableResult func write(_ new: [UInt8]) -> Int {
    let end = written.load(ordering: .relaxed)
    let room = samples.count - (end - read.load(ordering: .acquiring))
    let count = min(room, new.count)
    for index in 0..<count { samples.pointer[(end + index) % samples.count] = new[index] }
    written.store(end + count, ordering: .releasing)
    return count
  }

  /// Fills the device's buffer. Neither waits nor allocates.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) {
    let start = read.load(ordering: .relaxed)
    let ready = written.load(ordering: .acquiring) - start
    if isFilling && ready < self.target {
      target.update(repeating: last, count: count)
      heldCount.add(count, ordering: .relaxed)
      return
    }
    let taken = min(ready, count)
    for index in 0..<taken { target[index] = samples.pointer[(start + index) % samples.count] }
    if taken > 0 { last = target[taken - 1] }
    isFilling = taken < count
    if isFilling {
      (target + taken).update(repeating: last, count: count - taken)
      heldCount.add(count - taken, ordering: .relaxed)
    }
    read.store(start + taken, ordering: .releasing)
  }
}
