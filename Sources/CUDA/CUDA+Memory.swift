import CCUDA
import Nets

/// Memory for one kernel and the next, which grows to what the largest needs.
struct Working {
  var address: UInt64 = 0
  var bytes = 0
}

/// Page-locked memory on the way to the card, and when it is free again.
struct Staging {
  var memory: UnsafeMutableRawPointer?
  var bytes = 0
  var event: CUevent?
}

extension CUDA: Device {
  public func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    // Kernels that nobody launches any more need no memory.
    let nothing = UnsafeMutableRawPointer(bitPattern: 256)!
    guard failure == nil, let address = reserve(bytes) else { return nothing }
    expect(driver.cuMemsetD8Async(address, 0, bytes, stream), "cuMemsetD8Async")
    return UnsafeMutableRawPointer(bitPattern: UInt(address))!
  }

  private func reserve(_ bytes: Int) -> UInt64? {
    driver.enter(card)
    var address: UInt64 = 0
    if driver.cuMemAlloc_v2(&address, bytes) == 0 { return address }
    var (free, total) = (0, 0)
    _ = driver.cuMemGetInfo_v2(&free, &total)
    fail(.memory(needed: bytes, free: free, total: total))
    return nil
  }

  public func free(_ memory: UnsafeMutableRawPointer) {
    let address = UInt64(UInt(bitPattern: memory))
    if address <= 256 { return }
    driver.enter(card)
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
    driver.enter(card)
    if staging.isEmpty { staging = [Staging(), Staging()] }
    let place = nextStaging
    nextStaging = (place + 1) % staging.count
    if let event = staging[place].event {
      expect(driver.cuEventSynchronize(event), "cuEventSynchronize")
    } else {
      expect(driver.cuEventCreate(&staging[place].event, 2), "cuEventCreate")
    }
    if staging[place].bytes < bytes { grow(&staging[place], bytes) }
    guard failure == nil, let memory = staging[place].memory else { return }
    fill(memory)
    expect(
      driver.cuMemcpyHtoDAsync_v2(UInt64(UInt(bitPattern: target)), memory, bytes, stream),
      "cuMemcpyHtoDAsync")
    expect(driver.cuEventRecord(staging[place].event!, stream), "cuEventRecord")
  }

  private func grow(_ staging: inout Staging, _ bytes: Int) {
    if let memory = staging.memory { _ = driver.cuMemFreeHost(memory) }
    staging.memory = nil
    staging.bytes = 0
    expect(driver.cuMemHostAlloc(&staging.memory, bytes, 0), "cuMemHostAlloc")
    if failure == nil { staging.bytes = bytes }
  }

  public func download(
    _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ bytes: Int
  ) {
    if failure != nil || bytes == 0 { return }
    driver.enter(card)
    expect(
      driver.cuMemcpyDtoHAsync_v2(target, UInt64(UInt(bitPattern: source)), bytes, stream),
      "cuMemcpyDtoHAsync")
  }

  public func wait() {
    driver.enter(card)
    expect(driver.cuStreamSynchronize(stream), "cuStreamSynchronize")
  }

  public func copy(_ source: Floats, to target: MutableFloats, _ count: Int) {
    if failure != nil || count == 0 { return }
    driver.enter(card)
    expect(
      driver.cuMemcpyDtoDAsync_v2(
        UInt64(UInt(bitPattern: target)), UInt64(UInt(bitPattern: source)), 4 * count, stream),
      "cuMemcpyDtoDAsync")
  }

  public func clear(_ numbers: MutableFloats, _ count: Int) {
    if failure != nil || count == 0 { return }
    driver.enter(card)
    expect(
      driver.cuMemsetD8Async(UInt64(UInt(bitPattern: numbers)), 0, 4 * count, stream),
      "cuMemsetD8Async")
  }

  /// Memory that holds until the next kernel that asks for some.
  func work(_ bytes: Int) -> UnsafeMutableRawPointer {
    if working.bytes < bytes {
      if working.bytes > 0 {
        wait()
        _ = driver.cuMemFree_v2(working.address)
      }
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
