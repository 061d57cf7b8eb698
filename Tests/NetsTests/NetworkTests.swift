import Foundation
import Lanes
import Testing

@testable import Nets

/// Networks over random rows, and what is known of their outputs and slopes.
struct NetworkTests {
  /// All operations: bytes of planes, of a picture with colours, numbers; shared and separate heads.
  private static func graph() -> Value {
    let graph = Graph()
    let planes = graph.input(
      Input(outer: 2, height: 14, width: 12, inner: 1, .uint8, scale: 1 / 255))
    let picture = graph.input(Input(outer: 2, height: 5, width: 6, inner: 3, .uint8))
    let vector = graph.input(Input(vector: 3, .float64))
    let seen = graph.join([
      planes.convolution(4, 4, stride: 2, name: "a").convolution(3, 3, name: "b"),
      picture.convolution(2, 3, name: "c"), vector.dense(5, .tanh, name: "d"),
    ])
    let shared = seen.dense(7, .relu, name: "e").dense([(3, 0.01), (1, 1)], .none, name: "f")
    return graph.join([shared, graph.constant(2, name: "g"), vector.dense(1, .none, name: "h")])
  }

  private final class Sample {
    let network: Network
    let count: Int
    private let planes, picture: AlignedBuffer<UInt8>
    private let vector: AlignedBuffer<Double>
    private let numbers: [Int32]

    init(threads: Int, count: Int, seed: UInt64 = 4) throws {
      var generator = SplitMix64(seed: seed)
      network = try Network(
        NetworkTests.graph(), pool: ThreadPool(threads: threads), using: &generator)
      self.count = count
      planes = AlignedBuffer(count: count * 2 * 14 * 12)
      picture = AlignedBuffer(count: count * 2 * 5 * 6 * 3)
      vector = AlignedBuffer(count: count * 3)
      for index in 0..<planes.count { planes[index] = UInt8(generator.next(below: 256)) }
      for index in 0..<picture.count { picture[index] = UInt8(generator.next(below: 2)) }
      for index in 0..<vector.count { vector[index] = gaussian(using: &generator) }
      for index in 0..<network.parameters.count {
        network.parameters.values[index] += 0.1 * Float(gaussian(using: &generator))
      }
      numbers = (0..<count).map(Int32.init).shuffled(using: &generator)
    }

    func rows<Result>(_ body: (Rows) -> Result) -> Result {
      numbers.withUnsafeBufferPointer {
        body(
          Rows(
            [
              UnsafeRawPointer(planes.pointer), UnsafeRawPointer(picture.pointer),
              UnsafeRawPointer(vector.pointer),
            ], numbers: $0.baseAddress))
      }
    }

    func outputs() -> [Float] {
      var outputs = [Float](repeating: 0, count: count * network.outputCount)
      rows { network.forward($0, count: count, into: &outputs) }
      return outputs
    }

    /// Sum of outputs, each weighted by its place and row.
    func loss() -> Double {
      outputs().enumerated().reduce(0) { $0 + Double($1.element) * Double(weight($1.offset)) }
    }

    func weight(_ index: Int) -> Float { Float((index * 7) % 11) - 4 }

    func train() {
      let width = network.outputCount
      rows {
        network.train($0, count: count) { part in
          for index in 0..<part.rows.count * width {
            part.slopes[index] = weight(part.rows.lowerBound * width + index)
          }
        }
      }
    }
  }

  @Test("Gradients agree with finite differences in every slice", arguments: [4, 19] as [UInt64])
  func gradients(seed: UInt64) throws {
    let sample = try Sample(threads: 2, count: 5, seed: seed)
    sample.train()
    let parameters = sample.network.parameters
    var generator = SplitMix64(seed: seed + 1)
    for slice in parameters.slices {
      for _ in 0..<6 {
        let index = slice.offset + Int(generator.next(below: UInt32(slice.count)))
        let old = parameters.values[index]
        func loss(_ step: Float) -> Double {
          parameters.values[index] = old + step
          defer { parameters.values[index] = old }
          return sample.loss()
        }
        // A rectifier that turns within a step spoils the slope of that side.
        let gradient = Double(parameters.gradients[index])
        let here = loss(0)
        let error = [Float(4e-3), -4e-3, 1e-3, -1e-3].map {
          abs((loss($0) - here) / Double($0) - gradient)
        }.min()!
        #expect(
          error < 0.005 * abs(gradient) + 0.02,
          "seed \(seed), \(slice.name)[\(index - slice.offset)]: \(gradient), off by \(error)")
      }
    }
  }

  @Test("Patches are [row, column, channel], whatever lies how in memory")
  func convolution() throws {
    var generator = SplitMix64(seed: 4)
    let (height, width, kernel, stride, filters) = (9, 8, 3, 2, 5)
    for (outer, inner) in [(1, 1), (3, 1), (4, 1), (1, 3), (2, 3)] {
      let graph = Graph()
      let input = Input(
        outer: outer, height: height, width: width, inner: inner, .uint8, scale: 0.5)
      let network = try Network(
        graph.input(input).convolution(filters, kernel, stride: stride, name: "c"),
        pool: ThreadPool(threads: 1), using: &generator)
      let bytes = (0..<outer * height * width * inner).map { _ in UInt8(generator.next(below: 9)) }
      var outputs = [Float](repeating: 0, count: network.outputCount)
      bytes.withUnsafeBytes {
        network.forward(Rows([$0.baseAddress!]), count: 1, into: &outputs)
      }
      let channels = outer * inner
      for (y, x, filter) in [(0, 0, 0), (3, 2, 2), (1, 1, 4)] {
        var sum = 0.0
        for row in 0..<kernel {
          for column in 0..<kernel {
            for channel in 0..<channels {
              let place = (y * stride + row) * width + x * stride + column
              let byte = bytes[
                (channel / inner * height * width + place) * inner + channel % inner]
              let weight = network.parameters.values[
                ((row * kernel + column) * channels + channel) * filters + filter]
              sum += Double(byte) * 0.5 * Double(weight)
            }
          }
        }
        let output = Double(outputs[(y * 3 + x) * filters + filter])
        #expect(abs(output - max(sum, 0)) < 1e-5, "\(outer) x \(inner), (\(y), \(x), \(filter))")
      }
    }
  }

  @Test("Outputs and gradients are the same bits for any number of threads", arguments: [2, 3, 5])
  func threads(count: Int) throws {
    for rows in [1, 13, 300] {
      let (one, many) = (
        try Sample(threads: 1, count: rows), try Sample(threads: count, count: rows)
      )
      one.train()
      many.train()
      let (first, second) = (one.network.parameters, many.network.parameters)
      #expect(first.gradients.span.elementsEqual(second.gradients.span), "\(rows) rows")
      #expect(first.gradientNorm() == second.gradientNorm())
      #expect(one.outputs() == many.outputs())
    }
  }

  @Test("A batch's gradient is the sum of its rows', however it is cut")
  func shards() throws {
    let sample = try Sample(threads: 1, count: 300)
    #expect(sample.network.shards(300) > 1)
    sample.train()
    let whole = sample.network.parameters.gradients.span.map { Double($0) }
    var sum = [Double](repeating: 0, count: whole.count)
    let width = sample.network.outputCount
    sample.rows { rows in
      for row in 0..<300 {
        sample.network.train(rows.dropFirst(row), count: 1) { part in
          for index in 0..<width { part.slopes[index] = sample.weight(row * width + index) }
        }
        for index in sum.indices {
          sum[index] += Double(sample.network.parameters.gradients[index])
        }
      }
    }
    let size = whole.map { $0 * $0 }.reduce(0, +).squareRoot()
    let error = zip(whole, sum).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
    #expect(error < 1e-5 * size, "\(error) of \(size)")
  }

  @Test("The layer that holds no numbers any more is named")
  func layers() throws {
    let parameters = try Sample(threads: 1, count: 2).network.parameters
    #expect(parameters.firstNotFinite == nil)
    for slice in parameters.slices {
      for number in [Float.nan, .infinity] {
        parameters.gradients[slice.offset + slice.count - 1] = number
        #expect(parameters.firstNotFinite == slice.layer)
        parameters.gradients[slice.offset + slice.count - 1] = 0
      }
    }
  }

  @Test("Hyperbolic tangents are exact to 4 units in the last place")
  func tangents() {
    var values = (-12_000...12_000).map { Float($0) / 1000 }
    values += (0..<80).map { sign in (sign % 2 == 0 ? 1 : -1) * powf(0.5, Float(sign)) }
    var results = values
    Kernels.tanh(&results, count: results.count)
    for (value, result) in zip(values, results) {
      let exact = tanh(Double(value))
      #expect(abs(Double(result) - exact) <= 4 * Double(Float(exact).ulp), "\(value)")
    }
    var odd = [Float.nan, .infinity, -.infinity, 0]
    Kernels.tanh(&odd, count: 4)
    #expect(odd[0].isNaN && odd[1...] == [1, -1, 0])
  }
}
