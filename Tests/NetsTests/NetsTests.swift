import Foundation
import Lanes
import Testing

@testable import Nets

struct NetsTests {
  @Test("Adam takes the steps of its formula")
  func adam() {
    var generator = SplitMix64(seed: 1)
    let layout = Layout()
    _ = layout.reserve("w.bias", [3], .zero)
    let parameters = Parameters(layout, using: &generator)
    let pool = ThreadPool(threads: 1)
    let adam = Adam(parameters, learningRate: 0.1, epsilon: 1e-5)
    var (value, m, v) = (0.0, 0.0, 0.0)
    for step in 1...5 {
      let gradient = Double(step) - 2.5
      parameters.gradients[1] = Float(gradient)
      adam.update(parameters, scale: 0.5, pool: pool)
      m = 0.9 * m + 0.1 * gradient * 0.5
      v = 0.999 * v + 0.001 * gradient * gradient * 0.25
      let (mHat, vHat) = (m / (1 - pow(0.9, Double(step))), v / (1 - pow(0.999, Double(step))))
      value -= 0.1 * mHat / (vHat.squareRoot() + 1e-5)
      #expect(abs(Double(parameters.values[1]) - value) < 1e-5)
    }
  }

  @Test("Initial weights are orthogonal", arguments: [(20, 5), (5, 20), (7, 7)])
  func orthogonality(rows: Int, columns: Int) {
    var generator = SplitMix64(seed: 3)
    let w = orthogonal(rows: rows, columns: columns, gain: 2, using: &generator)
    let short = min(rows, columns)
    for a in 0..<short {
      for b in 0...a {
        var dot = 0.0
        for k in 0..<max(rows, columns) {
          let (x, y) =
            columns <= rows
            ? (w[k * columns + a], w[k * columns + b]) : (w[a * columns + k], w[b * columns + k])
          dot += Double(x) * Double(y)
        }
        #expect(abs(dot - (a == b ? 4 : 0)) < 1e-5)
      }
    }
  }

  @Test("A checkpoint reads back; one that is cut short or damaged is refused")
  func checkpoints() throws {
    let path = FileManager.default.temporaryDirectory.path + "/lockstep-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var file = SafeTensors()
    [Float](arrayLiteral: 1, -2, 3.5).withUnsafeBufferPointer { file.set("a", $0, type: "F32") }
    [UInt8](repeating: 7, count: 9).withUnsafeBufferPointer { file.set("b", $0, type: "U8") }
    file.metadata["steps"] = "12"
    try file.write(to: path)
    let back = try SafeTensors(path: path)
    #expect(back.tensors == file.tensors && back.metadata == file.metadata)
    var wrong = [Float](repeating: 0, count: 2)
    #expect(throws: CheckpointError.mismatch("a")) {
      try wrong.withUnsafeMutableBufferPointer { try back.copy("a", to: $0, type: "F32") }
    }
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for length in 0..<whole.count {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      #expect(throws: CheckpointError.self) { try SafeTensors(path: path) }
    }
    var damaged = whole
    damaged[9] = 0xFF
    try damaged.write(to: URL(fileURLWithPath: path))
    #expect(throws: CheckpointError.self) { try SafeTensors(path: path) }
    #expect(throws: CheckpointError.self) { try file.write(to: "/proc/none/checkpoint") }
  }
}
