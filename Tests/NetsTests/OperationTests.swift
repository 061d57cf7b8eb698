import Foundation
import Lanes
import TestDevices
import Testing

@testable import Nets

/// Every operation against plain arithmetic in double precision: outputs, and slopes by differences.
struct OperationTests {
  @Test("Outputs and slopes are those of plain arithmetic", arguments: Trial.all)
  func agrees(trial: Trial) throws {
    var exact: (outputs: [Double], slopes: [String: [Double]]) = ([], [:])
    for place in Place.allCases {
      let sample = try Sample(trial, on: place)
      let numbers = sample.exact
      sample.train()
      if place == .processor {
        exact.outputs = sample.outputs(numbers)
        for (name, values) in sample.slopes {
          exact.slopes[name] = sample.slopes(numbers, name, count: values.count)
        }
      }
      let most = trial.ulps * place.slack
      let off = error(sample.outputs(), exact.outputs)
      #expect(off <= most, "\(place): outputs are off by \(off) ulp")
      for (name, values) in sample.slopes {
        let off = error(values, exact.slopes[name]!)
        #expect(off <= 2 * most, "\(place): slopes of \(name) are off by \(off) ulp")
      }
    }
  }

  @Test("Rows do not see each other, and threads change no bit", arguments: Trial.all)
  func rows(trial: Trial) throws {
    // Enough for several shards and chunks.
    let (one, many) = (
      try Sample(trial, rows: 150, threads: 1), try Sample(trial, rows: 150, threads: 3)
    )
    one.train()
    many.train()
    #expect(one.outputs() == many.outputs())
    for (first, second) in zip(one.slopes, many.slopes) {
      #expect(first.values == second.values, "\(first.name)")
    }
    let exact = one.exact
    let off = error(one.outputs(), one.outputs(exact))
    #expect(off <= trial.ulps, "outputs are off by \(off) ulp")
  }

  /// Of few rows and of many, whose gradient waits for all of them; of whole vectors of units and not.
  @Test("A large layer is plain arithmetic, whatever the threads", arguments: [3, 70], [256, 306])
  func large(rows: Int, units: Int) throws {
    let inputs = 1040
    let trial = Trial(name: "large", shapes: [[inputs]]) {
      $0[0].dense(units).relu()
    } exact: {
      $0[0].dense($1("weight"), $1("bias")).map { max($0, 0) }
    }
    let one = try Sample(trial, rows: rows, threads: 1)
    let many = try Sample(trial, rows: rows, threads: 3)
    one.train()
    many.train()
    for (first, second) in zip(one.slopes, many.slopes) {
      #expect(first.values == second.values, "\(first.name)")
    }
    let outputs = one.outputs(one.exact)
    #expect(error(one.outputs(), outputs) <= 64)
    let slopes = outputs.enumerated().map { $1 > 0 ? Double(one.factor($0)) : 0 }
    let (x, weights) = (one.inputs[0], one.plan.layout.slices[0])
    let gradient = (0..<inputs * units).map { place in
      (0..<rows).reduce(0.0) {
        $0 + Double(x[$1 * inputs + place / units]) * slopes[$1 * units + place % units]
      }
    }
    #expect(error(one.slopes[0].values, gradient) <= 64)
    let back = (0..<rows * inputs).map { place in
      (0..<units).reduce(0.0) {
        $0 + slopes[place / inputs * units + $1]
          * Double(one.weights[weights.offset + place % inputs * units + $1])
      }
    }
    #expect(error(one.slopes.last!.values, back) <= 64)
  }
}

extension Trial {
  static let all =
    layers + windows + activations + arithmetic + shapesOfValues + axes + whole + mixtures

  static let layers: [Trial] = [
    Trial(name: "dense", shapes: [[5]]) {
      $0[0].dense(4)
    } exact: {
      $0[0].dense($1("weight"), $1("bias"))
    },
    Trial(name: "dense of tokens", shapes: [[3, 5]]) {
      $0[0].dense(4, bias: false)
    } exact: {
      $0[0].dense($1("weight"), nil)
    },
    Trial(name: "dense, tanh", shapes: [[5]], ulps: 16) {
      $0[0].dense(4).tanh()
    } exact: {
      $0[0].dense($1("weight"), $1("bias")).map { tanh($0) }
    },
    Trial(name: "still noisy dense", shapes: [[5]]) {
      $0[0].dense(4, .noisy(0.5)).relu()
    } exact: {
      $0[0].dense($1("weight"), $1("bias")).map { max($0, 0) }
    },
    Trial(name: "experts", shapes: [[3, 2, 5]]) {
      $0[0].denseEach(4).relu()
    } exact: { x, weights in
      let (w, b) = (weights("weight"), weights("bias"))
      return Tensor([3, 2, 4]) { place in
        let (group, line, unit) = (place[0], place[1], place[2])
        let sum = (0..<5).reduce(0) { $0 + x[0][group, line, $1] * w[group, $1, unit] }
        return max(sum + b[group, unit], 0)
      }
    },
    Trial(name: "constant", shapes: [[2]]) {
      $0[0] + $0[0].graph.constant([2], name: "c")
    } exact: {
      Tensor.combined($0[0], $1("bias"), +)
    },
    Trial(name: "embedding", shapes: [[3]], numbers: [.whole(6)]) {
      $0[0].embedded(6, 4)
    } exact: { x, weights in
      Tensor([3, 4]) { weights("weight")[Int(x[0][$0[0]]), $0[1]] }
    },
    Trial(name: "cells", shapes: [[2, 3]], numbers: [.whole(3)]) {
      $0[0].cells([3, 4, 3], 5)
    } exact: { x, weights in
      Tensor([2, 5]) { place in
        (0..<3).reduce(0) { sum, kind in
          let line = [0, 3, 7][kind] + Int(x[0][[place[0], kind]])
          return sum + weights("weight")[line, place[1]]
        }
      }
    },
    Trial(name: "words", shapes: [[4]], numbers: [.whole(3)]) {
      $0[0].words(3, 5)
    } exact: { x, weights in
      Tensor([5]) { place in
        let words = (0..<4).map { Int(x[0][[$0]]) }.filter { $0 > 0 }
        let sum = words.reduce(0) { $0 + weights("weight")[$1, place[0]] }
        return sum / Double(max(words.count, 1))
      }
    },
    Trial(name: "layer norm", shapes: [[3, 37]], ulps: 24) {
      $0[0].layerNorm()
    } exact: {
      x, weights in
      Tensor([3, 37]) { place in
        let line = x[0].line(1, [place[0]])
        let mean = line.reduce(0, +) / 37
        let variance = line.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 37
        let z = (line[place[1]] - mean) / (variance + Double(Float(1e-5))).squareRoot()
        return z * weights("weight")[place[1]] + weights("bias")[place[1]]
      }
    },
  ]

  static let windows: [Trial] = [
    Trial(name: "valid convolution", shapes: [[7, 6, 2]], ulps: 12) {
      $0[0].conv(3, 3, stride: 2).relu()
    } exact: {
      $0[0].conv(3, 2, before: 0, outputs: [3, 2], $1("weight"), $1("bias")).map { max($0, 0) }
    },
    // 5 + 1 and 6 + 1 zeros behind: the odd one comes last.
    Trial(name: "same convolution, even kernel", shapes: [[5, 6, 2]], ulps: 12) {
      $0[0].conv(3, 2, .same, bias: false)
    } exact: {
      $0[0].conv(2, 1, before: 0, outputs: [5, 6], $1("weight"), nil)
    },
    Trial(name: "same convolution", shapes: [[5, 5, 2]], ulps: 12) {
      $0[0].conv(3, 3, stride: 2, .same)
    } exact: {
      $0[0].conv(3, 2, before: 1, outputs: [3, 3], $1("weight"), $1("bias"))
    },
    Trial(name: "padded convolution", shapes: [[4, 5, 2]], ulps: 12) {
      $0[0].conv(2, 3, .pixels(2))
    } exact: {
      $0[0].conv(3, 1, before: 2, outputs: [6, 7], $1("weight"), $1("bias"))
    },
    // Rows of the picture that no window meets, one channel, more filters than two vectors hold.
    Trial(name: "convolution that leaves pixels out", shapes: [[11, 8, 1]], ulps: 12) {
      $0[0].conv(37, 2, stride: 3)
    } exact: {
      $0[0].conv(2, 3, before: 0, outputs: [4, 3], $1("weight"), $1("bias"))
    },
    // Windows that lie wholly outside.
    Trial(name: "convolution of a small picture", shapes: [[1, 2, 17]], ulps: 12) {
      $0[0].conv(3, 2, stride: 2, .pixels(3)).tanh()
    } exact: {
      $0[0].conv(2, 2, before: 3, outputs: [3, 4], $1("weight"), $1("bias")).map(tanh)
    },
    Trial(name: "same convolution by strides", shapes: [[9, 12, 4]], ulps: 16) {
      $0[0].conv(5, 5, stride: 3, .same)
    } exact: {
      $0[0].conv(5, 3, before: 1, outputs: [3, 4], $1("weight"), $1("bias"))
    },
    Trial(name: "largest of windows", shapes: [[6, 6, 2]]) {
      $0[0].maxPool(3, stride: 2, .pixels(1))
    } exact: { x, _ in
      x[0].windows(3, 2, before: 1, outputs: [3, 3], filters: 2) { channel, inside in
        inside.map { x[0][$0.place.0, $0.place.1, channel] }.max()!
      }
    },
    Trial(name: "mean of windows", shapes: [[5, 5, 2]]) {
      $0[0].meanPool(3, stride: 2, .same)
    } exact: { x, _ in
      x[0].windows(3, 2, before: 1, outputs: [3, 3], filters: 2) { channel, inside in
        inside.map { x[0][$0.place.0, $0.place.1, channel] }.reduce(0, +) / Double(inside.count)
      }
    },
  ]

  static let activations: [Trial] = [
    each("relu", { $0.relu() }) { max($0, 0) },
    each("tanh", { $0.tanh() }) { Foundation.tanh($0) },
    each("sigmoid", { $0.sigmoid() }) { 1 / (1 + Foundation.exp(-$0)) },
    each("softplus", { $0.softplus() }) { log1p(Foundation.exp($0)) },
    each("elu", { $0.elu() }) { $0 < 0 ? expm1($0) : $0 },
    each("silu", { $0.silu() }) { $0 / (1 + Foundation.exp(-$0)) },
    each("exp", { $0.exp() }) { Foundation.exp($0) },
    each("log", { $0.square().scaled(1, plus: 1).log() }) { Foundation.log($0 * $0 + 1) },
    each("reciprocal", { $0.exp().reciprocal() }) { Foundation.exp(-$0) },
    each("square", { $0.square() }) { $0 * $0 },
    each("absolute", { $0.absolute() }) { abs($0) },
    each("leaky relu", { $0.leakyRelu() }) { $0 < 0 ? Double(Float(0.01)) * $0 : $0 },
    each("clip", { $0.clipped(-0.5, 0.75) }) { min(max($0, -0.5), 0.75) },
    each("affine", { $0.scaled(-3, plus: 0.5) }) { -3 * $0 + 0.5 },
  ]

  private static func each(
    _ name: String, _ build: @escaping @Sendable (Value) -> Value,
    _ exact: @escaping @Sendable (Double) -> Double
  ) -> Trial {
    Trial(name: name, shapes: [[3, 7]]) {
      build($0[0])
    } exact: { x, _ in
      x[0].map(exact)
    }
  }

  static let arithmetic: [Trial] = [
    meets([3, 4], [3, 4]), meets([3, 4], [4]), meets([3, 1], [2, 1, 4]), meets([1], [2, 3]),
    meets([2, 3], [2, 1]),
    Trial(name: "matrices", shapes: [[2, 3, 4], [2, 4, 5]]) {
      $0[0].times($0[1])
    } exact: {
      x, _ in
      Tensor([2, 3, 5]) { place in
        (0..<4).reduce(0) {
          $0 + x[0][place[0], place[1], $1] * x[1][place[0], $1, place[2]]
        }
      }
    },
  ]

  private static func meets(_ a: [Int], _ b: [Int]) -> Trial {
    Trial(name: "arithmetic of \(a) and \(b)", shapes: [a, b]) {
      $0[0] * $0[1] + ($0[0] - $0[1])
    } exact: { x, _ in
      Tensor.combined(x[0], x[1]) { $0 * $1 + ($0 - $1) }
    }
  }

  static let shapesOfValues: [Trial] = [
    Trial(name: "permuted", shapes: [[2, 3, 4]]) {
      $0[0].permuted([2, 0, 1])
    } exact: { x, _ in
      Tensor([4, 2, 3]) { x[0][$0[1], $0[2], $0[0]] }
    },
    Trial(name: "transposed", shapes: [[2, 3, 4]]) {
      $0[0].transposed()
    } exact: { x, _ in
      Tensor([2, 4, 3]) { x[0][$0[0], $0[2], $0[1]] }
    },
    Trial(name: "split and joined", shapes: [[6, 2]]) {
      $0[0].split(3).transposed().joined()
    } exact: { x, _ in
      Tensor([6, 2]) { x[0][$0[0] / 2 * 2 + $0[1], $0[0] % 2] }
    },
    Trial(name: "joined first axes", shapes: [[2, 3], [1, 3]]) {
      $0[0].graph.join([$0[0], $0[1], $0[0]])
    } exact: { x, _ in
      Tensor([5, 3]) { $0[0] == 2 ? x[1][0, $0[1]] : x[0][$0[0] % 3, $0[1]] }
    },
    Trial(name: "joined last axes", shapes: [[2, 3], [2, 1]]) {
      $0[0].graph.join([$0[1], $0[0]], axis: 1)
    } exact: { x, _ in
      Tensor([2, 4]) { $0[1] == 0 ? x[1][$0[0], 0] : x[0][$0[0], $0[1] - 1] }
    },
    Trial(name: "parts of one value", shapes: [[3, 5]]) {
      $0[0].part(1..<3, of: 1) * $0[0].part(3..<5, of: 1)
    } exact: { x, _ in
      Tensor([3, 2]) { x[0][$0[0], $0[1] + 1] * x[0][$0[0], $0[1] + 3] }
    },
    Trial(name: "a row by number", shapes: [[4, 3], [1]], numbers: [.normal, .whole(4)]) {
      $0[0].row($0[1])
    } exact: { x, _ in
      Tensor([3]) { x[0][Int(x[1][0]), $0[0]] }
    },
  ]

  static let axes: [Trial] = [
    Trial(name: "mean over the first", shapes: [[3, 4]]) {
      $0[0].mean(over: 0)
    } exact: { x, _ in
      x[0].reduced(0) { $0.reduce(0, +) / 3 }
    },
    Trial(name: "sum over the last", shapes: [[2, 3, 19]]) {
      $0[0].sum(over: 2)
    } exact: { x, _ in
      x[0].reduced(2) { $0.reduce(0, +) }
    },
    Trial(name: "softmax over the last", shapes: [[3, 7]]) {
      $0[0].softmax(over: 1)
    } exact: {
      x, _ in
      x[0].softmax(1)
    },
    // Without the largest taken away, e^x would be no number.
    Trial(name: "softmax over many neighbours", shapes: [[3, 37]], ulps: 512) {
      $0[0].scaled(60).softmax(over: 1)
    } exact: { x, _ in
      x[0].map { 60 * $0 }.softmax(1)
    },
    Trial(name: "logarithms of softmax over many neighbours", shapes: [[2, 21]]) {
      $0[0].logSoftmax(over: 1)
    } exact: { x, _ in
      x[0].softmax(1).map { log($0) }
    },
    Trial(name: "softmax over the middle", shapes: [[2, 5, 3]]) {
      $0[0].softmax(over: 1)
    } exact: { x, _ in
      x[0].softmax(1)
    },
    Trial(name: "logarithms of softmax", shapes: [[4, 6]]) {
      $0[0].logSoftmax(over: 0)
    } exact: { x, _ in
      x[0].softmax(0).map { log($0) }
    },
    Trial(name: "cosines", shapes: [[3]], numbers: [.whole(2)]) {
      $0[0].scaled(0.3).cosines(5).dense(2)
    } exact: { x, weights in
      Tensor([3, 5]) { cos(.pi * Double($0[1] + 1) * Double(Float(0.3) * Float(x[0][$0[0]]))) }
        .dense(weights("weight"), weights("bias"))
    },
    Trial(name: "many cosines", shapes: [[3]], numbers: [.whole(2)], ulps: 256) {
      $0[0].scaled(0.3).cosines(24).dense(2)
    } exact: { x, weights in
      Tensor([3, 24]) { cos(.pi * Double($0[1] + 1) * Double(Float(0.3) * Float(x[0][$0[0]]))) }
        .dense(weights("weight"), weights("bias"))
    },
  ]

  /// Values that several read, and what lies on the way.
  static let whole: [Trial] = [
    Trial(name: "a value by many readers", shapes: [[4]], ulps: 16) {
      let x = $0[0].dense(4, name: "a").tanh()
      return x * x + x.relu() - x.dense(4, name: "b") * x.reshaped([4])
    } exact: { inputs, weights in
      let x = inputs[0].dense(weights("a.weight"), weights("a.bias")).map { tanh($0) }
      let y = x.dense(weights("b.weight"), weights("b.bias"))
      return Tensor([4]) { i in x[i] * x[i] + max(x[i], 0) - y[i] * x[i] }
    },
    Trial(name: "a residual block", shapes: [[4, 4, 2]], ulps: 24) {
      let x = $0[0]
      return x + x.relu().conv(2, 3, .same, name: "a").relu().conv(2, 3, .same, name: "b")
    } exact: { inputs, weights in
      let x = inputs[0]
      func conv(_ x: Tensor, _ name: String) -> Tensor {
        x.conv(
          3, 1, before: 1, outputs: [4, 4], weights(name + ".weight"), weights(name + ".bias"))
      }
      let inner = conv(x.map { max($0, 0) }, "a").map { max($0, 0) }
      return Tensor.combined(x, conv(inner, "b"), +)
    },
    Trial(name: "dueling streams", shapes: [[5]], ulps: 16) {
      let advantage = $0[0].dense(6, name: "a").reshaped([3, 2])
      return advantage - advantage.mean(over: 0) + $0[0].dense(2, name: "v")
    } exact: { inputs, weights in
      let a = inputs[0].dense(weights("a.weight"), weights("a.bias"))
      let v = inputs[0].dense(weights("v.weight"), weights("v.bias"))
      return Tensor([3, 2]) { place in
        let mean = (0..<3).reduce(0) { $0 + a[$1 * 2 + place[1]] } / 3
        return a[place[0] * 2 + place[1]] - mean + v[place[1]]
      }
    },
  ]
}
