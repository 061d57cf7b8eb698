import CLanes

/// The processor's working registers while a group of lanes runs; see `lanes_run`.
struct Registers {
  var a, x, y, n, z: Vector
  var c, v, d: UInt64

  @inline(__always)
  init(_ run: UnsafeMutablePointer<lanes_run>) {
    let rows = run.pointee.rows.unsafelyUnwrapped
    a = load(rows)
    x = load(rows + 64)
    y = load(rows + 128)
    n = load(rows + 192)
    z = load(rows + 256)
    c = run.pointee.carry
    v = run.pointee.overflow
    d = run.pointee.decimal
  }

  @inline(__always)
  func store(_ run: UnsafeMutablePointer<lanes_run>) {
    let rows = run.pointee.rows.unsafelyUnwrapped
    Console.store(a, rows)
    Console.store(x, rows + 64)
    Console.store(y, rows + 128)
    Console.store(n, rows + 192)
    Console.store(z, rows + 256)
    run.pointee.carry = c
    run.pointee.overflow = v
    run.pointee.decimal = d
  }
}

/// What the interpreter calls back for.
extension ConsoleBlock {
  func makeRun() -> UnsafeMutablePointer<lanes_run> {
    // Cache lines of its own: other threads write to the next block's.
    let run = UnsafeMutableRawPointer.allocate(byteCount: 512, alignment: 128)
      .bindMemory(to: lanes_run.self, capacity: 1)
    run.initialize(to: lanes_run())
    run.pointee.rows = scratch.registers
    run.pointee.kept = scratch.kept
    run.pointee.ram = ram
    run.pointee.stack = state[.stack]
    run.pointee.value = scratch.value
    run.pointee.blocks = UnsafePointer(program.blocks)
    run.pointee.clocks = state[.clock]
    run.pointee.instructions = state[.instructions]
    run.pointee.touched = state[.touched]
    run.pointee.touch = Int32(LANES_UNTOUCHED)
    run.pointee.log = log
    run.pointee.shadow = state[.shadow]
    run.pointee.ignoring_repeats = TIARegister.ignoringRepeats
    run.pointee.logged = TIARegister.logged
    run.pointee.clock_limit = clockLimit
    run.pointee.addresses = scratch.addresses
    run.pointee.image = UnsafePointer(program.image)
    run.pointee.slices = UnsafePointer(scratch.slices)
    run.pointee.special_from = Int32(program.scheme.special.from)
    run.pointee.special_count = Int32(program.scheme.special.count)
    run.pointee.timer_set = UnsafePointer(state[.timerSet])
    run.pointee.timers = UnsafePointer(state[.timer])
    run.pointee.shifts = UnsafePointer(state[.shift])
    run.pointee.console = Unmanaged.passUnretained(self).toOpaque()
    run.pointee.read = { console, op, group in
      ConsoleBlock.at(console) { $0.read(op.unsafelyUnwrapped, group) }
    }
    run.pointee.write = { console, op, group in
      ConsoleBlock.at(console) { $0.write(op.unsafelyUnwrapped, group) }
    }
    run.pointee.perform = { console, op, group in
      ConsoleBlock.at(console) { $0.perform(op.unsafelyUnwrapped, group) }
    }
    run.pointee.calculate = { console, op, group in
      ConsoleBlock.at(console) { $0.calculate(op.unsafelyUnwrapped, group) }
    }
    return run
  }

  @inline(__always)
  private static func at(_ console: UnsafeMutableRawPointer?, _ body: (ConsoleBlock) -> Void) {
    // Without counting references: the block outlives its run.
    Unmanaged<ConsoleBlock>.fromOpaque(console.unsafelyUnwrapped)._withUnsafeGuaranteedRef(body)
  }

  /// Cycles from the lanes' clocks to the end of the step.
  @inline(__always)
  func elapsed(_ op: UnsafePointer<MicroOperation>) -> Int32 {
    run.pointee.pending &+ Int32(op.pointee.elapsed)
  }

  /// ADC or SBC of `scratch.value` where some lane is in decimal mode.
  private func calculate(_ op: UnsafePointer<MicroOperation>, _ group: UInt64) {
    var r = Registers(run)
    let m = load(scratch.value)
    if op.pointee.operation == Operation.adc.rawValue {
      add(m, group, &r)
    } else {
      subtract(m, group, &r)
    }
    r.n = r.a
    r.z = r.a
    r.store(run)
  }

  /// A whole instruction that the interpreter does not know.
  private func perform(_ op: UnsafePointer<MicroOperation>, _ group: UInt64) {
    var r = Registers(run)
    switch Operation(rawValue: op.pointee.operation).unsafelyUnwrapped {
    case .cli: interrupt &= ~group
    case .sei: interrupt |= group
    case .pha: push(r.a, group, elapsed(op))
    case .php: push(status(r), group, elapsed(op))
    case .pla:
      pull(group, elapsed(op))
      r.a = load(scratch.value)
      r.n = r.a
      r.z = r.a
    case .plp:
      pull(group, elapsed(op))
      setStatus(load(scratch.value), group, &r)
    default: performUndocumented(op, group, &r)
    }
    r.store(run)
  }

  private func performUndocumented(
    _ op: UnsafePointer<MicroOperation>, _ group: UInt64, _ r: inout Registers
  ) {
    var m = r.a
    switch Access(rawValue: op.pointee.fetch).unsafelyUnwrapped {
    case .none: break
    case .immediate: m = lanes_splat(UInt8(truncatingIfNeeded: op.pointee.operand))
    case .ram: m = load(ram + Int(op.pointee.operand) << 6)
    default:
      read(op, group)
      m = load(scratch.value)
    }
    m = undocumented(op, m, group, &r)
    switch Access(rawValue: op.pointee.store).unsafelyUnwrapped {
    case .none: break
    case .ram: store(m, ram + Int(op.pointee.operand) << 6, where: group)
    default:
      store(m, scratch.value)
      write(op, group)
    }
  }
}
