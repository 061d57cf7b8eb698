import CCUDA
import Nets

/// Memory for one kernel and the next, which grows to what the largest needs.
struct Working {
  var address: UInt64 = 0
  var bytes = 0
}

extension CUDA: Device {
  public func allocate(_ bytes: Int, rows: Int) -> UnsafeMutableRawPointer {
    // Kernels that nobody launches any more need no memory.
    let nothing = UnsafeMutableRawPointer(bitPattern: 256)!
    guard failure == nil, let address = reserve(bytes, rows: rows) else { return nothing }
    alone { tape.add(.clear, (address, 0, UInt64(bytes))) }
    return UnsafeMutableRawPointer(bitPattern: UInt(address))!
  }

  /// In bfloat16 named by twice its address, with the highest bit, as kernels expect it.
  public func allocate(narrow count: Int, rows: Int) -> UnsafeMutableRawPointer {
    if precision != .bfloat16 { return allocate(4 * count, rows: rows) }
    let address = allocate(2 * count, rows: rows).number
    return UnsafeMutableRawPointer(bitPattern: UInt(Self.narrow | 2 * address))!
  }

  static let narrow: UInt64 = 1 << 63

  private func reserve(_ bytes: Int, rows: Int = 0) -> UInt64? {
    driver.enter(card)
    var address: UInt64 = 0
    if driver.cuMemAlloc_v2(&address, bytes) == 0 { return address }
    let room = room
    fail(.memory(needed: bytes, free: room.free, total: room.total, rows: rows))
    return nil
  }

  /// Bytes of the card.
  var room: (free: Int, total: Int) {
    var (free, total) = (0, 0)
    driver.enter(card)
    _ = driver.cuMemGetInfo_v2(&free, &total)
    return (free, total)
  }

  public func free(_ memory: UnsafeMutableRawPointer) {
    let isNarrow = memory.number & Self.narrow != 0
    let address = isNarrow ? (memory.number & ~Self.narrow) / 2 : memory.number
    if address <= 256 { return }
    release(address)
  }

  private func release(_ address: UInt64) {
    if isRecording { return retired.append(address) }
    wait()
    _ = driver.cuMemFree_v2(address)
  }

  public func upload(
    _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ bytes: Int
  ) {
    stage(bytes, to: target) { $0.copyMemory(from: source, byteCount: bytes) }
  }

  /// `fill` writes page-locked memory, from where it goes to the card.
  func stage(
    _ bytes: Int, to target: UnsafeMutableRawPointer, _ fill: (UnsafeMutableRawPointer) -> Void
  ) {
    if failure != nil || bytes == 0 { return }
    alone {
      guard let memory = locked(bytes) else { return }
      fill(memory)
      tape.add(.bring, (target.number, UnsafeRawPointer(memory).number, UInt64(bytes)))
    }
  }

  public func download(
    _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ bytes: Int
  ) {
    if failure != nil || bytes == 0 { return }
    alone {
      guard let memory = locked(bytes) else { return }
      tape.add(.fetch, (memory.number, source.number, UInt64(bytes)))
      quays[turn].deliveries.append(
        Quay.Delivery(source: memory, target: target, bytes: bytes))
    }
  }

  public func wait() {
    precondition(!isRecording, "nothing is there before a sequence has ended")
    driver.enter(card)
    expect(driver.cuStreamSynchronize(stream), "cuStreamSynchronize")
    // The older one first.
    for place in [1 - turn, turn] {
      deliver(place)
      quays[place].isBusy = false
    }
  }

  public func copy(_ source: Floats, to target: MutableFloats, _ count: Int) {
    if failure != nil || count == 0 { return }
    alone {
      tape.add(
        .copy,
        (UnsafeRawPointer(target).number, UnsafeRawPointer(source).number, UInt64(4 * count)))
    }
  }

  public func clear(_ numbers: MutableFloats, _ count: Int) {
    if failure != nil || count == 0 { return }
    let (address, bytes) = (UnsafeRawPointer(numbers).number, UInt64(4 * count))
    if address & Self.narrow == 0 { return alone { tape.add(.clear, (address, 0, bytes)) } }
    alone { tape.add(.clear, ((address & ~Self.narrow) / 2, 0, bytes / 2)) }
  }

  /// Memory that holds until the next kernel that asks for some.
  func work(_ bytes: Int) -> UnsafeMutableRawPointer {
    if working.bytes < bytes {
      if working.bytes > 0 { release(working.address) }
      working = Working()
      if failure == nil, let address = reserve(bytes) {
        working = Working(address: address, bytes: bytes)
      }
    }
    return UnsafeMutableRawPointer(bitPattern: UInt(max(working.address, 256)))!
  }

  func workFloats(_ count: Int) -> MutableFloats {
    work(4 * count).assumingMemoryBound(to: Float.self)
  }
}

extension UnsafeRawPointer {
  /// As the card's functions take it.
  var number: UInt64 { UInt64(UInt(bitPattern: self)) }
}

extension UnsafeMutableRawPointer {
  var number: UInt64 { UInt64(UInt(bitPattern: self)) }
}
