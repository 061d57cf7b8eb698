import CLanes
import Lanes

/// What single instructions compute, 64 lanes at a time.
extension ConsoleBlock {
  /// a + m + carry, with carry out and signed overflow.
  @inline(__always)
  static func addCarry(
    _ a: Vector, _ m: Vector, _ carry: inout UInt64, _ overflow: inout UInt64
  ) -> Vector {
    let partial = lanes_add(a, m)
    let sum = lanes_sub(partial, lanes_expand(carry))
    overflow = lanes_negative(lanes_and(lanes_xor(a, sum), lanes_xor(m, sum)))
    carry = lanes_below(partial, a) | (carry & ~lanes_nonzero(sum))
    return sum
  }

  @inline(__always) static func lowBit(_ a: Vector) -> UInt64 {
    lanes_nonzero(lanes_and(a, lanes_splat(1)))
  }

  @inline(__always)
  static func rotateLeft(_ a: Vector, _ carry: inout UInt64) -> Vector {
    let result = lanes_sub(lanes_shl1(a), lanes_expand(carry))
    carry = lanes_negative(a)
    return result
  }

  @inline(__always)
  static func rotateRight(_ a: Vector, _ carry: inout UInt64) -> Vector {
    let top = lanes_and(lanes_expand(carry), lanes_splat(0x80))
    let result = lanes_or(lanes_shr1(a), top)
    carry = lowBit(a)
    return result
  }

  private static func fromDecimal(_ value: UInt8) -> Int { Int(value >> 4) * 10 + Int(value & 15) }
  private static func toDecimal(_ value: Int) -> UInt8 {
    UInt8(((value & 0xFF) % 100 / 10) << 4 | (value & 0xFF) % 10)
  }

  /// ADC in all lanes; decimal where that is on in the lanes of `group`.
  func add(_ m: Vector, _ group: UInt64, _ r: inout Registers) {
    let (before, carryIn) = (r.a, r.c)
    r.a = Self.addCarry(r.a, m, &r.c, &r.v)
    forEachLane(r.d & group) { addDecimally(before[$0], m[$0], carryIn, $0, &r) }
  }

  func subtract(_ m: Vector, _ group: UInt64, _ r: inout Registers) {
    let (before, carryIn) = (r.a, r.c)
    r.a = Self.addCarry(r.a, lanes_not(m), &r.c, &r.v)
    forEachLane(r.d & group) { subtractDecimally(before[$0], m[$0], carryIn, $0, &r) }
  }

  /// As ALE computes it: invalid digits included.
  private func addDecimally(
    _ before: UInt8, _ m: UInt8, _ carryIn: UInt64, _ lane: Int, _ r: inout Registers
  ) {
    let bit: UInt64 = laneBit(lane)
    let sum = Self.fromDecimal(before) + Self.fromDecimal(m) + (carryIn & bit == 0 ? 0 : 1)
    let result = Self.toDecimal(sum)
    r.c = sum > 99 ? r.c | bit : r.c & ~bit
    let flips = (before ^ result) & (result ^ m) & 0x80
    r.v = flips != 0 ? r.v | bit : r.v & ~bit
    r.a[lane] = result
  }

  private func subtractDecimally(
    _ before: UInt8, _ m: UInt8, _ carryIn: UInt64, _ lane: Int, _ r: inout Registers
  ) {
    let bit: UInt64 = laneBit(lane)
    let borrow = carryIn & bit == 0 ? 1 : 0
    var difference = Self.fromDecimal(before) - Self.fromDecimal(m) - borrow
    if difference < 0 { difference += 100 }
    let result = Self.toDecimal(difference)
    r.c = Int(before) >= Int(m) + borrow ? r.c | bit : r.c & ~bit
    let flips = (before ^ result) & (result ^ m) & 0x80
    r.v = flips != 0 ? r.v | bit : r.v & ~bit
    r.a[lane] = result
  }

  /// The status byte as PHP pushes it: bits 5 and 4 are always set.
  @inline(never)
  func status(_ r: Registers) -> Vector {
    var result = lanes_or(lanes_and(r.n, lanes_splat(0x80)), lanes_splat(0x30))
    result = lanes_or(result, Self.bits(r.v, 0x40))
    result = lanes_or(result, Self.bits(r.d, 0x08))
    result = lanes_or(result, Self.bits(interrupt, 0x04))
    result = lanes_or(result, Self.bits(~lanes_nonzero(r.z), 0x02))
    return lanes_or(result, Self.bits(r.c, 0x01))
  }

  @inline(__always) private static func bits(_ mask: UInt64, _ value: UInt8) -> Vector {
    lanes_and(lanes_expand(mask), lanes_splat(value))
  }

  @inline(never)
  func setStatus(_ value: Vector, _ group: UInt64, _ r: inout Registers) {
    r.n = value
    r.z = lanes_xor(lanes_and(value, lanes_splat(2)), lanes_splat(2))
    r.v = lanes_nonzero(lanes_and(value, lanes_splat(0x40)))
    r.d = lanes_nonzero(lanes_and(value, lanes_splat(0x08)))
    r.c = Self.lowBit(value)
    let flag = lanes_nonzero(lanes_and(value, lanes_splat(0x04)))
    interrupt = flag & group | interrupt & ~group
  }

  /// The undocumented instructions, as ALE reads them. Returns what a store writes.
  @inline(never)
  func undocumented(
    _ op: UnsafePointer<MicroOperation>, _ m: Vector, _ group: UInt64, _ r: inout Registers
  ) -> Vector {
    var result = m
    var flags: Vector? = nil
    switch Operation(rawValue: op.pointee.operation).unsafelyUnwrapped {
    case .lax:
      r.a = m
      r.x = m
      flags = m
    case .sax: result = lanes_and(r.a, r.x)
    case .dcp:
      result = lanes_sub(m, lanes_splat(1))
      r.c = ~lanes_below(r.a, result)
      flags = lanes_sub(r.a, result)
    case .isb:
      result = lanes_add(m, lanes_splat(1))
      subtract(result, group, &r)
      flags = r.a
    case .slo:
      r.c = lanes_negative(m)
      result = lanes_shl1(m)
      r.a = lanes_or(r.a, result)
      flags = r.a
    case .rla:
      result = Self.rotateLeft(m, &r.c)
      r.a = lanes_and(r.a, result)
      flags = r.a
    case .sre:
      r.c = Self.lowBit(m)
      result = lanes_shr1(m)
      r.a = lanes_xor(r.a, result)
      flags = r.a
    case .rra:
      result = Self.rotateRight(m, &r.c)
      add(result, group, &r)
      flags = r.a
    case .anc:
      r.a = lanes_and(r.a, m)
      r.c = lanes_negative(r.a)
      flags = r.a
    case .asr:
      r.a = lanes_and(r.a, m)
      r.c = Self.lowBit(r.a)
      r.a = lanes_shr1(r.a)
      flags = r.a
    case .arr: andRotate(m, group, &r)
    case .ane:
      r.a = lanes_and(lanes_and(lanes_or(r.a, lanes_splat(0xEE)), r.x), m)
      flags = r.a
    case .lxa:
      r.a = lanes_and(lanes_or(r.a, lanes_splat(0xEE)), m)
      r.x = r.a
      flags = r.a
    case .sbx:
      let both = lanes_and(r.x, r.a)
      r.c = ~lanes_below(both, m)
      r.x = lanes_sub(both, m)
      flags = r.x
    case .las:
      r.a = lanes_and(load(state[.stack]), m)
      r.x = r.a
      store(r.a, state[.stack], where: group)
      flags = r.a
    case .shs:
      store(lanes_and(r.a, r.x), state[.stack], where: group)
      result = lanes_and(r.a, r.x)
    case .sha: result = lanes_and(r.a, r.x)
    case .shx: result = r.x
    case .shy: result = r.y
    default: break
    }
    if let flags {
      r.n = flags
      r.z = flags
    }
    return result
  }

  /// ARR: AND, then rotate right with flags of its own. Source: ALE `M6502.m4`, M6502_ARR.
  private func andRotate(_ m: Vector, _ group: UInt64, _ r: inout Registers) {
    forEachLane(group) { lane in
      let bit: UInt64 = laneBit(lane)
      let value = r.a[lane] & m[lane]
      let carryIn = r.c & bit != 0
      var result = value >> 1 | (carryIn ? 0x80 : 0)
      var carryOut = result & 0x40 != 0
      var overflowOut = (result & 0x40) ^ (result & 0x20) << 1 != 0
      r.n[lane] = result
      r.z[lane] = result
      if r.d & bit != 0 {
        r.n[lane] = carryIn ? 0x80 : 0
        overflowOut = (value ^ result) & 0x40 != 0
        if (value & 0x0F) + (value & 0x01) > 5 {
          result = result & 0xF0 | (result &+ 6) & 0x0F
        }
        carryOut = Int(value & 0xF0) + Int(value & 0x10) > 0x50
        if carryOut { result &+= 0x60 }
      }
      r.a[lane] = result
      r.c = carryOut ? r.c | bit : r.c & ~bit
      r.v = overflowOut ? r.v | bit : r.v & ~bit
    }
  }
}
