import Environment
import Lanes

/// The share of random actions: all of them for `delay` steps, then falling linearly.
///
/// Source: Dopamine's `linearly_decaying_epsilon`, for any start.
struct EpsilonSchedule: Equatable, Sendable {
  var start: Float
  var end: Float
  var delay: Int
  /// Steps that the fall takes.
  var decay: Int

  /// - Parameter step: of all lanes.
  func epsilon(at step: Int) -> Float {
    if step < delay { return start }
    guard decay > 0, step < delay + decay else { return end }
    return end + (start - end) * Float(delay + decay - step) / Float(decay)
  }
}

/// Actions by their values, some at random. Of equals the first.
struct Greedy {
  let actions: Int
  /// [actions], 0: not to be had; nil: all are.
  let allowed: UnsafePointer<UInt8>?

  init(_ actions: Int, allowed: UnsafePointer<UInt8>? = nil) {
    self.actions = actions
    let isAny = allowed.map { allowed in (0..<actions).contains { allowed[$0] != 0 } } ?? false
    self.allowed = isAny ? allowed : nil
  }

  func isAllowed(_ action: Int) -> Bool { allowed.map { $0[action] != 0 } ?? true }

  func best(_ values: UnsafePointer<Float>) -> Int {
    var best: Int?
    for action in 0..<actions where isAllowed(action) {
      if best.map({ values[action] > values[$0] }) ?? true { best = action }
    }
    return best ?? 0
  }

  func any(using generator: inout SplitMix64) -> Int {
    guard allowed != nil else { return Int(generator.next(below: UInt32(actions))) }
    let choices = (0..<actions).filter(isAllowed)
    return choices[Int(generator.next(below: UInt32(choices.count)))]
  }
}

/// Which of a step's discrete actions are allowed, where a field says so.
struct AllowedActions {
  let actions: Int
  /// The field's place in the observation; nil: all are.
  let place: Int?

  init(_ spec: EnvironmentSpec, actions: Int) {
    self.actions = actions
    place = spec.observation.firstIndex {
      $0.role == .mask && $0.name == "allowed" && $0.count == actions
    }
  }

  /// [actions]
  func mask(_ columns: [Column], _ row: Int) -> UnsafePointer<UInt8>? {
    place.map { columns[$0].of(UInt8.self) + row * actions }
  }

  func choice(_ columns: [Column], _ row: Int) -> Greedy {
    Greedy(actions, allowed: mask(columns, row))
  }

  /// How many there are to choose from.
  func count(_ columns: [Column], _ row: Int) -> Int {
    guard mask(columns, row) != nil else { return actions }
    let choice = choice(columns, row)
    return (0..<actions).count(where: choice.isAllowed)
  }

  /// Any actions, one a lane.
  func draw(_ buffers: StepBuffers, using generator: inout SplitMix64) {
    for lane in 0..<buffers.lanes {
      buffers.actions.writable(Int32.self)[lane] = Int32(
        choice(buffers.observations, lane).any(using: &generator))
    }
  }
}
