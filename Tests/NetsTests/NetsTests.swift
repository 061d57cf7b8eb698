import Foundation
import Lanes
import Testing

@testable import Nets

struct NetsTests {
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

  @Test("Initial weights have the bounds and variances of their names")
  func initialisers() {
    func numbers(_ initialiser: Initialiser, _ shape: [Int] = [100, 60]) -> [Double] {
      let graph = Graph()
      let slice = graph.reserve("x", "weight", shape, initialiser, fan: (100, 60))
      let weights = graph.layout.makeBuffer()
      var generator = SplitMix64(seed: 11)
      graph.layout.fill(weights, using: &generator)
      return slice.range.map { Double(weights[$0]) }
    }
    func check(_ initialiser: Initialiser, variance: Double, bound: Double?) {
      let numbers = numbers(initialiser)
      let found = numbers.reduce(0) { $0 + $1 * $1 } / 6000
      #expect(abs(found / variance - 1) < 0.06, "\(initialiser): \(found)")
      let most = numbers.map(abs).max()!
      guard let bound else {
        #expect(most > 3 * variance.squareRoot())
        return
      }
      #expect(most <= bound * (1 + 1e-6) && most > 0.97 * bound, "\(initialiser): \(most)")
    }
    let cut = 2 / 0.879_625_661_034_239_78
    check(.lecunNormal, variance: 0.01, bound: 0.1 * cut)
    check(.lecunUniform, variance: 0.01, bound: 0.03.squareRoot())
    check(.xavierUniform, variance: 2 / 160, bound: (6.0 / 160).squareRoot())
    check(.xavierNormal, variance: 2 / 160, bound: nil)
    check(.kaimingUniform, variance: 0.02, bound: 0.06.squareRoot())
    check(.kaimingNormal, variance: 0.02, bound: nil)
    check(.torch, variance: 0.01 / 3, bound: 0.1)
    check(.variance(1, .output, .uniform), variance: 1.0 / 60, bound: 0.05.squareRoot())
    #expect(numbers(.level(0.5)).allSatisfy { $0 == Double(Float(0.05)) })
    #expect(numbers(.constant(3)).allSatisfy { $0 == 3 })
    // Each by its own, column by column.
    let parts = numbers(.columns([.init(1, .constant(1)), .init(59, .constant(2))]))
    #expect(parts.indices.allSatisfy { parts[$0] == ($0 % 60 == 0 ? 1 : 2) })
    // Grouped weights are orthogonal group by group.
    let grouped = numbers(.orthogonal(1), [2, 50, 60])
    for group in 0..<2 {
      let square = grouped[group * 3000..<group * 3000 + 60].reduce(0) { $0 + $1 * $1 }
      #expect(abs(square - 1) < 1e-5)
    }
  }

  @Test("The layer that holds no numbers any more is named")
  func layers() throws {
    let graph = Graph()
    let x = graph.input("x", Input(vector: 2, .float32))
    graph.output("y", graph.group("g") { x.dense(3, name: "a") }.dense(2, name: "b"))
    let (weights, gradients) = (graph.layout.makeBuffer(), graph.layout.makeBuffer())
    #expect(graph.layout.firstNotFinite([weights, gradients]) == nil)
    for slice in graph.layout.slices {
      for number in [Float.nan, .infinity] {
        gradients[slice.range.upperBound - 1] = number
        #expect(graph.layout.firstNotFinite([weights, gradients]) == slice.layer)
        gradients[slice.range.upperBound - 1] = 0
      }
    }
    #expect(Set(graph.layout.slices.map(\.layer)) == ["g/a", "b"])
  }

  @Test("Exponential functions are exact to a few units in the last place")
  func exponentials() {
    var values = (-12_000...12_000).map { Float($0) / 1000 }
    values += (0..<80).map { sign in (sign % 2 == 0 ? 1 : -1) * powf(0.5, Float(sign)) }
    let wide = values + (-870...880).map { Float($0) / 10 }
    func check(
      _ values: [Float], ulps: Double, _ fast: (Float) -> Float, _ exact: (Double) -> Double
    ) {
      for value in values {
        let answer = exact(Double(value))
        let off = abs(Double(fast(value)) - answer) / Double(Float(answer).ulp)
        #expect(off <= ulps, "\(value): \(fast(value)) for \(answer)")
      }
    }
    check(values, ulps: 4, fastTanh) { tanh($0) }
    check(wide, ulps: 2, fastExp) { exp($0) }
    check(wide.filter { $0 <= 0 && $0 > -17 }, ulps: 3, fastExpMinus1) { expm1($0) }
    check(values, ulps: 4, sigmoid) { 1 / (1 + exp(-$0)) }
    check(values, ulps: 4, softplus) { log1p(exp($0)) }
    let odd = [Float.nan, .infinity, -.infinity, 0]
    #expect(odd[1...].map(fastTanh) == [1, -1, 0] && odd[1...].map(fastExp) == [.infinity, 0, 1])
    #expect(odd[1...].map(sigmoid) == [1, 0, 0.5])
    #expect(odd[1...].map(softplus) == [.infinity, 0, log(2)])
    for function in [fastTanh, fastExp, sigmoid, softplus] { #expect(function(.nan).isNaN) }
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
