import Lanes

/// What a console has written to the TIA's sound registers, AUDC0...AUDV1: control, frequency and
/// volume of two channels.
///
/// Only the last value of each counts: ALE puts the writes of all frames into a queue and hands them
/// to its generator when it makes samples, and none of them does more than set a register.
public struct SoundRegisters: BitwiseCopyable, Equatable, Sendable {
  static let order: [TIARegister] = [.AUDC0, .AUDC1, .AUDF0, .AUDF1, .AUDV0, .AUDV1]
  /// Marks registers that the program has written since the machine reset.
  static let written: UInt8 = 0x80

  /// In `order`; the last two are unused.
  var values = SIMD8<UInt8>()

  public init() {}

  /// - Parameter values: of the six registers, as they are kept.
  public init(_ values: [UInt8]) {
    for (index, value) in values.prefix(6).enumerated() { self.values[index] = value }
  }

  func control(_ channel: Int) -> Int { Int(values[channel] & 0x0F) }
  func frequency(_ channel: Int) -> Int { Int(values[2 + channel] & 0x1F) }
  func volume(_ channel: Int) -> UInt8 { values[4 + channel] & 0x0F }

  /// The registers after a machine reset: only the marks are gone.
  public var reset: SoundRegisters {
    var registers = self
    for index in 0..<6 { registers.values[index] &= ~Self.written }
    return registers
  }

  /// The registers of a program that has begun with `older` where this one began with others.
  public func over(_ older: SoundRegisters) -> SoundRegisters {
    var registers = self
    for index in 0..<6 where values[index] & Self.written == 0 {
      registers.values[index] = older.values[index] & ~Self.written
    }
    return registers
  }
}

/// The TIA's sound as ALE makes it: a sample a clock of 31,400 Hz, both channels added.
///
/// Neither a machine reset nor the end of a game changes it; it begins anew with the ROM.
/// - Source: ALE `emucore/TIASnd.cxx` and `common/SoundRaw.cxx`.
public struct SoundGenerator: BitwiseCopyable, Equatable, Sendable {
  /// Bytes that an act makes.
  public static let samples = 512
  /// What a sample is when both channels are low; a channel adds up to 60.
  public static let silence: UInt8 = 128

  struct Channel: BitwiseCopyable, Equatable, Sendable {
    /// Clocks since the frequency divider's last pulse.
    var count: UInt16 = 0
    var noise = NoiseTables.start
  }

  var first = Channel()
  var second = Channel()

  public init() {}

  /// Its state in one number, 16 bits each: the first channel's divider and shift registers, then the
  /// second's.
  public var bits: UInt64 {
    [first.count, first.noise, second.count, second.noise].reversed()
      .reduce(0) { $0 << 16 | UInt64($1) }
  }

  public init(bits: UInt64) {
    func part(_ index: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: bits >> (16 * index)) }
    first = Channel(count: part(0), noise: part(1))
    second = Channel(count: part(2), noise: part(3))
  }

  /// Lets 512 clocks pass.
  /// - Parameter samples: [512]; nil: nobody listens.
  public mutating func play(
    _ registers: SoundRegisters, into samples: UnsafeMutablePointer<UInt8>?
  ) {
    samples?.update(repeating: Self.silence, count: Self.samples)
    first.play(registers, 0, into: samples)
    second.play(registers, 1, into: samples)
  }
}

extension SoundGenerator.Channel {
  fileprivate mutating func play(
    _ registers: SoundRegisters, _ channel: Int, into samples: UnsafeMutablePointer<UInt8>?
  ) {
    let control = registers.control(channel)
    let period = registers.frequency(channel) + 1
    let volume = registers.volume(channel) << 2
    // A divider that counts further than a new frequency asks for pulses at once.
    let firstPulse = max(period - Int(count), 1)
    let pulses = 1 + (SoundGenerator.samples - firstPulse) / period
    count = UInt16(SoundGenerator.samples - firstPulse - (pulses - 1) * period)
    guard let samples, volume > 0 else {
      noise = NoiseTables.shared.skip(pulses, from: noise, control: control)
      return
    }
    let tables = NoiseTables.shared
    var from = 0
    // A pulse's own clock is the first that is heard of it.
    for pulse in stride(from: firstPulse - 1, to: SoundGenerator.samples, by: period) {
      add(volume, to: samples, from: from, until: pulse)
      noise = tables.next(noise, control)
      from = pulse
    }
    add(volume, to: samples, from: from, until: SoundGenerator.samples)
  }

  @inline(__always)
  private func add(
    _ volume: UInt8, to samples: UnsafeMutablePointer<UInt8>, from: Int, until: Int
  ) {
    if !NoiseTables.isHigh(noise) { return }
    for sample in from..<until { samples[sample] &+= volume }
  }
}
