import Lanes

/// Floats of a backend: weights, or what has their offsets.
///
/// Kernels and the program see the same numbers: where a device has memory of its own, who asks for
/// them gets them up to date. A pointer is good until the other side asks; nobody keeps one.
public final class Buffer: @unchecked Sendable {
  private let memory: AlignedBuffer<Float>
  private let twin: Twin?

  /// The same numbers in a device's memory.
  private final class Twin {
    let arena: Arena
    let device: any Device
    /// Who has numbers that the other has not.
    var newer = Side.neither

    init(_ count: Int, _ backend: any Backend, _ device: any Device) {
      arena = Arena(count: count, backend)
      self.device = device
    }
  }

  private enum Side { case neither, program, kernels }

  /// - Parameter backend: whose kernels it is for; nil: the processor's.
  public init(count: Int, _ backend: (any Backend)? = nil) {
    memory = AlignedBuffer(count: count)
    twin = backend.flatMap { backend in
      backend.device.map { Twin(count, backend, $0) }
    }
  }

  public var count: Int { memory.count }

  // MARK: For the program

  public var numbers: UnsafePointer<Float> {
    if let twin, twin.newer == .kernels {
      twin.device.download(twin.arena.address, to: memory.pointer, 4 * count)
      twin.device.wait()
      twin.newer = .neither
    }
    return UnsafePointer(memory.pointer)
  }

  /// To be changed.
  public var pointer: UnsafeMutablePointer<Float> {
    _ = numbers
    twin?.newer = .program
    return memory.pointer
  }

  public var span: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  public subscript(index: Int) -> Float {
    get { numbers[index] }
    set { pointer[index] = newValue }
  }

  // MARK: For kernels

  var source: Floats {
    guard let twin else { return UnsafePointer(memory.pointer) }
    if twin.newer == .program {
      twin.device.upload(memory.pointer, to: twin.arena.address, 4 * count)
      twin.newer = .neither
    }
    return UnsafePointer(twin.arena.address)
  }

  /// To be changed.
  var address: MutableFloats {
    guard let twin else { return memory.pointer }
    _ = source
    twin.newer = .kernels
    return twin.arena.address
  }

  // MARK: All of it

  public func copy(from other: Buffer) {
    precondition(other.count == count)
    if let twin {
      twin.device.copy(other.source, to: address, count)
    } else {
      pointer.update(from: other.numbers, count: count)
    }
  }

  /// Moves by `share` towards another buffer: Polyak's average; 1 makes it a copy.
  public func mix(_ other: Buffer, share: Float, _ workshop: Workshop) {
    precondition(other.count == count)
    if share == 1 { return copy(from: other) }
    let (mine, others) = (address, other.source)
    workshop.forEachPart(of: 0..<count) {
      workshop.backend.mix(mine, others, $0, share: share)
    }
  }

  /// A device says that all are finite; false also where only a look at each can say.
  var areFinite: Bool {
    guard let twin else { return false }
    return twin.device.areFinite(source, count)
  }
}

/// Zeros where a backend's kernels find them.
final class Arena: @unchecked Sendable {
  let address: MutableFloats
  let count: Int
  private let memory: AlignedBuffer<Float>?
  private let device: (any Device)?

  /// - Parameters:
  ///   - rows: for which it is; 0: for none.
  ///   - isNarrow: kernels alone see the numbers, and may round them.
  init(count: Int, _ backend: any Backend, rows: Int = 0, isNarrow: Bool = false) {
    self.count = count
    device = backend.device
    if let device {
      memory = nil
      let room = max(count, 1)
      let memory =
        isNarrow
        ? device.allocate(narrow: room, rows: rows) : device.allocate(4 * room, rows: rows)
      address = memory.assumingMemoryBound(to: Float.self)
    } else {
      let memory = AlignedBuffer<Float>(count: count)
      self.memory = memory
      address = memory.pointer
    }
  }

  deinit { device?.free(address) }
}
