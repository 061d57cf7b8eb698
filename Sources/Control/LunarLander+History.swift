import Records

/// What a lander's world came from: what was drawn when the episode began, and every step since.
///
/// A world of Box2D's cannot be copied, but the same steps lead to the same bits. The drawn numbers
/// are kept, not the generator that gave them, so that a lander can go on with another generator.
struct LanderHistory: Equatable {
  /// Metres, by corner of the terrain, and one beyond the right edge that the first is smoothed with.
  var heights = [Double](repeating: 0, count: 12)
  /// N, during the first step.
  var force = [0.0, 0.0]
  /// Where the patterns of wind and turbulence begin.
  var windIndex: Int32 = 0
  var turbulenceIndex: Int32 = 0
  /// The first is the one without action that a reset makes.
  var steps: [LanderStep] = []

  /// Steps after which an episode is truncated whatever the limit, so that memory has one.
  static let longest = 100_000
  static let highest = LanderRules.height / 2
  static let strongest = 1000.0
  static let windIndices: Range<Int32> = -9999..<9999

  mutating func visit(_ state: inout some StateVisitor) {
    for index in heights.indices { state.visit(&heights[index]) }
    for index in force.indices { state.visit(&force[index]) }
    state.visit(&windIndex)
    state.visit(&turbulenceIndex)
    var count = UInt32(steps.count)
    state.visit(&count)
    if count != steps.count {
      // No memory for counts that cannot be; `flaw` refuses an empty history.
      let room = count <= Self.longest ? Int(count) : 0
      steps = [LanderStep](repeating: LanderStep(), count: room)
    }
    for index in steps.indices { steps[index].visit(&state) }
  }

  /// Why no lander can have this history.
  func flaw(isContinuous: Bool) -> String? {
    if steps.isEmpty { return "the number of steps is out of range" }
    if !heights.allSatisfy({ $0 >= 0 && $0 <= Self.highest }) {
      return "a height of the terrain is out of range"
    }
    if !force.allSatisfy({ abs($0) <= Self.strongest }) { return "the first force is out of range" }
    if !Self.windIndices.contains(windIndex) || !Self.windIndices.contains(turbulenceIndex) {
      return "the wind is out of range"
    }
    return steps.allSatisfy { $0.isPossible(isContinuous) } ? nil : "a step is out of range"
  }
}

/// An action and the numbers drawn for it.
struct LanderStep: Equatable, BitwiseCopyable {
  /// Main and side throttle, -1...1.
  var action = SIMD2<Float>()
  /// Of the engines, -1...1.
  var dispersion = SIMD2<Double>()

  mutating func visit(_ state: inout some StateVisitor) {
    state.visit(&action.x)
    state.visit(&action.y)
    state.visit(&dispersion.x)
    state.visit(&dispersion.y)
  }

  fileprivate func isPossible(_ isContinuous: Bool) -> Bool {
    let (main, side) = (action.x, action.y)
    let isAction =
      isContinuous
      ? abs(main) <= 1 && abs(side) <= 1
      : main == 0 && abs(side) <= 1 && side == side.rounded() || main == 1 && side == 0
    return isAction && abs(dispersion.x) <= 1 && abs(dispersion.y) <= 1
  }
}
