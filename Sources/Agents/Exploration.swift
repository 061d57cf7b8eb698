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
