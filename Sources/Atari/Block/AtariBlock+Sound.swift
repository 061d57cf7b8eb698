import Console
import Lanes

/// The sound of a block's lanes. Empty unless it is asked for.
struct BlockSound {
  /// [count].
  let generators: AlignedBuffer<SoundGenerator>
  /// The batch's, [lanes of the batch][512]: the last act's samples.
  let samples: AlignedBuffer<UInt8>
  /// The registers at the end of each act since a beginning was begun; nil: nobody asks.
  var heard: [SoundRegisters]?

  init(count: Int, samples: AlignedBuffer<UInt8>) {
    generators = AlignedBuffer(count: count)
    self.samples = samples
    for lane in 0..<count { generators[lane] = SoundGenerator() }
  }
}

/// Sound as ALE's `sound_obs` gives it: each act ends with 512 samples, made from what the sound
/// registers hold then. The frames of a reset make none; they only set registers.
///
/// - Source: ALE `environment/stella_environment.cpp`, `processAudio`.
extension AtariBlock {
  func samples(_ lane: Int) -> UnsafeMutablePointer<UInt8> {
    sound.samples.pointer + id(lane) * SoundGenerator.samples
  }

  /// Acts end in the lanes of `mask`.
  /// - Parameter heard: of them; in the others another act follows before anybody looks.
  func playSounds(_ mask: UInt64, heard: UInt64) {
    forEachLane(mask) { lane in
      let samples = heard >> UInt64(lane) & 1 == 1 ? samples(lane) : nil
      sound.generators.pointer[lane].play(console.soundRegisters(lane), into: samples)
    }
  }

  /// A frame of an act has ended outside a step.
  func endAct(_ lane: Int) {
    guard plan.hearsSound, lanes[lane].stage != .modeActs || lanes[lane].left == 0 else { return }
    playSounds(1 << UInt64(lane), heard: .max)
    sound.heard?.append(console.soundRegisters(lane))
  }

  /// As it is when a ROM has been loaded.
  func silence(_ lane: Int) {
    guard plan.hearsSound else { return }
    console.setSoundRegisters(lane, SoundRegisters())
    sound.generators[lane] = SoundGenerator()
    samples(lane).update(repeating: 0, count: SoundGenerator.samples)
  }

  /// What the lane would have heard, had it emulated a beginning that was copied.
  /// - Parameters:
  ///   - older: its registers before.
  ///   - heard: those of the copied lane at the end of each act.
  func takeOver(_ heard: [SoundRegisters], after older: SoundRegisters, _ lane: Int) {
    let registers = console.soundRegisters(lane).over(older)
    console.setSoundRegisters(lane, registers)
    for act in heard {
      sound.generators.pointer[lane].play(act.over(older), into: samples(lane))
    }
  }
}
