/// Reads or writes plain values one after another: one function of a type saves and restores it.
public protocol StateVisitor {
  mutating func visit<Number: FixedWidthInteger & BitwiseCopyable>(_ value: inout Number)
  /// As many bytes as there are.
  mutating func visit(_ memory: UnsafeMutableRawBufferPointer)
}

extension StateVisitor {
  public mutating func visit(_ value: inout Bool) {
    var byte: UInt8 = value ? 1 : 0
    visit(&byte)
    value = byte & 1 == 1
  }

  public mutating func visit(_ value: inout Double) {
    var bits = value.bitPattern
    visit(&bits)
    value = Double(bitPattern: bits)
  }

  public mutating func visit(_ value: inout Float) {
    var bits = value.bitPattern
    visit(&bits)
    value = Float(bitPattern: bits)
  }
}

/// Little-endian bytes.
public struct ByteWriter: StateVisitor {
  public var bytes: [UInt8] = []

  public init() {}

  public mutating func add(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  public mutating func visit<Number: FixedWidthInteger & BitwiseCopyable>(_ value: inout Number) {
    add(value)
  }

  public mutating func visit(_ memory: UnsafeMutableRawBufferPointer) { bytes += memory }
}

/// Reads zeros once there is nothing left, and remembers that.
public struct ByteReader: StateVisitor {
  public private(set) var rest: ArraySlice<UInt8>
  public private(set) var isShort = false

  public init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  public mutating func next<Value: FixedWidthInteger>(_: Value.Type) -> Value {
    let size = MemoryLayout<Value>.size
    guard rest.count >= size else {
      isShort = true
      rest = []
      return 0
    }
    let value = rest.withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
    rest = rest.dropFirst(size)
    return Value(littleEndian: value)
  }

  /// The next bytes; nil when there are fewer.
  public mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  public mutating func visit<Number: FixedWidthInteger & BitwiseCopyable>(_ value: inout Number) {
    value = next(Number.self)
  }

  public mutating func visit(_ memory: UnsafeMutableRawBufferPointer) {
    guard let bytes = take(memory.count) else {
      isShort = true
      rest = []
      for index in memory.indices { memory[index] = 0 }
      return
    }
    memory.copyBytes(from: bytes)
  }
}
