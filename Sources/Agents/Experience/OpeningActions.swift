import Lanes
import Nets
import Records

/// Random actions before the first update, of which each lane keeps one for so many steps: where a goal
/// needs one action for long, steps that are drawn apart hardly ever find it.
struct OpeningActions {
  let hold: Int
  /// As it was when today's actions were drawn.
  private var held = SplitMix64(seed: 0)

  init(hold: Int) { self.hold = hold }

  /// - Parameters:
  ///   - step: of a lane, from 0.
  ///   - draw: fills in the actions of all lanes.
  mutating func draw(
    step: Int, using generator: inout SplitMix64, _ draw: (inout SplitMix64) -> Void
  ) {
    if hold == 1 { return draw(&generator) }
    if step.isMultiple(of: hold) { held = SplitMix64(seed: generator.next()) }
    var again = held
    draw(&again)
  }

  func save(into file: inout SafeTensors) {
    if hold > 1 { file.metadata["agent.held"] = String(held.state) }
  }

  /// - Throws: `CheckpointError`.
  mutating func restore(from file: SafeTensors) throws {
    if hold == 1 { return }
    guard let state = UInt64(try file.text("agent.held")) else {
      throw CheckpointError.mismatch("agent.held")
    }
    held.state = state
  }
}

extension Setting {
  static func openingHold(_ path: Path<Int>) -> Self {
    .whole(
      "opening-hold", path, 1...1000,
      "steps for which a lane keeps a random action before the first update")
  }
}
