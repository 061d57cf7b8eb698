import Lanes

/// What a batch asks of every work before any lane moves. Made once, so that a step copies no spec.
public final class Admission: Sendable {
  public let lanes: Int
  private let shape: [Int]
  private let action: ActionSpace

  public init(_ spec: EnvironmentSpec, lanes: Int) {
    self.lanes = lanes
    shape = spec.bufferShape(lanes: lanes)
    action = spec.action
  }

  /// - Throws: `EnvironmentError` for buffers, lanes, seeds or actions that do not fit.
  public func check(_ work: Work, _ buffers: StepBuffers, hasStarted: Bool) throws {
    guard buffers.shape == shape else {
      throw EnvironmentError.settings("step buffers of another shape than the batch")
    }
    switch work {
    case .step:
      guard hasStarted else { throw EnvironmentError.time("step before the first reset") }
      try action.check(buffers.actions, lanes: lanes)
    case .reset(let chosen, let seeds):
      if let chosen { try check(lanes: chosen, hasStarted: hasStarted) }
      let count = chosen?.count ?? lanes
      if let seeds, seeds.count != count {
        throw EnvironmentError.settings("\(seeds.count) seeds for \(count) lanes")
      }
      if let chosen, let twice = firstTwice(chosen) {
        throw EnvironmentError.settings("lane \(twice) is named twice")
      }
    }
  }

  /// - Throws: `EnvironmentError` for a lane that does not exist or has not begun.
  public func check(lanes chosen: [Int], hasStarted: Bool) throws {
    guard hasStarted else { throw EnvironmentError.time("the batch has not been reset yet") }
    for lane in chosen where lane < 0 || lane >= lanes {
      throw EnvironmentError.settings("lane \(lane) of \(lanes)")
    }
  }

  private func firstTwice(_ chosen: [Int]) -> Int? {
    var seen = Set<Int>()
    return chosen.first { !seen.insert($0).inserted }
  }
}

extension EnvironmentSpec {
  /// Numbers that are equal where step buffers are laid out alike.
  func bufferShape(lanes: Int) -> [Int] {
    func numbers(_ fields: [Field]) -> [Int] {
      [fields.count] + fields.flatMap { [$0.element.bytes, $0.shape.count] + $0.shape }
    }
    let elements = (observation + info).map { Element.allCases.firstIndex(of: $0.element)! }
    return [lanes, players, action.width] + numbers(observation) + numbers(info) + elements
  }
}

extension ActionSpace {
  /// - Throws: `EnvironmentError.action` for the first number out of range.
  func check(_ actions: Column, lanes: Int) throws {
    switch self {
    case .discrete(let count):
      let (numbers, rows) = (actions.of(Int32.self), actions.rows)
      var worst: UInt32 = 0
      for row in 0..<rows { worst = max(worst, UInt32(bitPattern: numbers[row])) }
      if worst < UInt32(count) { return }
      let row = (0..<rows).first { UInt32(bitPattern: numbers[$0]) >= UInt32(count) }!
      throw refusal(row % lanes, "\(numbers[row])", "0...\(count - 1)")
    case .multiDiscrete(let counts):
      let numbers = actions.of(Int32.self)
      for index in 0..<actions.rows * counts.count {
        let count = counts[index % counts.count]
        if numbers[index] >= 0 && numbers[index] < count { continue }
        throw refusal(index / counts.count % lanes, "\(numbers[index])", "0...\(count - 1)")
      }
    case .box(let low, let high):
      let (numbers, width) = (actions.of(Float.self), low.count)
      for index in 0..<actions.rows * width {
        let place = index % width
        if numbers[index] >= low[place] && numbers[index] <= high[place] { continue }
        throw refusal(
          index / width % lanes, "\(numbers[index])", "\(low[place])...\(high[place])")
      }
    }
  }

  private func refusal(_ lane: Int, _ value: String, _ allowed: String) -> EnvironmentError {
    .action(lane: lane, value: value, allowed: allowed)
  }
}
