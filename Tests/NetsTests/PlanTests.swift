import Foundation
import Lanes
import Testing

@testable import Nets

/// What plans compute, for which weights, and from which rows.
struct PlanTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop(pool: ThreadPool(threads: 2)) }

  private func weights(_ layout: Layout, seed: UInt64 = 3) -> Buffer {
    var generator = SplitMix64(seed: seed)
    let weights = layout.makeBuffer()
    for index in 0..<weights.count { weights[index] = Float(gaussian(using: &generator)) }
    return weights
  }

  /// Outputs of a plan for rows of one float input.
  private func outputs(
    _ plan: Plan, _ weights: Buffer, _ numbers: [Float], count: Int, noise: UInt64? = nil
  ) -> [[Float]] {
    let rows = HostRows(plan, rows: count)
    numbers.withUnsafeBytes {
      plan.forward(
        weights, Inputs([$0.baseAddress!]), count: count, into: rows, noise: noise)
    }
    return plan.outputs.map {
      Array(UnsafeBufferPointer(start: rows[$0], count: count * $0.count))
    }
  }

  private func gradients(
    _ plan: Plan, _ weights: Buffer, _ numbers: [Float], count: Int, noise: UInt64? = nil
  ) -> [Float] {
    let gradients = plan.layout.makeBuffer()
    numbers.withUnsafeBytes {
      plan.train(
        weights, Inputs([$0.baseAddress!]), count: count, gradients: gradients, noise: noise
      ) { part in
        for output in plan.outputs {
          for index in 0..<part.rows.count * output.count { part.slopes(output)[index] += 1 }
        }
      }
    }
    return Array(gradients.span)
  }

  private func vector(_ graph: Graph, _ count: Int) -> Value {
    graph.input("x", Input(vector: count, .float32))
  }

  @Test("A plan gives out what it is asked for, and computes no more")
  func outputs() throws {
    let graph = Graph()
    let x = vector(graph, 3)
    let shared = x.dense(4, name: "shared").relu()
    graph.output("value", shared.dense(1, name: "value"))
    graph.output("policy", shared.dense(2, name: "policy"))
    graph.output("shared", shared)
    let (all, one) = (Plan(graph, workshop), Plan(graph, workshop, outputs: ["policy"]))
    let weights = weights(graph.layout)
    #expect(all.outputs.map(\.name) == ["value", "policy", "shared"])
    #expect(all.output("policy").count == 2 && one.outputs.count == 1)
    let before = outputs(all, weights, [1, -2, 3], count: 1)
    #expect(outputs(one, weights, [1, -2, 3], count: 1)[0] == before[1])
    // What it does not compute may hold anything.
    weights[graph.layout["value.bias"]!.offset] = .nan
    #expect(outputs(one, weights, [1, -2, 3], count: 1)[0] == before[1])
    #expect(outputs(all, weights, [1, -2, 3], count: 1)[0][0].isNaN)
  }

  @Test("Slopes of an output that others read too are added to theirs")
  func innerOutputs() throws {
    // d(h + h w)/dh = 1 + w.
    let graph = Graph()
    let inner = vector(graph, 1).dense(1, bias: false, name: "a")
    graph.output("inner", inner)
    graph.output("outer", inner.dense(1, bias: false, name: "b"))
    let weights = graph.layout.makeBuffer()
    let (a, b) = (graph.layout["a.weight"]!.offset, graph.layout["b.weight"]!.offset)
    (weights[a], weights[b]) = (3, 5)
    let found = gradients(Plan(graph, workshop, learns: .everything), weights, [2], count: 1)
    #expect(found[a] == 2 * (1 + 5) && found[b] == 2 * 3)
  }

  @Test("Only the groups that are learned get gradients; nothing passes where slopes are stopped")
  func groups() throws {
    let graph = Graph()
    let (encoder, head) = graph.group("critic") {
      let encoder = graph.group("encoder") { vector(graph, 3).dense(4).tanh() }
      return (encoder, encoder.dense(1))
    }
    graph.output("critic", head)
    graph.output("actor", graph.group("actor") { encoder.stopped().dense(2) })
    #expect(
      graph.layout.slices.map(\.name) == [
        "critic/encoder/dense1.weight", "critic/encoder/dense1.bias", "critic/dense1.weight",
        "critic/dense1.bias", "actor/dense1.weight", "actor/dense1.bias",
      ])
    let weights = weights(graph.layout)
    func learned(_ learns: Plan.Learns, _ outputs: [String]? = nil) -> Set<String> {
      let plan = Plan(graph, workshop, outputs: outputs, learns: learns)
      let found = gradients(plan, weights, [1, -2, 3], count: 1)
      return Set(
        graph.layout.slices.filter { slice in slice.range.contains { found[$0] != 0 } }
          .map(\.group))
    }
    #expect(learned(.everything) == ["critic/encoder", "critic", "actor"])
    #expect(learned(.groups(["critic"])) == ["critic/encoder", "critic"])
    #expect(learned(.groups(["critic/encoder"])) == ["critic/encoder"])
    #expect(learned(.groups(["crit"])).isEmpty)
    #expect(learned(.everything, ["actor"]) == ["actor"])
    #expect(learned(.nothing).isEmpty)
    #expect(graph.layout.ranges(of: ["critic"]) == [0..<graph.layout.slices[3].range.upperBound])
    #expect(graph.layout.ranges(of: nil) == [0..<graph.layout.count])
    #expect(graph.layout.ranges(of: ["critic/encoder", "actor"]).count == 2)
  }

  @Test("Slopes of inputs come back, also where no weight is learned", arguments: [1, 70, 300])
  func wanted(count: Int) throws {
    let graph = Graph()
    let action = graph.input("action", Input(vector: 2, .float32))
    let state = graph.input("state", Input(vector: 3, .float32))
    graph.output("q", graph.join([state, action]).dense(4).tanh().dense(1))
    let weights = weights(graph.layout)
    var generator = SplitMix64(seed: 8)
    let actions = (0..<count * 2).map { _ in Float(gaussian(using: &generator)) }
    let states = (0..<count * 3).map { _ in Float(gaussian(using: &generator)) }
    func slopes(_ learns: Plan.Learns) -> [Float] {
      let plan = Plan(graph, workshop, learns: learns, wanted: ["action"])
      let gradients = graph.layout.makeBuffer()
      actions.withUnsafeBytes { actions in
        states.withUnsafeBytes { states in
          plan.train(
            weights, Inputs([actions.baseAddress!, states.baseAddress!]), count: count,
            gradients: gradients
          ) { part in
            for index in part.rows.indices {
              part.slopes(plan.outputs[0])[index - part.rows.lowerBound] = 1
            }
          }
        }
      }
      #expect(gradients.span.contains { $0 != 0 } == (weightsAreLearned(learns)))
      return Array(UnsafeBufferPointer(start: plan.slopes(ofInput: "action"), count: count * 2))
    }
    func weightsAreLearned(_ learns: Plan.Learns) -> Bool {
      if case .nothing = learns { false } else { true }
    }
    let found = slopes(.nothing)
    #expect(found == slopes(.everything))
    // By hand: W1' (W2 (1 - tanh^2)).
    let (first, bias) = (graph.layout.slices[0], graph.layout.slices[1])
    let second = graph.layout.slices[2]
    for row in [0, count - 1] {
      let x = states[row * 3..<row * 3 + 3] + actions[row * 2..<row * 2 + 2]
      for number in 0..<2 {
        var exact = 0.0
        for unit in 0..<4 {
          var sum = Double(weights[bias.offset + unit])
          for (place, value) in x.enumerated() {
            sum += Double(value) * Double(weights[first.offset + place * 4 + unit])
          }
          let slope = Double(weights[second.offset + unit]) * (1 - pow(tanh(sum), 2))
          exact += slope * Double(weights[first.offset + (3 + number) * 4 + unit])
        }
        #expect(abs(Double(found[row * 2 + number]) - exact) < 1e-5)
      }
    }
  }

  @Test("Two graphs over one layout share the weights of equal names")
  func sharing() throws {
    let layout = Layout()
    func graph(_ lines: Int) -> Graph {
      let graph = Graph(layout)
      let x = graph.input("x", Input(vector: lines * 3, .float32)).reshaped([lines, 3])
      graph.output("y", x.dense(2, name: "d"))
      return graph
    }
    let (one, two) = (Plan(graph(1), workshop), Plan(graph(2), workshop))
    #expect(layout.slices.count == 2)
    let weights = weights(layout)
    let rows: [Float] = [1, 2, 3, -4, 5, 6]
    #expect(
      outputs(one, weights, rows, count: 2)[0] == outputs(two, weights, rows, count: 1)[0])
  }

  // MARK: Rows

  @Test("Rows are read by number, from the first on, in every element type")
  func rows() throws {
    func read<Number: BinaryInteger>(_: Number.Type, _ element: Input.Element) -> [Float] {
      let numbers = (0..<12).map { Number($0) }
      return numbers.withUnsafeBytes { read($0.baseAddress!, element) }
    }
    func read(_ base: UnsafeRawPointer, _ element: Input.Element) -> [Float] {
      let graph = Graph()
      graph.output("y", graph.input("x", Input(vector: 3, element, scale: 0.5)).scaled(1))
      let plan = Plan(graph, workshop)
      let outputs = HostRows(plan, rows: 2)
      let numbers: [Int32] = [0, 3, 1]
      numbers.withUnsafeBufferPointer {
        let inputs = Inputs([base], numbers: $0.baseAddress, first: 1)
        plan.forward(graph.layout.makeBuffer(), inputs, count: 2, into: outputs)
      }
      return Array(UnsafeBufferPointer(start: outputs[plan.outputs[0]], count: 6))
    }
    let expected: [Float] = [4.5, 5, 5.5, 1.5, 2, 2.5]
    #expect(read(UInt8.self, .uint8) == expected && read(Int32.self, .int32) == expected)
    #expect(
      (0..<12).map(Float.init).withUnsafeBytes { read($0.baseAddress!, .float32) } == expected)
    #expect(
      (0..<12).map(Double.init).withUnsafeBytes { read($0.baseAddress!, .float64) } == expected)
  }

  @Test("Pictures become [row, column, channel], whatever lies how in memory")
  func pictures() throws {
    let (height, width) = (5, 4)
    for (outer, inner) in [(1, 1), (3, 1), (4, 1), (1, 3), (2, 3)] {
      let graph = Graph()
      let input = Input(outer: outer, height: height, width: width, inner: inner, .uint8)
      let picture = graph.input("x", input)
      #expect(picture.shape == [height, width, outer * inner])
      graph.output("y", picture.scaled(1))
      let plan = Plan(graph, workshop)
      let outputs = HostRows(plan, rows: 1)
      let bytes = (0..<outer * height * width * inner).map { UInt8($0) }
      bytes.withUnsafeBytes {
        plan.forward(
          graph.layout.makeBuffer(), Inputs([$0.baseAddress!]), count: 1, into: outputs)
      }
      for position in 0..<height * width {
        for channel in 0..<outer * inner {
          let byte = bytes[
            (channel / inner * height * width + position) * inner + channel % inner]
          #expect(
            outputs[plan.outputs[0]][position * outer * inner + channel] == Float(byte),
            "\(outer) x \(inner)")
        }
      }
    }
  }

  @Test("Numbers that a table has not are its nearest; no memory beside it is read or written")
  func strangeNumbers() throws {
    let graph = Graph()
    graph.output("y", vector(graph, 5).embedded(3, 1, name: "e"))
    let weights = graph.layout.makeBuffer()
    for index in 0..<3 { weights[index] = Float(index + 1) }
    let plan = Plan(graph, workshop, learns: .everything)
    let numbers: [Float] = [-7, 1e30, .nan, -.infinity, 1]
    #expect(outputs(plan, weights, numbers, count: 1)[0] == [1, 3, 1, 1, 2])
    #expect(gradients(plan, weights, numbers, count: 1) == [3, 1, 1])
  }

  @Test("A batch's gradient is the sum of its rows', however it is cut", arguments: [31, 64, 300])
  func shards(count: Int) throws {
    let graph = Graph()
    graph.output("y", vector(graph, 3).dense(5).tanh().dense(2))
    let plan = Plan(graph, workshop, learns: .everything)
    #expect(plan.shards(31) == 1 && plan.shards(64) == 2 && plan.shards(300) == 4)
    #expect(plan.shards(100_000) == 16)
    let weights = weights(graph.layout)
    var generator = SplitMix64(seed: 2)
    let numbers = (0..<count * 3).map { _ in Float(gaussian(using: &generator)) }
    var sum = [Double](repeating: 0, count: graph.layout.count)
    for row in 0..<count {
      let one = gradients(plan, weights, Array(numbers[row * 3..<row * 3 + 3]), count: 1)
      for index in sum.indices { sum[index] += Double(one[index]) }
    }
    let whole = gradients(plan, weights, numbers, count: count)
    // Of sums of so many numbers, a few of them at once.
    #expect(error(whole, sum) < 64, "\(error(whole, sum)) ulp")
  }

  // MARK: Noise

  @Test("Noise is drawn by its seed alone, and its slopes are those of the noisy network")
  func noise() throws {
    let graph = Graph()
    graph.output(
      "y", vector(graph, 3).dense(4, .noisy(0.5), name: "d").dense(2, .noisy(0.5), name: "e"))
    let plan = Plan(graph, workshop, learns: .everything)
    let layout = graph.layout
    let deviation = layout["d.weight-noise"]!
    var generator = SplitMix64(seed: 1)
    let weights = layout.makeBuffer()
    layout.fill(weights, using: &generator)
    #expect(deviation.range.allSatisfy { abs(weights[$0] - 0.5 / Float(3).squareRoot()) < 1e-7 })
    let bound = 1 / Float(3).squareRoot()
    #expect(layout["d.weight"]!.range.allSatisfy { abs(weights[$0]) <= bound })

    let x: [Float] = [0.5, -1, 2]
    let still = outputs(plan, weights, x, count: 1)
    let one = outputs(plan, weights, x, count: 1, noise: 5)
    #expect(one == outputs(plan, weights, x, count: 1, noise: 5))
    #expect(one != still && one != outputs(plan, weights, x, count: 1, noise: 6))
    // Each output is linear in each weight, so differences are exact but for rounding.
    let found = gradients(plan, weights, x, count: 1, noise: 5)
    for slice in layout.slices {
      for index in slice.range {
        func sum(_ step: Float) -> Double {
          let old = weights[index]
          defer { weights[index] = old }
          weights[index] = old + step
          return outputs(plan, weights, x, count: 1, noise: 5)[0].reduce(0) { $0 + Double($1) }
        }
        let slope = (sum(0.5) - sum(-0.5)) / 1
        #expect(abs(Double(found[index]) - slope) < 1e-5, "\(slice.name)")
      }
    }
  }

  @Test("Factors of noise have mean 0 and variance 2 / pi * their root's")
  func factors() throws {
    let graph = Graph()
    graph.output("y", vector(graph, 1).dense(20_000, .noisy(1), bias: false))
    let plan = Plan(graph, workshop)
    let weights = graph.layout.makeBuffer()
    for index in graph.layout.slices[1].range { weights[index] = 1 }
    // f(e) f(e') with one e: divided by it, the variance of f(e') is E|n| = sqrt(2 / pi).
    let noise = outputs(plan, weights, [1], count: 1, noise: 9)[0].map(Double.init)
    let mean = noise.reduce(0, +) / 20_000
    let variance = noise.reduce(0) { $0 + $1 * $1 } / 20_000
    let fourth = noise.reduce(0) { $0 + pow($1, 4) } / 20_000
    #expect(abs(mean) < 0.03 * variance.squareRoot())
    // E f^4 = E n^2 = 1 and (E f^2)^2 = 2 / pi.
    #expect(abs(fourth / (variance * variance) - .pi / 2) < 0.05)
  }
}
