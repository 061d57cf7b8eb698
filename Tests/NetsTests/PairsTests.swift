import CLanes
import Lanes
import Testing

@testable import Nets

/// Numbers whose products the processor adds in pairs.
@Suite("Products in bfloat16", .enabled(if: CPU.has(.bfloat16)))
struct PairsTests {
  /// A new seed every time, which a failure names.
  private static let seed = UInt64.random(in: 0..<1 << 32)

  /// By its definition; a number too small to be normal is as it is.
  static func rounded(_ number: Float) -> Float {
    let bits = number.bitPattern
    return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
  }

  private static func numbers(
    _ count: Int, _ generator: inout SplitMix64, isRounded: Bool = false
  ) -> [Float] {
    (0..<count).map { _ in
      let number = Float(gaussian(using: &generator))
      return isRounded ? rounded(number) : number
    }
  }

  @Test("Numbers become the nearest, halves the even one of two")
  func rounding() {
    var generator = SplitMix64(seed: Self.seed)
    var numbers = (0..<500).map { _ in
      Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()) & 0xBFFF_FFFF | 0x2000_0000)
    }
    for upper in UInt32(0x3F80)..<0x3F90 {
      numbers += [0x7FFF, 0x8000, 0x8001].map { Float(bitPattern: upper << 16 | $0) }
    }
    var halves = [UInt16](repeating: 0, count: numbers.count)
    lanes_round(numbers, 1, numbers.count, 0, &halves)
    for (number, half) in zip(numbers, halves) {
      #expect(Float(bitPattern: UInt32(half) << 16) == Self.rounded(number), "\(number)")
    }
  }

  @Test("Words have two numbers, or one and a zero; lines go together in twos")
  func words() {
    var generator = SplitMix64(seed: Self.seed)
    for _ in 0..<50 {
      let count = 1 + Int(generator.next(below: 70))
      let (distance, paired) = (
        Int(generator.next(below: 20)), Int(generator.next(below: UInt32(count + 1)))
      )
      let numbers = Self.numbers(count + distance, &generator, isRounded: true)
      var words = [UInt32](repeating: 7, count: count + 1)
      lanes_pair(numbers, count, distance, paired, &words)
      for index in 0..<count {
        #expect(Float(bitPattern: words[index] << 16) == numbers[index])
        let second = index < paired ? numbers[index + distance] : 0
        #expect(Float(bitPattern: words[index] & 0xFFFF_0000) == second)
      }
      #expect(words[count] == 7)
    }
  }

  @Test("Matrices of every order and size", arguments: 0..<60)
  func matrices(number: Int) throws {
    var generator = SplitMix64(seed: Self.seed + UInt64(number))
    var product = Product(
      8 + Int(generator.next(below: 60)), 4 * (8 + Int(generator.next(below: 20))),
      32 * (1 + Int(generator.next(below: 20))), transposesA: number % 3 == 1,
      transposesB: number % 3 == 2, beta: Float(generator.next(below: 2)))
    if number % 3 == 0 {
      product = Product(
        product.m, product.n - Int(generator.next(below: 4)), product.k + 2, beta: 1)
      product.n = max(32, product.n)
      (product.lineB, product.lineC) = (product.n + 3, product.n + 1)
    } else if number % 3 == 1 {
      product.m += 24
      product.k += 1 - Int(generator.next(below: 2))
      (product.lineA, product.lineC) = (product.m + 5, product.n + 1)
    }
    try check(product, &generator)
  }

  /// Against floats' products of numbers that are round already, whose errors are of sums alone: beside
  /// the sum of magnitudes.
  private func check(_ product: Product, _ generator: inout SplitMix64) throws {
    let sizes = (
      (product.transposesA ? product.k : product.m) * product.lineA,
      (product.transposesB ? product.n : product.k) * product.lineB, product.m * product.lineC
    )
    let (a, b) = (Self.numbers(sizes.0, &generator), Self.numbers(sizes.1, &generator))
    let start = Self.numbers(sizes.2, &generator)
    func run(_ precision: Precision, _ map: (Float) -> Float) throws -> [Float] {
      var c = start
      let processor = try CPU(precision)
      #expect(processor.isPaired(product) == (precision == .bfloat16))
      processor.multiply(product, a.map(map), b.map(map), &c)
      return c
    }
    let found = try run(.bfloat16) { $0 }
    let wanted = try run(.float32, Self.rounded)
    let magnitudes = try run(.float32) { abs(Self.rounded($0)) }
    expectNear(found, wanted, magnitudes, "\(product), seed \(Self.seed)")
  }

  private func expectNear(
    _ found: [Float], _ wanted: [Float], _ magnitudes: [Float], _ what: String
  ) {
    for index in found.indices {
      let bound = 4e-6 * abs(magnitudes[index]) + 1e-5
      if abs(found[index] - wanted[index]) <= bound { continue }
      Issue.record("\(index): \(found[index]), not \(wanted[index]): \(what)")
      return
    }
  }

  @Test("Convolutions: outputs, gradients and slopes", arguments: 0..<40)
  func convolutions(number: Int) throws {
    var generator = SplitMix64(seed: Self.seed + 100 + UInt64(number))
    let kernel = 1 + Int(generator.next(below: 5))
    let window = Window(
      [
        kernel + Int(generator.next(below: 9)),
        kernel + Int(generator.next(below: 9)),
        2 * (1 + Int(generator.next(below: 10))),
      ], kernel: kernel, stride: 1 + Int(generator.next(below: 3)),
      filters: 2 * (1 + Int(generator.next(below: 20))),
      [.valid, .same, .pixels(kernel / 2)][Int(generator.next(below: 3))])
    let rows = 1 + Int(generator.next(below: 4))
    let inputs = Self.numbers(rows * window.inputCount, &generator)
    let weights = Self.numbers(window.patch * window.filters, &generator)
    let slopes = Self.numbers(rows * window.outputCount, &generator)
    func run(_ precision: Precision, _ map: (Float) -> Float) throws -> [[Float]] {
      let processor = try CPU(precision)
      #expect(processor.isPaired(window) == (precision == .bfloat16))
      let (inputs, weights) = (inputs.map(map), weights.map(map))
      var slopes = slopes.map(map)
      let scratch = AlignedBuffer<Float>(count: processor.scratch(window) + 64)
      var output = [Float](repeating: 0, count: rows * window.outputCount)
      var gradient = [Float](repeating: 0, count: weights.count)
      var slopesOfInput = [Float](repeating: 0, count: inputs.count)
      processor.convolve(
        window, rows: rows, inputs, weights: weights, bias: nil, &output, .none,
        scratch: scratch.pointer)
      processor.convolveSlopes(
        window, rows: rows, inputs, weights: weights, output: output, .none,
        slopeOfOutput: &slopes, gradient: &gradient, bias: nil, &slopesOfInput,
        scratch: scratch.pointer)
      return [output, gradient, slopesOfInput]
    }
    let found = try run(.bfloat16) { $0 }
    let wanted = try run(.float32, Self.rounded)
    let magnitudes = try run(.float32) { abs(Self.rounded($0)) }
    for place in 0..<3 {
      expectNear(
        found[place], wanted[place], magnitudes[place],
        "\(["output", "gradient", "slopes"][place]) of \(window), seed \(Self.seed)")
    }
  }

  @Test("An update has the same bits for any number of threads, near those of floats")
  func updates() throws {
    func gradient(_ precision: Precision, threads: Int) throws -> [Float] {
      let workshop = Workshop(
        pool: ThreadPool(threads: threads, awakening: 0), backend: try CPU(precision))
      let graph = Graph()
      let picture = graph.input("picture", Input(vector: 12 * 12 * 4, .float32))
        .reshaped([12, 12, 4])
      graph.output(
        "y", picture.conv(16, 3).relu().flat().dense(64).relu().dense(3))
      let plan = Plan(graph, workshop, learns: .everything)
      var generator = SplitMix64(seed: 5)
      let weights = graph.layout.makeBuffer(workshop.backend)
      for index in 0..<weights.count { weights[index] = Float(gaussian(using: &generator)) / 8 }
      let gradients = graph.layout.makeBuffer(workshop.backend)
      let rows = 70
      let inputs = Self.numbers(rows * 12 * 12 * 4, &generator)
      inputs.withUnsafeBytes {
        plan.train(
          weights, Inputs([$0.baseAddress!]), count: rows, gradients: gradients
        ) { part in
          let slopes = part.slopes(plan.outputs[0])
          for index in 0..<3 * part.rows.count { slopes[index] = Float(index % 3) - 1 }
        }
      }
      return (0..<gradients.count).map { gradients[$0] }
    }
    let one = try gradient(.bfloat16, threads: 1)
    #expect(try gradient(.bfloat16, threads: 2) == one)
    #expect(try gradient(.bfloat16, threads: 5) == one)
    let floats = try gradient(.float32, threads: 2)
    #expect(one != floats)
    let most = floats.map(abs).max()!
    #expect(zip(one, floats).allSatisfy { abs($0 - $1) < 0.02 * most })
  }
}
