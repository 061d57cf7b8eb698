import Foundation
import Lanes
import Testing

@testable import Nets

/// Units that are followed through the graph.
struct NeuronTests {
  private func lines(_ place: Neurons.Place, _ unit: Int) -> [Int] {
    (0..<place.repeats).map { place.first + unit + $0 * place.period }
  }

  /// A unit is cut off where its outgoing weights are 0: nothing of it shows any more.
  private func check(_ graph: Graph) throws {
    let plan = Plan(graph, try Workshop(pool: ThreadPool(threads: 1)))
    let counts = graph.inputs.map(\.input.count)
    var generator = SplitMix64(seed: 1)
    let inputs = counts.map { count in (0..<count).map { _ in Float(gaussian(using: &generator)) } }
    let memory = inputs.map { numbers in
      let copy = AlignedBuffer<Float>(count: numbers.count)
      for index in numbers.indices { copy[index] = numbers[index] }
      return copy
    }
    defer { withExtendedLifetime(memory) {} }
    func outputs(_ weights: Buffer) -> [Float] {
      let rows = HostRows(plan, rows: 1)
      plan.forward(
        weights, Inputs(memory.map { UnsafeRawPointer($0.pointer) }), count: 1, into: rows)
      return plan.outputs.flatMap { output in (0..<output.count).map { rows[output][$0] } }
    }
    for neurons in graph.neurons where !neurons.isOutput {
      #expect(!neurons.outgoing.isEmpty)
      for unit in [0, neurons.count - 1] {
        let weights = graph.layout.makeBuffer()
        graph.layout.fill(weights, using: &generator)
        let whole = outputs(weights)
        for place in neurons.outgoing {
          let units = place.slice.shape.last!
          for line in lines(place, unit) {
            for column in 0..<units { weights[place.slice.offset + line * units + column] = 0 }
          }
        }
        let cut = outputs(weights)
        #expect(cut != whole, "\(neurons.layer)")
        // Whatever the unit says now.
        for slice in neurons.incoming {
          let units = slice.shape.last!
          for line in 0..<slice.count / units { weights[slice.offset + line * units + unit] += 1 }
        }
        #expect(outputs(weights) == cut, "\(neurons.layer)")
      }
    }
  }

  private func picture(_ graph: Graph) -> Value {
    graph.input("x", Input(outer: 1, height: 8, width: 8, inner: 2, .float32))
  }

  @Test("Cutting a unit's outgoing weights silences it")
  func silence() throws {
    let plain = Graph(biases: .constant(0.5))
    let features = picture(plain).conv(3, 3).tanh().conv(4, 3).tanh().maxPool(2, stride: 2)
    let vector = plain.input("v", Input(vector: 3, .float32)).dense(5).tanh()
    plain.output("y", plain.join([features.flat(), vector]).dense(6).tanh().dense(2))
    #expect(plain.neurons.map(\.count) == [3, 4, 5, 6, 2])
    #expect(plain.neurons.map(\.isOutput) == [false, false, false, false, true])
    try check(plain)

    let residual = Graph(biases: .constant(0.5))
    residual.output("y", picture(residual).impala().spatialMean().dense(2))
    #expect(residual.neurons.filter { !$0.isOutput }.count == 15)
    // The sum of a residual block is read by the next convolution and by the next sum.
    #expect(residual.neurons[0].outgoing.count == 3)
    let two = Graph(biases: .constant(0.5))
    let x = picture(two)
    let both = two.join([x.conv(3, 3).tanh(), x.conv(2, 3).tanh()], axis: 2)
    two.output(
      "y", both.conv(4, 3).tanh().tokens(.perConv).dense(3, .noisy(0.5)).mean(over: 0).dense(1))
    try check(two)
    #expect(two.neurons[1].outgoing[0].first == 3 && two.neurons[1].outgoing[0].period == 5)
  }

  @Test("Units behind what cannot be followed are left alone")
  func unknown() {
    let graph = Graph()
    let tokens = picture(graph).conv(3, 3).relu().tokens(.perConv)
    graph.output("y", tokens.softMoE(experts: 2, slots: 2, hidden: 4).flat().dense(1))
    #expect(graph.neurons.first?.layer == "conv1" && graph.neurons.first?.isOutput == true)
  }
}
