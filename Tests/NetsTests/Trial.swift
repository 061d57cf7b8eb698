import Foundation
import Lanes
import TestDevices
import Testing

@testable import Nets

/// A small network over random numbers, with what it should be in double precision.
struct Trial: Sendable, CustomTestStringConvertible {
  enum Numbers: Sendable { case normal, whole(Int) }

  let name: String
  /// By input.
  let shapes: [[Int]]
  var numbers: [Numbers]?
  /// Units in the last place of the largest number of an array, by which each may be off.
  var ulps = 8.0
  let build: @Sendable ([Value]) -> Value
  /// One row; weights by the layer's part: "weight", "bias".
  let exact: @Sendable (_ inputs: [Tensor], _ weights: (String) -> Tensor) -> Tensor

  var testDescription: String { name }
}

/// A trial's network with its numbers.
final class Sample {
  let trial: Trial
  let rows: Int
  let plan: Plan
  let weights, gradients: Buffer
  private(set) var inputs: [AlignedBuffer<Float>] = []
  let output: OutputShape
  private let wanted: [String]

  init(
    _ trial: Trial, rows: Int = 3, threads: Int = 2, seed: UInt64 = 7, on place: Place = .processor
  ) throws {
    self.trial = trial
    self.rows = rows
    var generator = SplitMix64(seed: seed)
    let graph = Graph()
    let values = trial.shapes.enumerated().map { index, shape in
      graph.input("\(index)", Input(vector: shape.reduce(1, *), .float32)).reshaped(shape)
    }
    graph.output("y", trial.build(values))
    wanted = trial.shapes.indices.filter { place in
      if case .normal = trial.numbers?[place] ?? .normal { true } else { false }
    }.map(String.init)
    let workshop = try place.workshop(threads: threads)
    plan = Plan(graph, workshop, learns: .everything, wanted: wanted)
    output = plan.outputs[0]
    weights = graph.layout.makeBuffer(workshop.backend)
    gradients = graph.layout.makeBuffer(workshop.backend)
    for index in 0..<weights.count { weights[index] = Float(gaussian(using: &generator)) }
    for (place, shape) in trial.shapes.enumerated() {
      let count = rows * shape.reduce(1, *)
      let numbers = AlignedBuffer<Float>(count: count)
      for index in 0..<count {
        switch trial.numbers?[place] ?? .normal {
        case .normal: numbers[index] = Float(gaussian(using: &generator))
        case .whole(let bound): numbers[index] = Float(generator.next(below: UInt32(bound)))
        }
      }
      inputs.append(numbers)
    }
  }

  var sources: Inputs { Inputs(inputs.map { UnsafeRawPointer($0.pointer) }) }

  func outputs() -> [Float] {
    let outputs = HostRows(plan, rows: rows)
    plan.forward(weights, sources, count: rows, into: outputs)
    return Array(UnsafeBufferPointer(start: outputs[output], count: rows * output.count))
  }

  /// The loss is the sum of outputs times these.
  func factor(_ place: Int) -> Float { Float((place * 7) % 11) - 4.5 }

  func train() {
    plan.train(weights, sources, count: rows, gradients: gradients) { part in
      for index in 0..<part.rows.count * output.count {
        part.slopes(output)[index] = factor(part.rows.lowerBound * output.count + index)
      }
    }
  }

  /// Every array that training fills, by name.
  var slopes: [(name: String, values: [Float])] {
    var slopes = plan.layout.slices.map { slice in
      (slice.name, slice.range.map { gradients[$0] })
    }
    for name in wanted {
      let count = inputs[Int(name)!].count
      let values = UnsafeBufferPointer(start: plan.slopes(ofInput: name), count: count)
      slopes.append((name, Array(values)))
    }
    return slopes
  }

  // MARK: In double precision

  /// Weights and inputs, to be changed.
  struct Exact {
    var weights: [String: Tensor] = [:]
    var inputs: [[Double]] = []
  }

  var exact: Exact {
    var exact = Exact()
    for slice in plan.layout.slices {
      exact.weights[slice.name] = Tensor(slice.shape, slice.range.map { Double(weights[$0]) })
    }
    exact.inputs = inputs.map { $0.span.map(Double.init) }
    return exact
  }

  func outputs(_ exact: Exact) -> [Double] {
    (0..<rows).flatMap { row in
      let inputs = zip(trial.shapes, exact.inputs).map { shape, numbers in
        let count = shape.reduce(1, *)
        return Tensor(shape, Array(numbers[row * count..<(row + 1) * count]))
      }
      return trial.exact(inputs) { part in
        exact.weights.first { $0.key.hasSuffix("." + part) || $0.key == part }!.value
      }.values
    }
  }

  func loss(_ exact: Exact) -> Double {
    outputs(exact).enumerated().reduce(0) { $0 + $1.element * Double(factor($1.offset)) }
  }

  /// By central differences.
  func slopes(_ exact: Exact, _ name: String, count: Int) -> [Double] {
    func number(_ exact: inout Exact, _ place: Int, plus step: Double) {
      if let input = Int(name) {
        exact.inputs[input][place] += step
      } else {
        exact.weights[name]!.values[place] += step
      }
    }
    let step = 1e-5
    return (0..<count).map { place in
      var (above, below) = (exact, exact)
      number(&above, place, plus: step)
      number(&below, place, plus: -step)
      return (loss(above) - loss(below)) / (2 * step)
    }
  }
}

/// The largest error of an array in units of the last place of its largest number.
func error(_ values: [Float], _ exact: [Double]) -> Double {
  let unit = Double(Float(exact.map(abs).max() ?? 0).ulp)
  if values.count != exact.count { return .infinity }
  return zip(values, exact).map { $0.isFinite ? abs(Double($0) - $1) / unit : .infinity }.max() ?? 0
}
