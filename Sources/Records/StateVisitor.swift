import Lanes

/// Reads or writes plain values one after another: one function of a type saves and restores it.
public protocol StateVisitor {
  /// As many bytes as there are.
  mutating func visit(_ memory: UnsafeMutableRawBufferPointer)
  /// A generator of random numbers, whose values `body` visits: where only the rest is restored,
  /// they stay.
  mutating func generator(_ body: (inout Self) -> Void)
}

extension StateVisitor {
  /// Little-endian, as the machines are on which this runs. Inlined: a call by a visitor of unknown type
  /// costs less than one by a number of unknown type.
  @inlinable @inline(__always)
  public mutating func visit<Number: FixedWidthInteger & BitwiseCopyable>(_ value: inout Number) {
    withUnsafeMutableBytes(of: &value) { visit($0) }
  }

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

  public mutating func visit(_ memory: UnsafeMutableRawBufferPointer) { bytes += memory }
}

/// Reads zeros once there is nothing left, and remembers that.
public struct ByteReader: StateVisitor {
  private let bytes: ArraySlice<UInt8>
  /// Of the next byte.
  private var place: Int
  public private(set) var isShort = false
  /// Leaves generators as they are.
  public var skipsGenerators = false
  private var isSkipping = false

  public init(_ bytes: ArraySlice<UInt8>) { (self.bytes, place) = (bytes, bytes.startIndex) }

  public var rest: ArraySlice<UInt8> { bytes[place...] }

  public mutating func next<Value: FixedWidthInteger>(_: Value.Type) -> Value {
    var value: Value = 0
    withUnsafeMutableBytes(of: &value) { read($0) }
    return Value(littleEndian: value)
  }

  /// The next bytes; nil when there are fewer.
  public mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, bytes.endIndex - place >= count else { return nil }
    place += count
    return bytes[place - count..<place]
  }

  public mutating func visit(_ memory: UnsafeMutableRawBufferPointer) {
    if !isSkipping { return read(memory) }
    guard bytes.endIndex - place >= memory.count else { return end() }
    place += memory.count
  }

  private mutating func read(_ memory: UnsafeMutableRawBufferPointer) {
    guard bytes.endIndex - place >= memory.count else {
      end()
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      return
    }
    let offset = place - bytes.startIndex
    bytes.withUnsafeBytes {
      memory.copyMemory(from: .init(rebasing: $0[offset..<offset + memory.count]))
    }
    place += memory.count
  }

  private mutating func end() {
    isShort = true
    place = bytes.endIndex
  }

  public mutating func generator(_ body: (inout ByteReader) -> Void) {
    let before = isSkipping
    isSkipping = skipsGenerators
    body(&self)
    isSkipping = before
  }
}
