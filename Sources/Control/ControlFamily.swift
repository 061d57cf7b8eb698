import Environment

/// Gymnasium's classic control. States are equal bit for bit where the original runs on glibc 2.36 (no
/// other was tried) and a processor with fused multiply-add: NumPy takes float64 sines from there (`sines.h` has
/// the same steps on every machine), and squares of Acrobot and Pendulum from glibc's `pow`, which is
/// asked itself. Elsewhere the original differs from itself by a unit in the last place.
public enum ControlFamily {
  public static let rows: [EnvironmentRow] =
    [
      row("CartPole-v0", CartPole.self, stepLimit: 200, rate: 50),
      row("CartPole-v1", CartPole.self, stepLimit: 500, rate: 50),
      row("Acrobot-v1", Acrobot.self, stepLimit: 500, rate: 15),
      row("MountainCar-v0", MountainCar.self, stepLimit: 200, rate: 30),
      row("MountainCarContinuous-v0", MountainCarContinuous.self, stepLimit: 999, rate: 30),
      row("Pendulum-v1", Pendulum.self, stepLimit: 200, rate: 30),
    ] + LunarLander.rows

  /// Traces are `index action reward terminated truncated` and the observation, numbers as `%.9g`.
  /// - Parameter rate: steps a second, as the original shows it.
  static func row<Body: Block>(
    _ id: String, _ body: Body.Type, stepLimit: Int, rate: Double
  ) -> EnvironmentRow {
    var row = EnvironmentRow.blocks(
      id, family: "control", body, stepLimit: stepLimit,
      verified: Verification(
        oracle: "Gymnasium 1.3.0", extent: "20000 steps, 10 seeds", date: "2026-11-27"),
      viewing: Viewing(framesPerSecond: rate))
    let make = row.make
    row.trace = { try traceSteps($0, make: make, line: line) }
    return row
  }

  static func line(_ buffers: StepBuffers) -> String {
    let column = buffers.observations[0]
    let numbers = (0..<column.field.count).map { shortText(Double(column.of(Float.self)[$0])) }
    let flags = [buffers.terminated, buffers.truncated].map { "\($0.of(UInt8.self)[0])" }
    return ([shortText(buffers.rewards.of(Double.self)[0])] + flags + numbers)
      .joined(separator: " ")
  }
}
