import Environment
import Lanes
import Records

extension EnvironmentRow {
  /// Systems promise more memory than they have, and end the program that uses it: so what a large
  /// batch needs is measured on a small one.
  /// - Throws: `CallError` where there is less, and what a batch of 64 lanes throws.
  func checkRoom(lanes: Int, _ settings: [String: SettingValue]) throws {
    guard lanes > 1024 else { return }
    let few = 64
    let (batch, own) = try Memory.kept { try make(few, settings, 1) }
    let (buffers, columns) = Memory.kept { StepBuffers(spec: batch.spec, lanes: few) }
    // Callers keep columns of their own, often of two steps.
    let needed = withExtendedLifetime((batch, buffers)) { (own + 3 * columns) / few * lanes }
    let free = Memory.free
    if needed > free {
      throw CallError(
        "\(lanes) lanes of \(id) need about \(needed >> 20) MB; \(free >> 20) MB are free",
        .memory)
    }
  }
}
