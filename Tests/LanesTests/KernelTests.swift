import CKernels
import CLanes
import Lanes
import Testing

/// The kernels of `objects.h` against the same in plain words.
struct KernelTests {
  /// Put a failure's number here to see it again.
  private let seed = UInt64.random(in: 0...UInt64.max)
  private let generator: SplitMix64

  init() { generator = SplitMix64(seed: seed) }

  private static func row<T>(_ value: (Int) -> T) -> AlignedBuffer<T> {
    let row = AlignedBuffer<T>(count: 64)
    for lane in 0..<64 { row[lane] = value(lane) }
    return row
  }

  private static func vector(_ row: AlignedBuffer<UInt8>) -> lanes_u8 {
    var vector = lanes_u8(repeating: 0)
    for lane in 0..<64 { vector[lane] = row[lane] }
    return vector
  }

  @Test("On every level of processor, kernels give what plain loops give")
  func levels() {
    func differing(_ compare: (UInt64, Int32) -> UnsafePointer<CChar>?) -> String? {
      compare(seed, 2_000).map { String(cString: $0) }
    }
    #expect(differing(kernels_differ_0) == nil, "seed \(seed)")
    #if arch(x86_64)
      let levels = [
        kernels_differ_1, kernels_differ_2, kernels_differ_3, kernels_differ_4, kernels_differ_5,
      ]
      for (level, compare) in levels.enumerated() where level < lanes_supported_level() {
        #expect(differing(compare) == nil, "seed \(seed), level \(level + 1)")
      }
    #endif
  }

  @Test("A clock's line is found by multiplication for every 16-bit clock")
  func lines() {
    for clock in UInt16.min...UInt16.max { #expect(lanes_line_of(clock) == clock / 228) }
  }

  @Test("Waiting for a line ends where a line begins")
  func waits() {
    for start in stride(from: Int32(0), to: 119_900, by: 61) {
      let clocks = Self.row { start + Int32($0) }
      lanes_wait_for_line(clocks.pointer, 5, ~2)
      for lane in 0..<64 {
        let clock = start + Int32(lane)
        #expect(clocks[lane] == (lane == 1 ? clock : (clock + 5 + 75) / 76 * 76 - 5))
      }
    }
  }

  @Test("Writes are aimed three clocks a cycle and a delay on, inside the picture")
  func aims() {
    var generator = generator
    for (delay, origin) in [(-1, 0), (0, 0), (1, 608), (8, 0), (-1, 608)] as [(Int32, Int)] {
      let cycles = Self.row { UInt16(truncatingIfNeeded: $0 < 8 ? UInt64($0) : generator.next()) }
      for lane in 8..<40 { cycles[lane] %= 20_000 }
      let clocks = Self.row { _ in UInt16(0) }
      lanes_aim(clocks.pointer, cycles.pointer, delay, 7_752, 55_632, UInt16(origin))
      for lane in 0..<64 {
        let late = delay < 0 ? [4, 5, 2, 3][Int(cycles[lane]) % 4] : Int(delay)
        let clock = min(max((Int(cycles[lane]) - origin) * 3 + late, 7_752), 55_632)
        #expect(Int(clocks[lane]) == clock, "seed \(seed), cycle \(cycles[lane]), delay \(delay)")
      }
    }
  }

  @Test("The stretch between two clocks covers the pixels that a beam would pass")
  func ranges() {
    var generator = generator
    for spread: UInt64 in [30, 300, 700] {
      let from = Self.row { _ in UInt16(generator.next() % 50_000) }
      let to = Self.row { from[$0] + UInt16(generator.next() % spread) }
      let range = AlignedBuffer<UInt64>(count: 192)
      lanes_ranges(range.pointer, from.pointer, to.pointer)
      for lane in 0..<64 {
        var passed = [Bool](repeating: false, count: 160)
        for clock in from[lane]..<to[lane] where clock % 228 >= 68 {
          passed[Int(clock % 228) - 68] = true
        }
        for pixel in 0..<160 {
          let bit = range[pixel / 64 * 64 + lane] >> UInt64(pixel % 64) & 1
          #expect(
            bit == (passed[pixel] ? 1 : 0),
            "seed \(seed), \(from[lane])..<\(to[lane]), pixel \(pixel)")
        }
      }
    }
  }

  @Test("Missiles, players and playfield show the pixels of the hardware's tables")
  func objects() {
    let copies = [[0], [0, 16], [0, 32], [0, 16, 32], [0, 64], [0], [0, 32, 64], [0]]
    let line = AlignedBuffer<UInt64>(count: 192)
    func shown(_ lane: Int) -> Set<Int> {
      Set((0..<160).filter { line[$0 / 64 * 64 + lane] >> UInt64($0 % 64) & 1 == 1 })
    }
    var generator = generator
    for round in 0..<60 {
      // Rows without copies take a way of their own.
      let modes = Self.row { _ in round % 3 == 0 ? 0 : UInt8(generator.next() % 16) }
      let xs = Self.row { _ in UInt8(generator.next() % 160) }
      let graphics = Self.row { _ in UInt8(truncatingIfNeeded: generator.next()) }
      let shapes = Self.row { lane in
        (round % 5 == 0 ? 0 : UInt8(generator.next() & 0x80)) | UInt8(generator.next() % 4) << 4
          | modes[lane] & 7
      }
      // Graphics are shown from bit 7 on.
      lanes_player_row(line.pointer, Self.vector(graphics), modes.pointer, xs.pointer)
      for lane in 0..<64 {
        let (mode, x) = (Int(modes[lane]), Int(xs[lane]))
        let (size, first) = [5: (2, 1), 7: (4, 1)][mode & 7] ?? (1, 0)
        var expected: Set<Int> = []
        for copy in copies[mode & 7] where copy > 0 || mode < 8 {
          for pixel in 0..<(8 * size) where graphics[lane] >> UInt8(7 - pixel / size) & 1 == 1 {
            expected.insert((x + copy + first + pixel) % 160)
          }
        }
        #expect(shown(lane) == expected, "seed \(seed)")
      }
      lanes_missile_row(line.pointer, shapes.pointer, xs.pointer)
      for lane in 0..<64 {
        let width = shapes[lane] & 0x80 == 0 ? 0 : 1 << Int(shapes[lane] >> 4 & 3)
        let missile = copies[Int(modes[lane] & 7)].flatMap { copy in
          (0..<width).map { (Int(xs[lane]) + copy + $0) % 160 }
        }
        #expect(shown(lane) == Set(missile), "seed \(seed)")
      }
    }
    // PF0 from bit 4 up, PF1 from bit 7 down, PF2 from bit 0 up; mirrored in lanes 0...31.
    let reflect = Self.row { UInt8($0 < 32 ? 1 : 0) }
    lanes_playfield_row(
      line.pointer, lanes_splat(0x10), lanes_splat(0x40), lanes_splat(0x01), reflect.pointer)
    for (lane, blocks) in [(3, [0, 5, 12, 27, 34, 39]), (40, [0, 5, 12, 20, 25, 32])] {
      #expect(shown(lane) == Set(blocks.flatMap { (4 * $0)..<(4 * $0 + 4) }))
    }
  }

  @Test("Transposing twice gives what there was, once the columns")
  func transposition() {
    var generator = generator
    let rows = (0..<64).map { _ in generator.next() }
    var bits = rows
    lanes_transpose(&bits)
    for row in 0..<64 {
      for column in 0..<64 {
        let bit = rows[row] >> UInt64(column) & 1
        #expect(bits[column] >> UInt64(row) & 1 == bit, "seed \(seed)")
      }
    }
    lanes_transpose(&bits)
    #expect(bits == rows, "seed \(seed)")
  }

  @Test("The next turn goes to the smallest key")
  func turns() {
    var generator = generator
    for _ in 0..<200 {
      let clocks = Self.row { _ in Int32(generator.next() % 70_000) }
      let stack = Self.row { _ in UInt8(generator.next() % 4) + 0xFC }
      let places = Self.row { _ in Int32(generator.next() % 5 * 7 + 0x1000) }
      let live = generator.next() | 1 << 17
      let turn = lanes_next_turn(clocks.pointer, stack.pointer, places.pointer, live)
      let on = (0..<64).filter { live >> UInt64($0) & 1 == 1 }
      func key(_ lane: Int) -> UInt32 { lanes_key(clocks[lane], stack[lane], places[lane]) }
      let leader = on.min { (key($0), $0) < (key($1), $1) }!
      #expect(Int(turn.leader) == leader && turn.place == places[leader], "seed \(seed)")
      let group = on.filter { places[$0] == places[leader] }
      let mask = group.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
      #expect(turn.group == mask, "seed \(seed)")
      let waiting = on.filter { !group.contains($0) }.map(key).min() ?? .max
      #expect(turn.waiting == waiting, "seed \(seed)")
    }
  }

  @Test("Lanes gather from ROM and RAM, and say what is neither")
  func gathers() {
    var generator = generator
    let image = AlignedBuffer<UInt8>(count: 8192 + 3)
    for index in 0..<8192 { image[index] = UInt8(truncatingIfNeeded: generator.next()) }
    let ram = AlignedBuffer<UInt8>(count: 129 * 64)
    for index in 0..<8192 { ram[index] = UInt8(truncatingIfNeeded: generator.next()) }
    let slices = AlignedBuffer<Int32>(count: 16)
    for slot in 0..<16 { slices[slot] = Int32((slot * 5 + 3) % 8 << 10) }
    for _ in 0..<100 {
      let addresses = Self.row { lane in
        Int32(truncatingIfNeeded: generator.next()) & (lane % 3 == 0 ? 0xFF : 0xFFFF)
      }
      let group = generator.next()
      let values = Self.row { _ in UInt8(0x5A) }
      let rest = lanes_gather(
        values.pointer, addresses.pointer, group, image.pointer, slices.pointer, ram.pointer,
        0xFE0, 0x98)
      for lane in 0..<64 {
        let address = Int(addresses[lane])
        let isOn = group >> UInt64(lane) & 1 == 1
        // Over the end of the window.
        let isSpecial = address & 0xFFF >= 0xFE0 || address & 0xFFF < 0x78
        let isROM = isOn && address & 0x1000 != 0 && !isSpecial
        let isRAM = isOn && address & 0x1280 == 0x80
        let rom = image[Int(slices[address >> 10 & 15]) + address & 0x3FF]
        let expected = isROM ? rom : isRAM ? ram[(address & 0x7F) << 6 | lane] : 0x5A
        #expect(values[lane] == expected, "seed \(seed)")
        let isLeft = isOn && !isROM && !isRAM
        #expect(rest >> UInt64(lane) & 1 == (isLeft ? 1 : 0), "seed \(seed)")
      }
    }
  }
}
