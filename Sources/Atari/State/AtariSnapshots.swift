import Environment
import Lanes

/// States of lanes in memory, for search: `AtariBatch.save` fills slots, `restore` reads them.
///
/// A state belongs to its game and preset, not to the batch that made the store. Without pictures a
/// slot takes some 600 bytes: memory, processor, TIA, RIOT, what ALE keeps of the game, and the
/// three generators, whose 2.5 KB of words are shared by all states that have the same ones. With
/// them it takes as many more as the pictures need without the rows that repeat others.
public final class AtariSnapshots: SnapshotStore, @unchecked Sendable {
  /// Slots.
  public let capacity: Int
  public let hasPictures: Bool
  let identity: UInt64
  private let machineBytes: Int
  /// [capacity][machineBytes].
  private let machines: AlignedBuffer<UInt8>
  let generators: UnsafeMutablePointer<LaneGenerators>
  private let filled: AlignedBuffer<UInt8>
  /// The slots' packed pictures, and how long they are and may be.
  private let pictures: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>
  private let lengths: AlignedBuffer<Int32>
  private let rooms: AlignedBuffer<Int32>
  /// Which call wrote to a slot last.
  private let writers: AlignedBuffer<UInt32>
  private var calls: UInt32 = 0

  init(capacity: Int, pictures hasPictures: Bool, _ plan: AtariPlan) {
    self.capacity = capacity
    self.hasPictures = hasPictures
    identity = plan.laneIdentity
    machineBytes = plan.machineBytes
    machines = AlignedBuffer(count: capacity * machineBytes)
    generators = .allocate(capacity: capacity)
    generators.initialize(repeating: LaneGenerators(), count: capacity)
    filled = AlignedBuffer(count: capacity)
    pictures = .allocate(capacity: capacity)
    pictures.initialize(repeating: nil, count: capacity)
    lengths = AlignedBuffer(count: capacity)
    rooms = AlignedBuffer(count: capacity)
    writers = AlignedBuffer(count: capacity)
  }

  deinit {
    generators.deinitialize(count: capacity)
    generators.deallocate()
    for slot in 0..<capacity { pictures[slot]?.deallocate() }
    pictures.deallocate()
  }

  public func isFilled(_ slot: Int) -> Bool {
    (0..<capacity).contains(slot) && filled[slot] != 0
  }

  func machine(_ slot: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(machines.pointer + slot * machineBytes)
  }

  /// What the slot's pictures were packed to.
  func packed(_ slot: Int) -> UnsafePointer<UInt8> {
    UnsafePointer(pictures[slot].unsafelyUnwrapped)
  }

  func fill(_ slot: Int, pictures packed: UnsafeBufferPointer<UInt8>?) {
    filled.pointer[slot] = 1
    guard let packed else { return }
    if rooms.pointer[slot] < packed.count {
      pictures[slot]?.deallocate()
      let room = (packed.count + 1023) / 1024 * 1024
      pictures[slot] = .allocate(capacity: room)
      rooms.pointer[slot] = Int32(room)
    }
    lengths.pointer[slot] = Int32(packed.count)
    pictures[slot].unsafelyUnwrapped.update(from: packed.baseAddress!, count: packed.count)
  }

  /// Begins a call that writes to these slots; one that is named twice, or nil.
  func claim(_ slots: [Int]) -> Int? {
    calls &+= 1
    for slot in slots {
      if writers.pointer[slot] == calls { return slot }
      writers.pointer[slot] = calls
    }
    return nil
  }

  /// Bytes that the filled slots take. Counted anew, slot by slot.
  public var bytes: Int {
    var words = Set<ObjectIdentifier>()
    var total = 0
    for slot in 0..<capacity where filled[slot] != 0 {
      total += machineBytes + MemoryLayout<LaneGenerators>.stride + Int(rooms[slot])
      let own = generators[slot]
      for state in [own.system, own.environment, own.noops] {
        words.insert(ObjectIdentifier(state.words))
      }
    }
    return total + words.count * TwisterBank.words * 4
  }
}
