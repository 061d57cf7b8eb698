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
  /// Frames since the batch began.
  private var clock = 0

  /// Lanes of this many blocks change places with each other.
  private static let reach = 16
  private static let bits = 6
  private static let phases = 1 << bits
  /// Lanes in each phase, and the blocks between which they are at home.
  private let counts = AlignedBuffer<Int32>(count: phases)
  private let firsts = AlignedBuffer<Int32>(count: phases)
  private let lasts = AlignedBuffer<Int32>(count: phases)
  /// The phase in the middle of each block.
  private let middles = AlignedBuffer<Int32>(count: reach)

  init(_ blocks: [AtariBlock]) {
    self.blocks = blocks
    places = AlignedBuffer(count: blocks.reduce(0) { $0 + $1.count })
    for lane in 0..<places.count { setPlace(Int32(lane), lane) }
  }

  /// Gives the lanes places in the order of their phases, before their first episode.
  /// - Parameter frames: that each lane will have run when its episode begins.
  func arrange(_ frames: [Int32]) {
    clock = 0
    let group = Self.reach * ConsoleBlock.lanes
    for first in stride(from: 0, to: frames.count, by: group) {
      let lanes = first..<min(first + group, frames.count)
      let order = lanes.sorted {
        (phase(Int(frames[$0])), $0) < (phase(Int(frames[$1])), $1)
      }
      for (place, id) in zip(lanes, order) { setPlace(Int32(id), place) }
    }
  }

  private func setPlace(_ id: Int32, _ place: Int) {
    blocks[place / ConsoleBlock.lanes].ids[place % ConsoleBlock.lanes] = id
    places[Int(id)] = Int32(place)
  }

  /// Finds better places for lanes whose episodes have begun.
  /// - Parameter frames: that every other lane has run since the last call.
  func regroup(after frames: Int) {
    clock &+= frames
    for first in stride(from: 0, to: blocks.count, by: Self.reach) {
      let group = first..<min(first + Self.reach, blocks.count)
      if group.count == 1 || group.allSatisfy({ blocks[$0].begun == 0 }) { continue }
      findHomes(group)
      for block in group {
        let begun = blocks[block].begun
        blocks[block].begun = 0
        forEachLane(begun) { lane in
          // Who makes room may find a better place too.
          for _ in 0..<Self.reach { if !improve(block, lane, group) { break } }
        }
      }
    }
  }

  /// Where the lane stands in the rhythm. Lanes whose frame numbers differ by many factors of two
  /// have phases that lie close together.
  private func phase(_ block: Int, _ lane: Int) -> Int {
    phase(Int(blocks[block].lanes.pointer[lane].episodeFrame))
  }

  private func phase(_ frames: Int) -> Int {
    let frame = frames &- clock
    return (0..<Self.bits).reduce(0) { $0 << 1 | (frame >> $1 & 1) }
  }

  /// Shares the blocks out among the phases, in their order.
  private func findHomes(_ group: Range<Int>) {
    counts.span.update(repeating: 0)
    for block in group {
      for lane in 0..<blocks[block].count { counts[phase(block, lane)] += 1 }
    }
    let lanes = Int32(ConsoleBlock.lanes)
    var position: Int32 = 0
    for phase in 0..<Self.phases {
      let last = max(position + counts[phase] - 1, position)
      firsts[phase] = position / lanes
      lasts[phase] = last / lanes
      // Blocks whose middle lane is one of these.
      var block = (position + lanes / 2 - 1) / lanes
      while block * lanes + lanes / 2 < position + counts[phase] && block < group.count {
        middles[Int(block)] = Int32(phase)
        block += 1
      }
      position += counts[phase]
    }
  }

  /// How little a block of the group suits a phase; 0: it is made for it.
  private func distance(_ block: Int, _ phase: Int, _ group: Range<Int>) -> Int {
    let row = block - group.lowerBound
    if row >= Int(firsts[phase]) && row <= Int(lasts[phase]) { return 0 }
    let apart = Int(middles[row]) ^ phase
    return apart.bitWidth - apart.leadingZeroBitCount
  }

  /// Swaps the lane with the one elsewhere by which both together gain most.
  /// - Returns: whether there was one.
  private func improve(_ block: Int, _ lane: Int, _ group: Range<Int>) -> Bool {
    let own = phase(block, lane)
    let now = distance(block, own, group)
    if now == 0 { return false }
    var best = (gain: 0, block: 0, lane: 0)
    for other in group where distance(other, own, group) < now {
      let gain = now - distance(other, own, group)
      for candidate in 0..<blocks[other].count {
        let phase = phase(other, candidate)
        let change = distance(other, phase, group) - distance(block, phase, group)
        if gain + change > best.gain { best = (gain + change, other, candidate) }
      }
    }
    if best.gain > 0 { exchange(block, lane, best.block, best.lane) }
    return best.gain > 0
  }

  private func exchange(_ block: Int, _ lane: Int, _ other: Int, _ otherLane: Int) {
    blocks[block].exchange(lane, with: blocks[other], otherLane)
    for (block, lane) in [(block, lane), (other, otherLane)] {
      setPlace(blocks[block].ids[lane], block * ConsoleBlock.lanes + lane)
    }
  }
}
