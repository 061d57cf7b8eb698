import Console
import Lanes

/// Which lanes of a batch share a block.
///
/// Games have rhythms of two, four, eight frames: objects take turns to be drawn or moved. Lanes
/// run together only while they do the same, so lanes that stand at the same point of the rhythm
/// are put into one block. Frames since the game's reset say where a lane stands; it stays there
/// until its next episode. A lane's results do not depend on its neighbours.
final class Grouping {
  /// Where lane `i` of the batch stands: block * 64 + lane.
  let places: AlignedBuffer<Int32>
  private let blocks: [AtariBlock]
  private let carried: (AlignedBuffer<UInt64>, AlignedBuffer<UInt64>)

  /// Lanes of this many blocks change places with each other.
  private static let reach = 16
  private static let classes = 64
  /// Lanes in the right place by block and class, and how many should be.
  private let fits = AlignedBuffer<Int32>(count: reach * classes)
  private let wanted = AlignedBuffer<Int32>(count: reach * classes)
  /// Lanes in the wrong place, as slots of their block, and how many: [reach][64] and [reach].
  private let strays = AlignedBuffer<UInt8>(count: reach * ConsoleBlock.lanes)
  private let strayCounts = AlignedBuffer<Int32>(count: reach)

  init(_ blocks: [AtariBlock]) {
    self.blocks = blocks
    let count = blocks.reduce(0) { $0 + $1.count }
    places = AlignedBuffer(count: count)
    let words = blocks.count > 1 ? (blocks[0].laneBytes + 7) / 8 : 0
    carried = (AlignedBuffer(count: words), AlignedBuffer(count: words))
    for lane in 0..<count {
      places[lane] = Int32(lane)
      blocks[lane / ConsoleBlock.lanes].ids[lane % ConsoleBlock.lanes] = Int32(lane)
    }
  }

  /// Puts lanes that belong together into the same blocks, where episodes have begun.
  func regroup() {
    for first in stride(from: 0, to: blocks.count, by: Self.reach) {
      let group = first..<min(first + Self.reach, blocks.count)
      let isDue = group.contains { blocks[$0].hasBegun }
      for index in group { blocks[index].hasBegun = false }
      if isDue && group.count > 1 { sort(group) }
    }
  }

  /// Lanes whose frame numbers differ by many factors of two have classes that lie close together.
  private func classOf(_ block: Int, _ slot: Int) -> Int {
    let frame = UInt8(truncatingIfNeeded: blocks[block].lanes.pointer[slot].episodeFrame)
    var reversed = 0
    for bit in 0..<6 { reversed |= Int(frame >> UInt8(bit) & 1) << (5 - bit) }
    return reversed
  }

  /// Fills the blocks in the order of classes, moving no lane that may stay.
  private func sort(_ group: Range<Int>) {
    planShares(group)
    findStrays(group)
    for block in group {
      let row = block - group.lowerBound
      for _ in 0..<Int(strayCounts[row]) {
        let slot = Int(strays[row * ConsoleBlock.lanes])
        guard let other = findStray(wantedIn: row, group) else { return }
        let otherSlot = Int(strays[(other - group.lowerBound) * ConsoleBlock.lanes + found])
        exchange(block, slot, other, otherSlot)
        settle(row, at: 0, class: classOf(block, slot))
        settle(other - group.lowerBound, at: found, class: classOf(other, otherSlot))
      }
    }
  }

  /// How many lanes of each class each block should have.
  private func planShares(_ group: Range<Int>) {
    var counts = [Int](repeating: 0, count: Self.classes)
    for block in group {
      for slot in 0..<blocks[block].count { counts[classOf(block, slot)] += 1 }
    }
    wanted.span.update(repeating: 0)
    var row = 0
    var room = blocks[group.lowerBound].count
    for index in 0..<Self.classes {
      var left = counts[index]
      while left > 0 {
        if room == 0 {
          row += 1
          room = blocks[group.lowerBound + row].count
        }
        let share = min(left, room)
        wanted[row * Self.classes + index] += Int32(share)
        left -= share
        room -= share
      }
    }
  }

  private func findStrays(_ group: Range<Int>) {
    fits.span.update(repeating: 0)
    strayCounts.span.update(repeating: 0)
    for block in group {
      let row = block - group.lowerBound
      for slot in 0..<blocks[block].count {
        let cell = row * Self.classes + classOf(block, slot)
        if fits[cell] < wanted[cell] {
          fits[cell] += 1
        } else {
          strays[row * ConsoleBlock.lanes + Int(strayCounts[row])] = UInt8(slot)
          strayCounts[row] += 1
        }
      }
    }
  }

  /// Index among its block's strays of the last one found.
  private var found = 0

  /// A block further on with a stray that the row wants.
  private func findStray(wantedIn row: Int, _ group: Range<Int>) -> Int? {
    for block in (group.lowerBound + row + 1)..<max(group.upperBound, group.lowerBound + row + 1) {
      let other = block - group.lowerBound
      for index in 0..<Int(strayCounts[other]) {
        let slot = Int(strays[other * ConsoleBlock.lanes + index])
        let cell = row * Self.classes + classOf(block, slot)
        if fits[cell] < wanted[cell] {
          found = index
          return block
        }
      }
    }
    return nil
  }

  /// Takes note of the lane that now stands where a stray stood.
  private func settle(_ row: Int, at index: Int, class kind: Int) {
    let cell = row * Self.classes + kind
    if fits[cell] == wanted[cell] { return }
    fits[cell] += 1
    strayCounts[row] -= 1
    let list = strays.pointer + row * ConsoleBlock.lanes
    list[index] = list[Int(strayCounts[row])]
  }

  private func exchange(_ a: Int, _ slotA: Int, _ b: Int, _ slotB: Int) {
    let (one, two) = (
      UnsafeMutableRawPointer(carried.0.pointer), UnsafeMutableRawPointer(carried.1.pointer)
    )
    blocks[a].saveLane(slotA, into: one)
    blocks[b].saveLane(slotB, into: two)
    blocks[a].loadLane(slotA, from: two)
    blocks[b].loadLane(slotB, from: one)
    let id = blocks[a].ids[slotA]
    setPlace(blocks[b].ids[slotB], a, slotA)
    setPlace(id, b, slotB)
  }

  private func setPlace(_ id: Int32, _ block: Int, _ slot: Int) {
    blocks[block].ids[slot] = id
    places[Int(id)] = Int32(block * ConsoleBlock.lanes + slot)
  }
}
