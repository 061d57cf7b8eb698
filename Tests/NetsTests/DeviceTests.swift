import CUDA
import Foundation
import Lanes
import StandIn
import TestDevices
import Testing

@testable import Nets

/// What kernels for a card do where sizes are beyond one tile, one block or one part of a sum; against
/// the processor's.
struct DeviceTests {
  @Test(
    "Large layers agree with the processor's", arguments: Trial.large,
    [Place.card, .cardTF32, .cardBFloat16])
  func large(trial: Trial, place: Place) throws {
    let rows = trial.name.hasPrefix("dense") ? 300 : 9
    let (here, there) = (
      try Sample(trial, rows: rows), try Sample(trial, rows: rows, on: place)
    )
    let most = trial.ulps * place.slack
    let off = error(there.outputs(), here.outputs().map(Double.init))
    #expect(off <= most, "outputs are off by \(off) ulp")
    here.train()
    there.train()
    for (mine, theirs) in zip(here.slopes, there.slopes) {
      let off = error(theirs.values, mine.values.map(Double.init))
      #expect(off <= 2 * most, "slopes of \(mine.name) are off by \(off) ulp")
    }
    try there.plan.workshop.backend.device?.check()
  }

  @Test("The same numbers twice are the same bits", arguments: Trial.large)
  func repeats(trial: Trial) throws {
    let samples = try (0..<2).map { _ in try Sample(trial, rows: 7, on: .cardBFloat16) }
    for sample in samples { sample.train() }
    for (first, second) in zip(samples[0].slopes, samples[1].slopes) {
      #expect(first.values == second.values, "\(first.name)")
    }
  }

  @Test("Rows in several pieces are the same rows")
  func pieces() throws {
    func train(_ backend: any Backend) throws -> (HostRows, Buffer) {
      let graph = Graph()
      graph.output("y", graph.input("x", Input(vector: 6, .float32)).dense(5).tanh().dense(2))
      let workshop = Workshop(pool: ThreadPool(threads: 2), backend: backend)
      let plan = Plan(graph, workshop, learns: .everything)
      let (weights, gradients) = (
        graph.layout.makeBuffer(backend), graph.layout.makeBuffer(backend)
      )
      var generator = SplitMix64(seed: 2)
      graph.layout.fill(weights, using: &generator)
      let x = (0..<6 * 100).map { _ in Float(gaussian(using: &generator)) }
      let outputs = HostRows(plan, rows: 100)
      x.withUnsafeBytes { x in
        let inputs = Inputs([x.baseAddress!])
        plan.forward(weights, inputs, count: 100, into: outputs)
        plan.train(weights, inputs, count: 100, gradients: gradients) { part in
          for index in 0..<2 * part.rows.count {
            part.slopes(plan.outputs[0])[index] = part.outputs(plan.outputs[0])[index]
          }
        }
      }
      return (outputs, gradients)
    }
    let (whole, parts) = (
      try train(CPU()), try train(Place.card(.float32, floatsAtOnce: 512))
    )
    func numbers(_ rows: HostRows) -> [Float] {
      Array(UnsafeBufferPointer(start: rows[0], count: 200))
    }
    #expect(error(numbers(parts.0), numbers(whole.0).map(Double.init)) <= 16)
    #expect(error(Array(parts.1.span), whole.1.span.map(Double.init)) <= 32)
  }

  @Test("Noisy layers draw the same noise")
  func noise() throws {
    func train(_ place: Place) throws -> [Float] {
      let graph = Graph()
      graph.output("y", graph.input("x", Input(vector: 6, .float32)).dense(5, .noisy(0.5)))
      let workshop = try place.workshop(threads: 1)
      let plan = Plan(graph, workshop, learns: .everything)
      let (weights, gradients) = (
        graph.layout.makeBuffer(workshop.backend), graph.layout.makeBuffer(workshop.backend)
      )
      var generator = SplitMix64(seed: 2)
      graph.layout.fill(weights, using: &generator)
      let x: [Float] = [1, -2, 0.5, 3, 0.25, -1]
      x.withUnsafeBytes { x in
        plan.train(
          weights, Inputs([x.baseAddress!]), count: 1, gradients: gradients, noise: 9
        ) { part in
          for index in 0..<5 {
            part.slopes(plan.outputs[0])[index] = part.outputs(plan.outputs[0])[index]
          }
        }
      }
      return Array(gradients.span)
    }
    let (here, there) = (try train(.processor), try train(.card))
    #expect(error(there, here.map(Double.init)) <= 16)
    #expect(here.contains { $0 != 0 })
  }

  @Test("Experts take tokens in their order", arguments: [true, false])
  func routing(isWeighted: Bool) throws {
    let trial = Trial.compared("routed", [[40, 5]]) {
      let gates = $0[0].softmax(over: 1)
      return gates.graph.join([gates.routed(6, isWeighted: isWeighted), gates], axis: 1)
    }
    let samples = try Place.exact.map { try Sample(trial, rows: 4, on: $0) }
    for sample in samples { sample.train() }
    #expect(error(samples[1].outputs(), samples[0].outputs().map(Double.init)) <= 16)
    for (here, there) in zip(samples[0].slopes, samples[1].slopes) {
      #expect(error(there.values, here.values.map(Double.init)) <= 32)
    }
  }

  @Test("Weights are found where they are no numbers, and averages move by their share")
  func buffers() throws {
    let workshop = try Place.card.workshop(threads: 1)
    let graph = Graph()
    _ = graph.constant([3000], name: "w")
    let (first, second) = (
      graph.layout.makeBuffer(workshop.backend), graph.layout.makeBuffer(workshop.backend)
    )
    second.span.update(repeating: 4)
    first.mix(second, share: 0.25, workshop)
    #expect(first.span.allSatisfy { $0 == 1 })
    first.copy(from: second)
    #expect(first.span.allSatisfy { $0 == 4 })
    #expect(graph.layout.firstNotFinite([first]) == nil)
    first[2999] = .infinity
    #expect(graph.layout.firstNotFinite([first]) == "w")
  }

  @Test("Where memory is too small, nothing runs afterwards, and it is said")
  func memory() throws {
    let card = try Place.card(.float32)
    _ = card.allocate(1 << 45)
    var numbers: [Float] = [7]
    numbers.withUnsafeMutableBytes { card.download(card.allocate(4), to: $0.baseAddress!, 4) }
    #expect(numbers == [7])
    #expect(throws: CUDAError.self) { try card.check() }
  }

  @Test("Cards that do not serve are refused, and what would fit is said")
  func refusals() throws {
    defer { Place.show(nil) }
    func open() throws -> CUDA {
      try CUDA(.float32, libraries: Place.standIn(), isKept: false)
    }
    Place.show(StandInCard(cards: 1, capability: 75, bytes: 1 << 30, graphs: 1))
    #expect(throws: CUDAError.tooOld(card: "stand-in", capability: 75)) { try open() }
    Place.show(StandInCard(cards: 0, capability: 90, bytes: 1 << 30, graphs: 1))
    #expect(throws: CUDAError.noCard) { try open() }
    let withoutCompiler = try Place.standIn(hasCompiler: false)
    Place.show(nil)
    #expect(throws: CUDAError.noCompiler) {
      try CUDA(.float32, libraries: withoutCompiler, isKept: false)
    }
    #expect(throws: CUDAError.self) { try CUDALibraries(driver: { _ in nil }, compiler: nil) }
    // 4,096 rows of 1,024 floats twice are 32 MiB.
    Place.show(StandInCard(cards: 1, capability: 80, bytes: 20 << 20, graphs: 1))
    let card = try open()
    let graph = Graph()
    graph.output("y", graph.input("x", Input(vector: 1024, .uint8)).scaled(1).tanh().relu())
    let plan = Plan(graph, Workshop(pool: ThreadPool(threads: 1), backend: card))
    let x = AlignedBuffer<UInt8>(count: 4096 * 1024)
    plan.forward(
      graph.layout.makeBuffer(card), Inputs([UnsafeRawPointer(x.pointer)]), count: 4096,
      into: HostRows(plan, rows: 4096))
    #expect {
      try plan.check()
    } throws: { error in
      "\(error)".contains("of 4096 rows at once, ") && "\(error)".contains(" would fit")
    }
  }

  @Test("What is wrong with a card is one line")
  func errors() {
    #expect(
      "\(CUDAError.tooOld(card: "A card", capability: 75))"
        == "A card has compute capability 7.5; 8.0 or newer is needed")
    #expect(
      "\(CUDAError.memory(needed: 3 << 20, free: 1 << 20, total: 2 << 20))".hasPrefix(
        "the card's memory is too small: 3 MiB more are needed, 1 MiB of 2 MiB are free"))
  }
}

extension Trial {
  /// A network that is compared with another's results alone.
  static func compared(
    _ name: String, _ shapes: [[Int]], ulps: Double = 32,
    _ build: @escaping @Sendable ([Value]) -> Value
  ) -> Trial {
    Trial(name: name, shapes: shapes, ulps: ulps, build: build) { _, _ in
      preconditionFailure("no plain arithmetic")
    }
  }

  static let large: [Trial] = [
    compared("dense, tall", [[70]]) { $0[0].dense(21) },
    compared("dense, square, tanh", [[150]]) { $0[0].dense(77).tanh() },
    compared("dense, large", [[1040]]) { $0[0].dense(256) },
    compared("convolution by strides", [[20, 17, 5]]) { $0[0].conv(33, 4, stride: 3, .same) },
    compared("convolution that leaves pixels out", [[9, 11, 3]]) {
      $0[0].conv(7, 2, stride: 3).relu()
    },
    compared("convolution of many channels", [[6, 7, 40]]) { $0[0].conv(70, 3, .pixels(1)) },
    compared("convolution by lines, nothing beyond the picture", [[20, 22, 4]], ulps: 128) {
      $0[0].scaled(1).conv(32, 8, stride: 4).tanh().conv(40, 2).tanh().mean(over: 0)
    },
    compared("convolution by lines, padded, by strides", [[9, 11, 16]], ulps: 128) {
      $0[0].scaled(1).conv(72, 3, stride: 2, .same).tanh().conv(24, 3, .pixels(1)).tanh()
        .mean(over: 0)
    },
    compared("convolution by lines that leaves pixels out", [[10, 11, 8]]) {
      $0[0].scaled(1).conv(8, 2, stride: 3).relu().mean(over: 0)
    },
    compared("dense by lines", [[72]], ulps: 128) {
      $0[0].scaled(1).dense(136).tanh().dense(24).tanh().scaled(2)
    },
    compared("lines of many units", [[15, 16]], ulps: 128) {
      $0[0].scaled(1).dense(4096).tanh().mean(over: 0)
    },
    compared("lines of many weights", [[2, 136]], ulps: 128) {
      $0[0].scaled(1).dense(4096).tanh().mean(over: 0)
    },
    compared("pools", [[11, 9, 7]]) { $0[0].maxPool(3, stride: 2, .same).meanPool(2, stride: 1) },
    compared("norm", [[3, 130]]) { $0[0].layerNorm() },
    compared("narrow convolution", [[10, 10, 7]]) { $0[0].conv(16, 3).tanh() },
    compared("narrow convolution of ten planes", [[10, 10, 10]]) {
      $0[0].conv(13, 3, .same).tanh()
    },
    compared("narrow convolutions by lines", [[9, 8, 16]], ulps: 128) {
      $0[0].scaled(1).conv(16, 3, .same).tanh().conv(8, 2, stride: 2).tanh().mean(over: 0)
    },
    compared("dense of few units", [[70]]) { $0[0].dense(80).tanh().dense(5) },
    compared("experts", [[3, 7, 40]], ulps: 128) { $0[0].denseEach(70).tanh().denseEach(17) },
    compared("one expert", [[1, 5, 24]]) { $0[0].denseEach(40).relu() },
    compared("experts of many lines", [[2, 80, 9]], ulps: 128) { $0[0].denseEach(12).tanh() },
    compared("experts by lines", [[3, 7, 40]], ulps: 128) {
      $0[0].scaled(1).denseEach(72).tanh().denseEach(24).tanh().scaled(2)
    },
    compared("experts of many units by lines", [[2, 3, 520]], ulps: 256) {
      $0[0].scaled(1).denseEach(136).tanh().denseEach(520).tanh().scaled(2)
    },
    compared("mixture", [[12, 10]], ulps: 128) { $0[0].softMoE(experts: 2, slots: 5, hidden: 9) },
  ]
}
