import Foundation
import Lanes
import Testing

@testable import Nets

struct NetsTests {
  private static let plan: [LayerPlan] = [
    .convolution(filters: 4, kernel: 8, stride: 4), .convolution(filters: 3, kernel: 3, stride: 2),
    .dense(16), .heads([(3, 0.01), (1, 1)]),
  ]

  /// A small network over [2, 36, 36], and pictures for it.
  private struct Sample {
    let network: Network
    let pictures: [AlignedBuffer<UInt8>]
    let pointers: [UnsafePointer<UInt8>]

    init(threads: Int, count: Int) {
      var generator = SplitMix64(seed: 4)
      network = Network(
        input: [2, 36, 36], plan: NetsTests.plan, capacity: count,
        pool: ThreadPool(threads: threads), using: &generator)
      pictures = (0..<count).map { _ in
        let picture = AlignedBuffer<UInt8>(count: 2 * 36 * 36)
        for index in 0..<picture.count {
          picture[index] = UInt8(truncatingIfNeeded: generator.next())
        }
        return picture
      }
      pointers = pictures.map { UnsafePointer($0.pointer) }
    }

    /// Sum over samples of outputs weighted by 1, 2, 3, ...
    func loss() -> Double {
      var outputs = [Float](repeating: 0, count: pointers.count * 4)
      network.forward(pointers, count: pointers.count, into: &outputs)
      return outputs.enumerated().reduce(0) { $0 + Double($1.element) * Double($1.offset % 4 + 1) }
    }

    func train() {
      network.train(pointers, count: pointers.count) { range, _, gradient in
        for index in 0..<(range.count * 4) { gradient[index] = Float(index % 4 + 1) }
      }
    }
  }

  @Test("Gradients agree with finite differences in every slice")
  func gradients() {
    let sample = Sample(threads: 2, count: 6)
    sample.train()
    let parameters = sample.network.parameters
    var generator = SplitMix64(seed: 8)
    for slice in parameters.slices {
      for _ in 0..<6 {
        let index = slice.offset + Int(generator.next(below: UInt32(slice.count)))
        let old = parameters.values[index]
        let step: Float = 1e-3
        let here = sample.loss()
        parameters.values[index] = old + step
        let right = (sample.loss() - here) / Double(step)
        parameters.values[index] = old - step
        let left = (here - sample.loss()) / Double(step)
        parameters.values[index] = old
        // Where a rectifier turns within the step, the slope lies between those of the two sides.
        let gradient = Double(parameters.gradients[index])
        let slack = 0.03 * max(1, abs(gradient))
        #expect(
          (min(left, right) - slack...max(left, right) + slack).contains(gradient),
          "\(slice.name): \(gradient) for \(left) and \(right)")
      }
    }
  }

  @Test("The first convolution equals a plain loop")
  func convolution() {
    let sample = Sample(threads: 1, count: 1)
    var generator = SplitMix64(seed: 4)
    let network = Network(
      input: [2, 36, 36], plan: [.convolution(filters: 4, kernel: 8, stride: 4)], capacity: 1,
      pool: ThreadPool(threads: 1), using: &generator)
    var outputs = [Float](repeating: 0, count: network.outputCount)
    network.forward(sample.pointers, count: 1, into: &outputs)
    let weights = network.parameters.values.pointer
    for (y, x, filter) in [(0, 0, 0), (3, 5, 2), (7, 7, 3)] {
      var sum = 0.0
      for channel in 0..<2 {
        for row in 0..<8 {
          for column in 0..<8 {
            let pixel = sample.pictures[0][(channel * 36 + y * 4 + row) * 36 + x * 4 + column]
            sum +=
              Double(pixel) / 255
              * Double(weights[((channel * 8 + row) * 8 + column) * 4 + filter])
          }
        }
      }
      #expect(abs(Double(outputs[(y * 8 + x) * 4 + filter]) - max(sum, 0)) < 1e-4)
    }
  }

  @Test("Gradients are the same bits for any number of threads", arguments: [2, 3, 5])
  func threads(count: Int) {
    let (one, many) = (Sample(threads: 1, count: 13), Sample(threads: count, count: 13))
    one.train()
    many.train()
    let total = one.network.parameters.count
    #expect(
      (0..<total).allSatisfy {
        one.network.parameters.gradients[$0] == many.network.parameters.gradients[$0]
      })
    #expect(one.network.gradientNorm() == many.network.gradientNorm())
  }

  @Test("Adam takes the steps of its formula")
  func adam() {
    let parameters = Parameters()
    _ = parameters.reserve("w", [3])
    parameters.allocate()
    let pool = ThreadPool(threads: 1)
    let adam = Adam(learningRate: 0.1, epsilon: 1e-5)
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
