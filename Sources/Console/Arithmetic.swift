import CLanes

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

  /// Decimal ADC in the lanes of the mask, as ALE computes it: invalid digits included.
  @inline(never)
  func decimalAdd(
    _ before: Vector, _ m: Vector, _ lanes: UInt64, carryIn: UInt64, _ a: inout Vector,
    _ carry: inout UInt64, _ overflow: inout UInt64
  ) {
    forEachLane(lanes) { lane in
      let bit: UInt64 = laneBit(lane)
      let sum =
        Self.fromDecimal(before[lane]) + Self.fromDecimal(m[lane])
        + (carryIn & bit == 0 ? 0 : 1)
      let result = Self.toDecimal(sum)
      carry = sum > 99 ? carry | bit : carry & ~bit
      let flips = (before[lane] ^ result) & (result ^ m[lane]) & 0x80
      overflow = flips != 0 ? overflow | bit : overflow & ~bit
      a[lane] = result
    }
  }

  @inline(never)
  func decimalSubtract(
    _ before: Vector, _ m: Vector, _ lanes: UInt64, carryIn: UInt64, _ a: inout Vector,
    _ carry: inout UInt64, _ overflow: inout UInt64
  ) {
    forEachLane(lanes) { lane in
      let bit: UInt64 = laneBit(lane)
      let borrow = carryIn & bit == 0 ? 1 : 0
      var difference = Self.fromDecimal(before[lane]) - Self.fromDecimal(m[lane]) - borrow
      if difference < 0 { difference += 100 }
      let result = Self.toDecimal(difference)
      carry = Int(before[lane]) >= Int(m[lane]) + borrow ? carry | bit : carry & ~bit
      let flips = (before[lane] ^ result) & (result ^ m[lane]) & 0x80
      overflow = flips != 0 ? overflow | bit : overflow & ~bit
      a[lane] = result
    }
  }

  /// The status byte as PHP pushes it: bits 5 and 4 are always set.
  @inline(never)
  func status(_ n: Vector, _ z: Vector, _ c: UInt64, _ v: UInt64, _ d: UInt64) -> Vector {
    var result = lanes_or(lanes_and(n, lanes_splat(0x80)), lanes_splat(0x30))
    result = lanes_or(result, Self.bits(v, 0x40))
    result = lanes_or(result, Self.bits(d, 0x08))
    result = lanes_or(result, Self.bits(interrupt, 0x04))
    result = lanes_or(result, Self.bits(~lanes_nonzero(z), 0x02))
    return lanes_or(result, Self.bits(c, 0x01))
  }

  @inline(__always) private static func bits(_ mask: UInt64, _ value: UInt8) -> Vector {
    lanes_and(lanes_expand(mask), lanes_splat(value))
  }

  @inline(never)
  func setStatus(
    _ value: Vector, _ group: UInt64, _ n: inout Vector, _ z: inout Vector, _ c: inout UInt64,
    _ v: inout UInt64, _ d: inout UInt64
  ) {
    n = value
    z = lanes_xor(lanes_and(value, lanes_splat(2)), lanes_splat(2))
    v = lanes_nonzero(lanes_and(value, lanes_splat(0x40)))
    d = lanes_nonzero(lanes_and(value, lanes_splat(0x08)))
    c = Self.lowBit(value)
    let flag = lanes_nonzero(lanes_and(value, lanes_splat(0x04)))
    interrupt = flag & group | interrupt & ~group
  }

  /// The undocumented instructions, as ALE reads them. Returns what a store writes.
  @inline(never)
  func undocumented(
    _ op: MicroOperation, _ m: Vector, _ group: UInt64, _ a: inout Vector, _ x: inout Vector,
    _ y: inout Vector, _ n: inout Vector, _ z: inout Vector, _ c: inout UInt64,
    _ v: inout UInt64, _ d: UInt64
  ) -> Vector {
    var result = m
    var flags: Vector? = nil
    switch op.operation {
    case .lax:
      a = m
      x = m
      flags = m
    case .sax: result = lanes_and(a, x)
    case .dcp:
      result = lanes_sub(m, lanes_splat(1))
      c = ~lanes_below(a, result)
      flags = lanes_sub(a, result)
    case .isb:
      result = lanes_add(m, lanes_splat(1))
      let (before, carryIn) = (a, c)
      a = Self.addCarry(a, lanes_not(result), &c, &v)
      if d & group != 0 { decimalSubtract(before, result, d & group, carryIn: carryIn, &a, &c, &v) }
      flags = a
    case .slo:
      c = lanes_negative(m)
      result = lanes_shl1(m)
      a = lanes_or(a, result)
      flags = a
    case .rla:
      result = Self.rotateLeft(m, &c)
      a = lanes_and(a, result)
      flags = a
    case .sre:
      c = Self.lowBit(m)
      result = lanes_shr1(m)
      a = lanes_xor(a, result)
      flags = a
    case .rra:
      result = Self.rotateRight(m, &c)
      let (before, carryIn) = (a, c)
      a = Self.addCarry(a, result, &c, &v)
      if d & group != 0 { decimalAdd(before, result, d & group, carryIn: carryIn, &a, &c, &v) }
      flags = a
    case .anc:
      a = lanes_and(a, m)
      c = lanes_negative(a)
      flags = a
    case .asr:
      a = lanes_and(a, m)
      c = Self.lowBit(a)
      a = lanes_shr1(a)
      flags = a
    case .arr: return andRotate(m, group, &a, &n, &z, &c, &v, d)
    case .ane:
      a = lanes_and(lanes_and(lanes_or(a, lanes_splat(0xEE)), x), m)
      flags = a
    case .lxa:
      a = lanes_and(lanes_or(a, lanes_splat(0xEE)), m)
      x = a
      flags = a
    case .sbx:
      let both = lanes_and(x, a)
      c = ~lanes_below(both, m)
      x = lanes_sub(both, m)
      flags = x
    case .las:
      a = lanes_and(load(state[.stack]), m)
      x = a
      store(a, state[.stack], where: group)
      flags = a
    case .shs:
      store(lanes_and(a, x), state[.stack], where: group)
      result = lanes_and(a, x)
    case .sha: result = lanes_and(a, x)
    case .shx: result = x
    case .shy: result = y
    default: break
    }
    if let flags {
      n = flags
      z = flags
    }
    return result
  }

  /// ARR: AND, then rotate right with flags of its own. Source: ALE `M6502.m4`, M6502_ARR.
  private func andRotate(
    _ m: Vector, _ group: UInt64, _ a: inout Vector, _ n: inout Vector, _ z: inout Vector,
    _ c: inout UInt64, _ v: inout UInt64, _ d: UInt64
  ) -> Vector {
    forEachLane(group) { lane in
      let bit: UInt64 = laneBit(lane)
      let value = a[lane] & m[lane]
      let carryIn = c & bit != 0
      var result = value >> 1 | (carryIn ? 0x80 : 0)
      var carryOut = result & 0x40 != 0
      var overflowOut = (result & 0x40) ^ (result & 0x20) << 1 != 0
      n[lane] = result
      z[lane] = result
      if d & bit != 0 {
        n[lane] = carryIn ? 0x80 : 0
        overflowOut = (value ^ result) & 0x40 != 0
        if (value & 0x0F) + (value & 0x01) > 5 {
          result = result & 0xF0 | (result &+ 6) & 0x0F
        }
        carryOut = Int(value & 0xF0) + Int(value & 0x10) > 0x50
        if carryOut { result &+= 0x60 }
      }
      a[lane] = result
      c = carryOut ? c | bit : c & ~bit
      v = overflowOut ? v | bit : v & ~bit
    }
    return m
  }
}
