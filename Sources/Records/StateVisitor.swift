import Lanes

/// Reads or writes plain values one after another: one function of a type saves and restores it.
public protocol StateVisitor {
  mutating func visit<Number: FixedWidthInteger & BitwiseCopyable>(_ value: inout Number)
  /// As many bytes as there are.
  mutating func visit(_ memory: UnsafeMutableRawBufferPointer)
  /// A generator of random numbers, whose values `body` visits: where only the rest is restored,
  /// they stay.
  mutating func generator(_ body: (inout Self) -> Void)
}

extension StateVisitor {
  public mutating func generator(_ body: (inout Self) -> Void) { body(&self) }

  public mutating func visit(_ generator: inout SplitMix64) {
    var state = generator.state
    self.generator { $0.visit(&state) }
    generator.state = state
  }

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
  /// Leaves generators as they are.
  public var skipsGenerators = false
  private var isSkipping = false

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
    let read = next(Number.self)
    if !isSkipping { value = read }
  }

  public mutating func visit(_ memory: UnsafeMutableRawBufferPointer) {
    let bytes = take(memory.count)
    if bytes == nil {
      isShort = true
      rest = []
    }
    if isSkipping { return }
    if let bytes {
      memory.copyBytes(from: bytes)
    } else {
      memory.initializeMemory(as: UInt8.self, repeating: 0)
    }
  }

  public mutating func generator(_ body: (inout ByteReader) -> Void) {
    let before = isSkipping
    isSkipping = skipsGenerators
    body(&self)
    isSkipping = before
  }
}
