import Console
import Lanes

/// A lane's generators.
struct LaneGenerators {
  /// Power-on memory and timers.
  var system = TwisterBank.standard
  /// Sticky actions.
  var environment = TwisterBank.standard
  /// Number of no-ops at the start of an episode.
  var noops = TwisterBank.standard
  /// No-ops and frame skips where the original has them from NumPy.
  var numbers = PCG64(seed: 0)
}

/// A lane in parts: its machine with what ALE keeps of it, its generators, its pictures (see
/// `AtariBlock+Packing.swift`).
extension AtariBlock {
  /// - Parameter bytes: `plan.machineBytes` of them, on a 16-byte boundary.
  func saveMachine(_ lane: Int, into bytes: UnsafeMutableRawPointer) {
    console.saveMachine(lane, into: bytes)
    (bytes + plan.laneOffset).storeBytes(of: lanes.pointer[lane], as: AtariLane.self)
    (bytes + plan.soundOffset).storeBytes(of: soundGenerator(lane), as: SoundGenerator.self)
  }

  /// Takes over a machine from any block with the same program. Its pictures and its stack are black,
  /// its last sound is as before the first act.
  func loadMachine(_ lane: Int, from bytes: UnsafeRawPointer) {
    load(
      lane, machine: bytes, (bytes + plan.laneOffset).load(as: AtariLane.self),
      (bytes + plan.soundOffset).load(as: SoundGenerator.self))
  }

  /// - Parameter bytes: the console's, `console.machineBytes` of them.
  func load(
    _ lane: Int, machine bytes: UnsafeRawPointer, _ state: AtariLane, _ generator: SoundGenerator
  ) {
    console.loadMachine(lane, from: bytes)
    lanes.pointer[lane] = state
    if plan.hearsSound {
      sound.generators[lane] = generator
      samples(lane).update(repeating: 0, count: SoundGenerator.samples)
    }
    views[lane] = LaneView(
      stack: plan.blackStack.pointer, newest: plan.black, earlier: plan.black)
    // The block may no longer suit the lane's rhythm.
    begun |= 1 << UInt64(lane)
  }

  func soundGenerator(_ lane: Int) -> SoundGenerator {
    plan.hearsSound ? sound.generators[lane] : SoundGenerator()
  }

  func generators(_ lane: Int) -> LaneGenerators {
    LaneGenerators(
      system: system.state(lane), environment: environment.state(lane), noops: noops.state(lane),
      numbers: numbers[lane])
  }

  func setGenerators(_ lane: Int, _ generators: LaneGenerators) {
    system.setState(lane, generators.system)
    environment.setState(lane, generators.environment)
    noops.setState(lane, generators.noops)
    numbers[lane] = generators.numbers
  }

  /// Swaps a lane with one of another block of the batch.
  func exchange(_ lane: Int, with other: AtariBlock, _ otherLane: Int) {
    console.exchange(lane, with: other.console, otherLane)
    (views[lane], other.views[otherLane]) = (other.views[otherLane], views[lane])
    kept.exchange(lane, with: other.kept, otherLane)
    ownStacks.exchange(lane, with: other.ownStacks, otherLane)
    (lanes[lane], other.lanes[otherLane]) = (other.lanes[otherLane], lanes[lane])
    if plan.hearsSound {
      let (mine, its) = (sound.generators, other.sound.generators)
      (mine[lane], its[otherLane]) = (its[otherLane], mine[lane])
    }
    (numbers[lane], other.numbers[otherLane]) = (other.numbers[otherLane], numbers[lane])
    (ids[lane], other.ids[otherLane]) = (other.ids[otherLane], ids[lane])
    for (mine, its) in [
      (system, other.system), (environment, other.environment), (noops, other.noops),
    ] {
      mine.exchange(lane, with: its, otherLane)
    }
  }
}
