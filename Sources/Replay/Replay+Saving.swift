import Lanes
import Nets

/// In a checkpoint: counts and priorities; the rows too, where no file holds them.
extension Replay {
  /// Between a step's `add` and the next one's `begin`.
  /// - Throws: `ReplayError.file` where what is in the file cannot be brought to the disk.
  public func save(into file: inout SafeTensors) throws(ReplayError) {
    if let path { try store.memory.sync(path) }
    takeBack()
    written.map(Int64.init).withUnsafeBufferPointer {
      file.set("replay.written", $0, type: "I64")
    }
    isOpen.map { $0 ? 1 : 0 }.withUnsafeBufferPointer { (flags: UnsafeBufferPointer<UInt8>) in
      file.set("replay.open", flags, type: "U8")
    }
    if priorities != nil {
      tree.leaves.withUnsafeBufferPointer { file.set("replay.priorities", $0, type: "F64") }
      file.metadata["replay.largest"] = String(largest)
    }
    file.metadata["replay.sum"] = String(checksum)
    if path == nil { file.set("replay.rows", bytesOfRows, type: "U8") }
    (savedBefore, saved) = (saved, written)
  }

  /// - Throws: `CheckpointError` where the checkpoint, or the file with the rows, is of another run
  ///   or damaged.
  public func restore(from file: SafeTensors) throws {
    var positions = [Int64](repeating: 0, count: lanes)
    var flags = [UInt8](repeating: 0, count: lanes)
    try positions.withUnsafeMutableBufferPointer {
      try file.copy("replay.written", to: $0, type: "I64")
    }
    try flags.withUnsafeMutableBufferPointer { try file.copy("replay.open", to: $0, type: "U8") }
    guard positions.allSatisfy({ (0...1 << 53).contains($0) }),
      zip(positions, flags).allSatisfy({ $0 > 0 || $1 == 0 })
    else { throw CheckpointError.mismatch("replay.written") }
    if path == nil {
      let rows = UnsafeMutableBufferPointer(mutating: bytesOfRows)
      try file.copy("replay.rows", to: rows, type: "U8")
    }
    written = positions.map(Int.init)
    isOpen = flags.map { $0 != 0 }
    (savedBefore, saved) = (written, written)
    guard areKnown else { throw CheckpointError.mismatch(path ?? "replay.rows") }
    reopen()
    guard file.metadata["replay.sum"] == String(checksum) else {
      throw CheckpointError.mismatch(path ?? "replay.rows")
    }
    recount()
    try restorePriorities(from: file)
    bringAll()
  }

  /// What was added after the checkpoint is forgotten.
  private func reopen() {
    for lane in 0..<lanes where isOpen[lane] {
      let row = row(lane, written[lane] - 1)
      store.mark(row, .open)
      store.rewards[row] = 0
      UnsafeMutableRawBufferPointer(start: store.action(row), count: store.actionBytes)
        .initializeMemory(as: UInt8.self, repeating: 0)
    }
  }

  private func restorePriorities(from file: SafeTensors) throws {
    var leaves = [Double](repeating: 0, count: tree.count)
    touched.removeAll(keepingCapacity: true)
    if priorities == nil {
      for lane in 0..<lanes {
        for position in oldest(lane)..<written[lane] {
          let isStep = store.kind(row(lane, position)) == .step
          leaves[leaf(lane, position)] = isStep ? 1 : 0
        }
      }
      tree.leaves = leaves[...]
      return
    }
    try leaves.withUnsafeMutableBufferPointer {
      try file.copy("replay.priorities", to: $0, type: "F64")
    }
    guard let largest = Double(try file.text("replay.largest")), largest.isFinite, largest > 0,
      leaves.allSatisfy({ $0.isFinite && $0 >= 0 && $0 <= largest })
    else { throw CheckpointError.mismatch("replay.priorities") }
    tree.leaves = leaves[...]
    self.largest = largest
  }

  private var bytesOfRows: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(store.bytes.assumingMemoryBound(to: UInt8.self))
  }

  /// Whether marks are those of rows, and observations those that were written.
  private var areKnown: Bool {
    (0..<lanes).allSatisfy { lane in
      (oldest(lane)..<written[lane]).allSatisfy { position in
        let row = row(lane, position)
        return store.marks[row] < 16 && store.isSealed(row)
      }
    }
  }

  /// Of marks, actions, rewards and observations' sums: pictures are too many to be read at every
  /// checkpoint.
  private var checksum: UInt64 {
    var sum = fnv1a([])
    func add(_ start: UnsafeRawPointer, _ count: Int) {
      for byte in UnsafeRawBufferPointer(start: start, count: count) {
        sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3
      }
    }
    for lane in 0..<lanes {
      for position in oldest(lane)..<written[lane] {
        let row = row(lane, position)
        add(store.marks + row, 1)
        sum = (sum ^ store.sum(row)) &* 0x100_0000_01B3
        add(store.rewards + row, 8)
        add(store.action(row), store.actionBytes)
      }
    }
    return sum
  }
}
