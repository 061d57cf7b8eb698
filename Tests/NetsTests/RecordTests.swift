import Foundation
import Lanes
import Testing

@testable import Nets

/// Operations and named networks against PyTorch: `Tools/oracle/record-nets`.
struct RecordTests {
  static let rows = 3

  @Test("Outputs, gradients and five steps are PyTorch's", arguments: NetRecord.all)
  func agrees(record: NetRecord) throws {
    var inputs: [(numbers: [Float], isPerStep: Bool)] = []
    let build = Graph(steps: record.isSequence ? record.shapes[0][0] : 1)
    let values = record.shapes.enumerated().map { index, shape in
      let isPerStep = record.isSequence && index < 2
      let own = isPerStep ? Array(shape.dropFirst()) : shape
      let numbers = NetRecord.numbers(1000 + index, Self.rows * shape.reduce(1, *), scale: 2)
      inputs.append((index == 1 ? numbers.map(record.second) : numbers, isPerStep))
      return build.input(
        "\(index)", Input(vector: own.reduce(1, *), .float32),
        isPerStep: !record.isSequence || isPerStep
      ).reshaped(own)
    }
    build.output("y", record.build(values))
    let workshop = try Workshop(pool: ThreadPool(threads: 1))
    let plan = Plan(build, workshop, learns: .everything)
    let (weights, gradients) = (build.layout.makeBuffer(), build.layout.makeBuffer())
    for (number, slice) in build.layout.slices.enumerated() {
      let lines = slice.shape.count > 1 ? slice.shape[slice.shape.count - 2] : 16
      let scale = exp2(2 - (log2(Double(lines)) / 2).rounded(.toNearestOrEven))
      let numbers = NetRecord.numbers(number, slice.count, scale: Float(scale))
      for place in numbers.indices { weights[slice.offset + place] = numbers[place] }
    }
    let file = try SafeTensors(path: NetRecord.path)
    let memory = inputs.map { input in
      let copy = AlignedBuffer<Float>(count: input.numbers.count)
      for index in input.numbers.indices { copy[index] = input.numbers[index] }
      return copy
    }
    // A sample's steps lie one after the other.
    let firsts = AlignedBuffer<Int32>(count: Self.rows)
    for row in 0..<Self.rows { firsts[row] = Int32(row * record.shapes[0][0]) }
    let sources = Inputs(
      zip(memory, inputs).map {
        Rows($0.pointer, numbers: $1.isPerStep ? UnsafePointer(firsts.pointer) : nil)
      })
    defer { withExtendedLifetime((memory, firsts)) {} }
    let outputs = HostRows(plan, rows: Self.rows)
    plan.forward(weights, sources, count: Self.rows, into: outputs)
    let output = plan.outputs[0]
    let given = (0..<Self.rows * output.count).map { outputs[output][$0] }
    try record.check(given, "output", file)
    let optimiser = Optimiser(
      build.layout, .adam(epsilon: 0.01), learningRate: 0.01, workshop)
    for step in 0..<5 {
      plan.train(weights, sources, count: Self.rows, gradients: gradients) { part in
        let (y, slopes) = (part.outputs(output), part.slopes(output))
        for index in 0..<part.rows.count * output.count {
          let place = part.rows.lowerBound * output.count + index
          slopes[index] = (y[index] + Float(place * 7 % 11) - 4.5) / Float(Self.rows)
        }
      }
      if step == 0 { try record.check(build.layout, gradients, "gradient/", file) }
      optimiser.step(weights, gradients)
    }
    try record.check(build.layout, weights, "after/", file)
  }

  @Test("Every case of the file is compared")
  func complete() throws {
    let cases = try SafeTensors(path: NetRecord.path).tensors.keys.map {
      $0.split(separator: "/")[0]
    }
    #expect(Set(cases.map(String.init)) == Set(NetRecord.all.map(\.name)))
  }
}

/// A case of `Tools/oracle/nets.py`.
struct NetRecord: Sendable, CustomTestStringConvertible {
  let name: String
  let shapes: [[Int]]
  /// In units of the last place of an array's largest number.
  var ulps = 16.0
  /// The first two inputs have a row for each step.
  var isSequence = false
  /// What the second input's numbers become.
  var second: @Sendable (Float) -> Float = { $0 }
  let build: @Sendable ([Value]) -> Value

  var testDescription: String { name }

  static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden/nets.safetensors").path

  static func numbers(_ tensor: Int, _ count: Int, scale: Float) -> [Float] {
    (0..<count).map { place in
      var word = UInt32(place) &* 2_654_435_761 &+ UInt32(tensor + 1) &* 2_246_822_519
      word = (word ^ (word >> 15)) &* 2_246_822_519
      word = (word ^ (word >> 13)) &* 3_266_489_917
      return (Float(word >> 8) / 16_777_216 - 0.5) * scale
    }
  }

  func check(_ values: [Float], _ what: String, _ file: SafeTensors) throws {
    let tensor = try #require(file.tensors["\(name)/\(what)"], "\(name)/\(what)")
    var exact = [Float](repeating: 0, count: tensor.bytes.count / 4)
    try exact.withUnsafeMutableBufferPointer {
      try file.copy("\(name)/\(what)", to: $0, type: "F32")
    }
    let stride = values.count <= 128 ? 1 : values.count / 61
    let kept = Swift.stride(from: 0, to: values.count, by: stride).map { values[$0] }
    let off = error(kept, exact.map(Double.init))
    #expect(off <= ulps, "\(what) is off by \(off) ulp")
  }

  func check(_ layout: Layout, _ buffer: Buffer, _ prefix: String, _ file: SafeTensors) throws {
    for slice in layout.slices {
      try check(slice.range.map { buffer[$0] }, prefix + slice.name, file)
    }
  }

  static let all: [NetRecord] = [
    NetRecord(name: "dense", shapes: [[5]]) { $0[0].dense(4).relu() },
    NetRecord(name: "experts", shapes: [[3, 2, 5]]) { $0[0].denseEach(4) },
    NetRecord(name: "conv-valid", shapes: [[7, 6, 2]]) { $0[0].conv(3, 3, stride: 2) },
    NetRecord(name: "conv-same", shapes: [[7, 6, 2]]) { $0[0].conv(3, 4, stride: 2, .same) },
    NetRecord(name: "max-pool", shapes: [[7, 6, 2]]) {
      $0[0].conv(2, 1).maxPool(3, stride: 2, .same)
    },
    NetRecord(name: "mean-pool", shapes: [[6, 6, 2]]) { $0[0].conv(2, 1).meanPool(2, stride: 2) },
    NetRecord(name: "layer-norm", shapes: [[3, 7]], ulps: 64) { $0[0].dense(8).layerNorm() },
    NetRecord(name: "softmax", shapes: [[3, 7]]) { $0[0].dense(6, bias: false).softmax(over: 0) },
    NetRecord(name: "log-softmax", shapes: [[3, 7]]) { $0[0].dense(6).logSoftmax(over: 1) },
    NetRecord(name: "matrices", shapes: [[3, 4], [4, 5]]) {
      $0[0].dense(4).times($0[1].dense(5))
    },
    NetRecord(name: "activations", shapes: [[6]], ulps: 32) { values in
      let bends: [(Value) -> Value] = [
        { $0.tanh() }, { $0.sigmoid() }, { $0.softplus() }, { $0.elu() }, { $0.silu() },
        { $0.exp() }, { $0.leakyRelu() }, { $0.clipped(-0.5, 0.25) },
      ]
      return values[0].graph.join(bends.map { $0(values[0].dense(5)) })
    },
    NetRecord(name: "nature", shapes: [[36, 36, 1]], ulps: 64) { $0[0].nature() },
    NetRecord(name: "nature-same", shapes: [[12, 12, 2]], ulps: 64) { $0[0].nature(.same) },
    NetRecord(name: "impala", shapes: [[12, 10, 1]], ulps: 256) { $0[0].impala() },
    NetRecord(name: "minatar", shapes: [[10, 10, 4]]) { $0[0].minAtar() },
    NetRecord(name: "soft-moe", shapes: [[9, 6]], ulps: 64) {
      $0[0].softMoE(experts: 4, slots: 3, hidden: 8)
    },
    NetRecord(name: "top1-moe", shapes: [[9, 6]], ulps: 64) {
      $0[0].topOneMoE(experts: 3, places: 3, hidden: 8)
    },
    NetRecord(name: "dueling", shapes: [[6]]) { $0[0].dueling(4, numbers: 3) },
    NetRecord(name: "quantiles", shapes: [[6], [4]], ulps: 64, second: { $0 + 0.5 }) {
      $0[0].quantiles(at: $0[1])
    },
    recurrent(.lstm), recurrent(.gru),
    NetRecord(name: "ppo", shapes: [[36, 36, 1]], ulps: 64) {
      $0[0].nature().flat().dense(32, name: "hidden1").relu().dense(5, name: "heads")
    },
  ]

  private static func recurrent(_ cell: Cell) -> NetRecord {
    NetRecord(
      name: "\(cell)", shapes: [[5, 3], [5, 1], [cell.memory(4)]], ulps: 64, isSequence: true,
      second: { $0 > 0.25 ? 1 : 0 }
    ) {
      $0[0].remembered(cell, 4, first: $0[1], memory: $0[2], name: "cell").hidden
    }
  }
}
