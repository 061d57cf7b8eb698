import Lanes
import Records

/// One lane as lines, for comparison with the original: `line` says what follows the action. A game
/// that has ended is reset without a line.
/// - Throws: what `make` and the batch throw.
public func traceSteps(
  _ request: TraceRequest,
  make: (_ lanes: Int, [String: SettingValue], _ workers: Int) throws -> any EnvironmentBatch,
  line: (StepBuffers) -> String = defaultLine
) throws {
  guard request.settings["autoreset"] == nil, request.lanes == 1 else {
    throw EnvironmentError.settings(
      "a trace of \(request.id) has one lane, which it resets itself: no autoreset, no other batch")
  }
  if let extra = request.extras.sorted().first {
    throw EnvironmentError.settings("a trace of \(request.id) does not show '\(extra)'")
  }
  var settings = request.settings
  settings["autoreset"] = "disabled"
  let batch = try make(1, settings, 1)
  let buffers = StepBuffers(spec: batch.spec, lanes: 1)
  let width = batch.spec.action.width
  guard request.actions.count == 1, request.actions[0].count % width == 0 else {
    throw EnvironmentError.settings("actions of \(request.id) have \(width) numbers each")
  }
  try batch.reset(seeds: [request.seed], buffers)
  for step in 0..<request.actions[0].count / width {
    let numbers = request.actions[0][step * width..<(step + 1) * width]
    try buffers.setAction(Array(numbers), lane: 0)
    try batch.step(buffers)
    let words = numbers.map { SettingValue.number($0).description }.joined(separator: " ")
    request.write("\(step) \(words) \(line(buffers))")
    if buffers.ended.of(UInt8.self)[0] == 1 { try batch.reset(buffers) }
  }
}

/// Reward, terminated, truncated, and a checksum a field.
public func defaultLine(_ buffers: StepBuffers) -> String {
  let sums = buffers.observations.map { crc32($0.row(0)) }.joined(separator: " ")
  return "\(shortText(buffers.rewards.of(Double.self)[0])) \(buffers.terminated.of(UInt8.self)[0]) "
    + "\(buffers.truncated.of(UInt8.self)[0]) \(sums)"
}

/// `%.9g`.
public func shortText(_ value: Double) -> String { value.text(digits: 9) }

/// zlib's CRC-32 as eight hexadecimal digits.
public func crc32(_ bytes: UnsafeRawBufferPointer) -> String {
  var sum = CRC32()
  sum.add(bytes)
  return sum.hex
}

extension StepBuffers {
  /// Sets one lane's action from numbers as a file has them.
  /// - Throws: `EnvironmentError.action` for a number that the element cannot hold.
  public func setAction(_ numbers: [Double], lane: Int) throws {
    for (index, number) in numbers.enumerated() {
      let place = lane * numbers.count + index
      if actions.field.element == .float32 {
        actions.writable(Float.self)[place] = Float(number)
      } else if let whole = Int32(exactly: number) {
        actions.writable(Int32.self)[place] = whole
      } else {
        throw EnvironmentError.action(lane: lane, value: "\(number)", allowed: "whole numbers")
      }
    }
  }
}
