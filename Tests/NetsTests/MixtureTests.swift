import Foundation
import Lanes
import Testing

@testable import Nets

/// Tokens and experts: the exact facts of the papers.
struct MixtureTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop(pool: ThreadPool(threads: 1)) }

  @Test("Tokens have the papers' counts and widths")
  func tokens() {
    let graph = Graph()
    let picture = graph.input(
      "image", Input(outer: 4, height: 84, width: 84, inner: 1, .uint8, scale: 1 / 255))
    let nature = graph.group("nature") { picture.nature(.same) }
    let impala = graph.group("impala") { picture.impala() }
    #expect(nature.shape == [11, 11, 64] && impala.shape == [11, 11, 32])
    #expect(nature.tokens(.perConv).shape == [121, 64])
    #expect(nature.tokens(.perFeature).shape == [64, 121])
    #expect(nature.tokens(.perSample).shape == [1, 7744])
    #expect(impala.tokens(.perSample).shape == [1, 3872])
    #expect(nature.tokens(.perPatch).shape == [16, 64])
    #expect(nature.spatialMean().shape == [64])
    #expect(nature.flat().tokens(.perConv).shape == [1, 7744])
  }

  @Test("A SoftMoE of eight experts behind Nature's network has the paper's sizes")
  func sizes() {
    let graph = Graph()
    let features = graph.input("x", Input(outer: 1, height: 11, width: 11, inner: 64, .float32))
    let tokens = features.tokens(.perConv)
    let slots = tokens.slots(experts: 8)
    #expect(slots == 16 && tokens.slots(experts: 8, capacity: 0.1) == 2)
    let mixed = tokens.softMoE(experts: 8, slots: slots)
    #expect(mixed.shape == [121, 64])
    #expect(graph.layout["moe/router.weight"]?.shape == [64, 128])
    let experts = graph.layout.slices.filter { $0.name.hasPrefix("moe/expert") }
    #expect(experts.reduce(0) { $0 + $1.count } / 8 == 66_112)
  }

  /// Outputs of what `build` makes of tokens, with weights that `set` gives by slice and place.
  private func outputs(
    _ tokens: [[Float]], _ build: (Value) -> Value,
    set: (_ slice: Slice, _ row: Int, _ column: Int) -> Float
  ) -> [[Float]] {
    let (count, width) = (tokens.count, tokens[0].count)
    let graph = Graph()
    let value = graph.input("x", Input(vector: count * width, .float32)).reshaped([count, width])
    graph.output("y", build(value))
    let weights = graph.layout.makeBuffer()
    for slice in graph.layout.slices {
      let columns = slice.shape.last!
      for place in 0..<slice.count {
        weights[slice.offset + place] = set(slice, place / columns, place % columns)
      }
    }
    let plan = Plan(graph, workshop)
    let rows = HostRows(plan, rows: 1)
    tokens.flatMap(\.self).withUnsafeBytes {
      plan.forward(weights, Inputs([$0.baseAddress!]), count: 1, into: rows)
    }
    return (0..<count).map { token in
      (0..<width).map { rows[plan.outputs[0]][token * width + $0] }
    }
  }

  /// Router weights without a pattern; experts of 2 * width units that change nothing.
  private func still(_ slice: Slice, _ row: Int, _ column: Int) -> Float {
    if slice.name.hasSuffix("bias") { return 0 }
    if slice.name == "moe/router.weight" { return Float(sin(Double(7 * row + 3 * column + 1))) }
    let width = min(slice.shape[1], slice.shape[2])
    let (line, unit) = (row % slice.shape[1], column)
    return line % width == unit % width ? (max(line, unit) < width ? 1 : -1) : 0
  }

  private func numbers(_ count: Int, _ width: Int) -> [[Float]] {
    var generator = SplitMix64(seed: 4)
    return (0..<count).map { _ in (0..<width).map { _ in Float(gaussian(using: &generator)) } }
  }

  private func far(_ one: [[Float]], _ other: [[Float]]) -> Float {
    zip(one.joined(), other.joined()).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test("Weights of dispatch and of combination sum to 1")
  func sums() {
    // Equal tokens leave every mean of them as it is.
    let tokens = [[Float]](repeating: [0.5, -2, 3], count: 5)
    let found = outputs(tokens, { $0.softMoE(experts: 2, slots: 3, hidden: 6) }, set: still)
    #expect(far(found, tokens) < 2e-6)
  }

  @Test("One SoftMoE expert that changes nothing is C D^T X")
  func closedForm() {
    let tokens = numbers(5, 3)
    let found = outputs(tokens, { $0.softMoE(experts: 1, slots: 5, hidden: 6) }, set: still)
    let logits = tokens.map { token in
      (0..<5).map { slot in
        (0..<3).reduce(0.0) { $0 + Double(token[$1]) * sin(Double(7 * $1 + 3 * slot + 1)) }
      }
    }
    let exact = (0..<5).map { token in
      (0..<3).map { unit in
        let whole = (0..<5).reduce(0.0) { $0 + exp(logits[token][$1]) }
        return (0..<5).reduce(Float(0)) { sum, slot in
          let all = (0..<5).reduce(0.0) { $0 + exp(logits[$1][slot]) }
          let mixed = (0..<5).reduce(0.0) {
            $0 + exp(logits[$1][slot]) / all * Double(tokens[$1][unit])
          }
          return sum + Float(exp(logits[token][slot]) / whole * mixed)
        }
      }
    }
    #expect(far(found, exact) < 2e-6)
    // Tokens in another order give answers in that order.
    let order = [3, 0, 4, 1, 2]
    let moved = outputs(
      order.map { tokens[$0] }, { $0.softMoE(experts: 1, slots: 5, hidden: 6) }, set: still)
    #expect(far(moved, order.map { found[$0] }) < 2e-6)
  }

  @Test("Tokens that come twice change no slot")
  func multiplicity() {
    let tokens = numbers(4, 3)
    func build(_ value: Value) -> Value { value.softMoE(experts: 2, slots: 2, hidden: 6) }
    let once = outputs(tokens, build, set: still)
    let twice = outputs(tokens + tokens, build, set: still)
    #expect(far(twice, once + once) < 2e-6)
  }

  @Test("A top-1 mixture of one expert is that expert on each token")
  func onlyExpert() {
    let tokens = numbers(5, 3)
    let found = outputs(tokens, { $0.topOneMoE(experts: 1, places: 5, hidden: 6) }, set: still)
    #expect(far(found, tokens) < 1e-6)
    // Two places are for the first two tokens.
    let few = outputs(tokens, { $0.topOneMoE(experts: 1, places: 2, hidden: 6) }, set: still)
    #expect(few[2...].allSatisfy { $0 == [0, 0, 0] } && far(Array(few[..<2]), tokens) < 1e-6)
  }

  @Test("Penalties are added to the loss, and vanish for equal use")
  func penalties() {
    let graph = Graph()
    let gates = graph.input("x", Input(vector: 6, .float32)).reshaped([2, 3])
    graph.output("importance", gates.importance())
    graph.output("concentration", gates.concentration())
    let plan = Plan(graph, workshop)
    let rows = HostRows(plan, rows: 3)
    let third = Float(1) / 3
    // Equal; one expert alone; two of three.
    let numbers: [Float] =
      [Float](repeating: third, count: 6) + [0, 1, 0, 0, 1, 0].map { max($0, 1e-30) }
      + [
        0, 1, 0, 1, 0, 0,
      ].map { max($0, 1e-30) }
    numbers.withUnsafeBytes {
      plan.forward(graph.layout.makeBuffer(), Inputs([$0.baseAddress!]), count: 3, into: rows)
    }
    for (row, answer) in [(0, (0, 0)), (1, (2, 1)), (2, (0.5, 1 - log(2.0) / log(3.0)))] {
      #expect(abs(Double(rows[plan.output("importance")][row]) - answer.0) < 1e-5)
      #expect(abs(Double(rows[plan.output("concentration")][row]) - answer.1) < 1e-5)
    }

    let other = Graph()
    let x = other.input("x", Input(vector: 1, .float32))
    other.output("y", x.dense(1, bias: false, name: "a"))
    other.penalise(x.dense(1, bias: false, name: "b"))
    let learning = Plan(other, workshop, learns: .everything)
    let gradients = other.layout.makeBuffer()
    [Float](arrayLiteral: 2, 4).withUnsafeBytes {
      learning.train(
        other.layout.makeBuffer(), Inputs([$0.baseAddress!]), count: 2, gradients: gradients
      ) { _ in }
    }
    #expect(gradients[other.layout["a.weight"]!.offset] == 0)
    #expect(gradients[other.layout["b.weight"]!.offset] == 3)
  }
}

extension Trial {
  private static func expert(
    _ token: [Double], _ number: Int, _ weights: (String) -> Tensor
  ) -> [Double] {
    let (w1, b1) = (weights("moe/expert1.weight"), weights("moe/expert1.bias"))
    let (w2, b2) = (weights("moe/expert2.weight"), weights("moe/expert2.bias"))
    let hidden = (0..<w1.shape[2]).map { unit in
      max(0, token.indices.reduce(b1[number, unit]) { $0 + token[$1] * w1[number, $1, unit] })
    }
    return (0..<w2.shape[2]).map { unit in
      hidden.indices.reduce(b2[number, unit]) { $0 + hidden[$1] * w2[number, $1, unit] }
    }
  }

  static let mixtures: [Trial] = [
    soft([4, 3], experts: 2, slots: 3), soft([1, 3], experts: 3, slots: 1),
    Trial(name: "top-1 mixture", shapes: [[6, 3]], ulps: 64) {
      $0[0].topOneMoE(experts: 2, places: 2, hidden: 4)
    } exact: { x, weights in
      let gates = x[0].dense(weights("moe/router.weight"), nil).softmax(1)
      var taken = [0, 0]
      let lines = (0..<6).map { token -> [Double] in
        let best = gates[token, 0] >= gates[token, 1] ? 0 : 1
        guard taken[best] < 2 else { return [0, 0, 0] }
        taken[best] += 1
        return expert(x[0].line(1, [token]), best, weights).map { $0 * gates[token, best] }
      }
      return Tensor([6, 3]) { lines[$0[0]][$0[1]] }
    },
    Trial(name: "dueling", shapes: [[5]]) {
      $0[0].dueling(3, numbers: 2)
    } exact: { x, weights in
      let state = x[0].dense(weights("state.weight"), weights("state.bias"))
      let values = x[0].dense(weights("values.weight"), weights("values.bias"))
      return Tensor([3, 2]) { place in
        let mean = (0..<3).reduce(0) { $0 + values[2 * $1 + place[1]] } / 3
        return values[2 * place[0] + place[1]] - mean + state[place[1]]
      }
    },
    Trial(name: "implicit quantiles", shapes: [[3], [2]], numbers: [.normal, .whole(2)], ulps: 64) {
      $0[0].quantiles(at: $0[1].scaled(0.25, plus: 0.125))
    } exact: { x, weights in
      let (w, b) = (weights("fractions.weight"), weights("fractions.bias"))
      return Tensor([2, 3]) { place in
        let fraction = 0.25 * x[1][place[0]] + 0.125
        let sum = (0..<64).reduce(b[place[1]]) {
          $0 + Foundation.cos(.pi * fraction * Double($1 + 1)) * w[$1, place[1]]
        }
        return max(0, sum) * x[0][place[1]]
      }
    },
  ]

  private static func soft(_ shape: [Int], experts: Int, slots: Int) -> Trial {
    let (tokens, all) = (shape[0], experts * slots)
    return Trial(
      name: "SoftMoE of \(tokens) tokens", shapes: [shape], ulps: 128
    ) {
      $0[0].softMoE(experts: experts, slots: slots, hidden: 4)
    } exact: { x, weights in
      let logits = x[0].dense(weights("moe/router.weight"), nil)
      let (dispatch, combine) = (logits.softmax(0), logits.softmax(1))
      let answers = (0..<all).map { slot in
        let mixed = (0..<3).map { unit in
          (0..<tokens).reduce(0) { $0 + dispatch[$1, slot] * x[0][$1, unit] }
        }
        return expert(mixed, slot / slots, weights)
      }
      return Tensor(shape) { place in
        (0..<all).reduce(0) { $0 + combine[place[0], $1] * answers[$1][place[1]] }
      }
    }
  }
}
