import Foundation
import Lanes
import TestDevices
import Testing

@testable import Nets

/// Layers that remember, against plain arithmetic in double precision and against themselves.
struct RecurrenceTests {
  private static let (features, units, steps, samples) = (3, 4, 5, 3)

  /// A network over so many steps, with its numbers.
  private struct Example {
    let cell: Cell
    let plan: Plan
    let weights: Buffer
    var x: [Float]
    /// [samples, steps]
    let first: [UInt8] = [0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0]
    var memory: [Float]
    private let firsts = (0..<samples).map { Int32($0 * RecurrenceTests.steps) }

    init(_ cell: Cell, steps: Int, threads: Int = 1, on place: Place = .processor) throws {
      self.cell = cell
      let graph = Graph(steps: steps)
      let x = graph.input("x", Input(vector: features, .float32))
      let first = graph.input("first", Input(vector: 1, .uint8))
      let memory = graph.input(
        "memory", Input(vector: cell.memory(units), .float32), isPerStep: false)
      let (hidden, states) = x.remembered(cell, units, first: first, memory: memory, name: "cell")
      graph.output("hidden", hidden)
      graph.output("states", states)
      let workshop = try place.workshop(threads: threads)
      plan = Plan(graph, workshop, learns: .everything, wanted: ["x", "memory"])
      var generator = SplitMix64(seed: 5)
      func draw(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float(gaussian(using: &generator)) }
      }
      weights = graph.layout.makeBuffer(workshop.backend)
      for (place, number) in draw(weights.count).enumerated() { weights[place] = number }
      self.x = draw(samples * RecurrenceTests.steps * features)
      self.memory = draw(samples * cell.memory(units))
    }

    func with<Result>(_ body: (Inputs) -> Result) -> Result {
      x.withUnsafeBytes { x in
        first.withUnsafeBytes { first in
          memory.withUnsafeBytes { memory in
            // A sample's steps lie one after the other.
            firsts.withUnsafeBufferPointer { firsts in
              body(
                Inputs([
                  Rows(x.baseAddress!, numbers: firsts.baseAddress!),
                  Rows(first.baseAddress!, numbers: firsts.baseAddress!),
                  Rows(memory.baseAddress!),
                ]))
            }
          }
        }
      }
    }

    /// [samples, steps, units] of hidden numbers.
    func outputs() -> [Float] {
      let rows = HostRows(plan, rows: samples)
      with { plan.forward(weights, $0, count: samples, into: rows) }
      let output = plan.output("hidden")
      return (0..<samples * output.count).map { rows[output][$0] }
    }
  }

  /// The same by the formulas.
  private func exact(
    _ example: Example, _ weights: [Double], _ x: [Double], _ memory: [Double]
  ) -> [Double] {
    let (units, width) = (Self.units, example.cell.memory(Self.units))
    let gates = example.cell.gates * units
    func number(_ name: String, _ row: Int, _ column: Int) -> Double {
      weights[example.plan.layout["cell\(name)"]!.offset + row * gates + column]
    }
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    var outputs: [Double] = []
    for sample in 0..<Self.samples {
      var state = Array(memory[sample * width..<(sample + 1) * width])
      for step in 0..<Self.steps {
        let row = sample * Self.steps + step
        if example.first[row] != 0 { state = [Double](repeating: 0, count: width) }
        let given = (0..<gates).map { gate in
          (0..<Self.features).reduce(number("-input.bias", 0, gate)) {
            $0 + x[row * Self.features + $1] * number("-input.weight", $1, gate)
          }
        }
        let echo = (0..<gates).map { gate in
          (0..<units).reduce(number(".bias", 0, gate)) {
            $0 + state[$1] * number(".weight", $1, gate)
          }
        }
        state = (0..<width).map { place in
          let unit = place % units
          func gate(_ index: Int) -> Double {
            given[index * units + unit] + echo[index * units + unit]
          }
          if example.cell == .gru {
            let new = tanh(
              given[2 * units + unit] + sigmoid(gate(0)) * echo[2 * units + unit])
            return (1 - sigmoid(gate(1))) * new + sigmoid(gate(1)) * state[unit]
          }
          let kept = sigmoid(gate(1)) * state[units + unit] + sigmoid(gate(0)) * tanh(gate(2))
          return place < units ? sigmoid(gate(3)) * tanh(kept) : kept
        }
        outputs += state[..<units]
      }
    }
    return outputs
  }

  @Test(
    "Outputs and slopes of sequences are those of plain arithmetic", arguments: Cell.allCases,
    Place.exact)
  func agrees(cell: Cell, place: Place) throws {
    let example = try Example(cell, steps: Self.steps, on: place)
    let doubles = (
      example.weights.span.map(Double.init), example.x.map(Double.init),
      example.memory.map(Double.init)
    )
    let factors = (0..<Self.samples * Self.steps * Self.units).map { sin(Double(3 * $0 + 1)) }
    let off = error(
      example.outputs(), exact(example, doubles.0, doubles.1, doubles.2))
    #expect(off <= 16, "outputs are off by \(off) ulp")

    let gradients = example.plan.layout.makeBuffer(example.plan.workshop.backend)
    let output = example.plan.output("hidden")
    example.with { inputs in
      example.plan.train(
        example.weights, inputs, count: Self.samples, gradients: gradients
      ) { part in
        let slopes = part.slopes(output)
        for index in 0..<part.rows.count * output.count {
          slopes[index] = Float(factors[part.rows.lowerBound * output.count + index])
        }
      }
    }
    func loss(_ numbers: ([Double], [Double], [Double])) -> Double {
      zip(exact(example, numbers.0, numbers.1, numbers.2), factors).reduce(0) { $0 + $1.0 * $1.1 }
    }
    func differences(
      _ count: Int, _ change: (inout ([Double], [Double], [Double]), Int, Double) -> Void
    ) -> [Double] {
      (0..<count).map { place in
        var (above, below) = (doubles, doubles)
        change(&above, place, 1e-5)
        change(&below, place, -1e-5)
        return (loss(above) - loss(below)) / 2e-5
      }
    }
    let ofWeights = differences(example.weights.count) { $0.0[$1] += $2 }
    for slice in example.plan.layout.slices {
      let off = error(slice.range.map { gradients[$0] }, Array(ofWeights[slice.range]))
      #expect(off <= 64, "\(slice.name) is off by \(off) ulp")
    }
    let ofX = differences(example.x.count) { $0.1[$1] += $2 }
    let ofMemory = differences(example.memory.count) { $0.2[$1] += $2 }
    for (name, exact) in [("x", ofX), ("memory", ofMemory)] {
      let slopes = example.plan.slopes(ofInput: name)
      let off = error(exact.indices.map { slopes[$0] }, exact)
      #expect(off <= 64, "slopes of \(name) are off by \(off) ulp")
    }
  }

  @Test("Step by step is the same as a sequence", arguments: Cell.allCases)
  func stepwise(cell: Cell) throws {
    let whole = try Example(cell, steps: Self.steps, threads: 2)
    let single = try Example(cell, steps: 1)
    let outputs = whole.outputs()
    let rows = HostRows(single.plan, rows: 1)
    let (hidden, states) = (single.plan.output("hidden"), single.plan.output("states"))
    for sample in 0..<Self.samples {
      var memory = Array(
        whole.memory[sample * states.count..<(sample + 1) * states.count])
      for step in 0..<Self.steps {
        let place = sample * Self.steps + step
        whole.x.withUnsafeBytes { x in
          whole.first.withUnsafeBytes { first in
            memory.withUnsafeBytes { memory in
              let inputs = Inputs([
                Rows(x.baseAddress!, first: place), Rows(first.baseAddress!, first: place),
                Rows(memory.baseAddress!),
              ])
              single.plan.forward(single.weights, inputs, count: 1, into: rows)
            }
          }
        }
        memory = (0..<states.count).map { rows[states][$0] }
        for unit in 0..<Self.units {
          #expect(abs(rows[hidden][unit] - outputs[place * Self.units + unit]) < 1e-6)
        }
      }
    }
  }
}
