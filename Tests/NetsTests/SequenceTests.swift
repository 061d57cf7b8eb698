import CUDA
import Lanes
import StandIn
import TestDevices
import Testing

@testable import Nets

/// What a card is asked for as one, and what it keeps of the program's memory.
struct SequenceTests {
  /// Six updates of a small network on other numbers each, and what it says after each.
  private func train(_ card: CUDA) throws -> [[Float]] {
    let graph = Graph()
    let x = graph.input("x", Input(vector: 3, .float32))
    graph.output("y", x.dense(9, .noisy(0.5)).tanh().dense(2))
    let workshop = Workshop(pool: ThreadPool(threads: 1), backend: card)
    let plan = Plan(graph, workshop, learns: .everything)
    let (weights, gradients) = (
      graph.layout.makeBuffer(card), graph.layout.makeBuffer(card)
    )
    var generator = SplitMix64(seed: 2)
    graph.layout.fill(weights, using: &generator)
    let optimiser = Optimiser(graph.layout, .adam(), learningRate: 0.1, workshop)
    let outputs = HostRows(plan, rows: 5)
    var said: [[Float]] = []
    for step in 0..<6 {
      let numbers = (0..<15).map { _ in Float(gaussian(using: &generator)) }
      optimiser.learningRate = 0.1 / Float(step + 1)
      numbers.withUnsafeBytes { bytes in
        let inputs = Inputs([bytes.baseAddress!])
        plan.train(weights, inputs, count: 5, gradients: gradients, noise: UInt64(step)) { part in
          for place in 0..<part.rows.count * 2 {
            part.slopes(plan.outputs[0])[place] = part.outputs(plan.outputs[0])[place] - 1
          }
        }
        let length = optimiser.step(weights, gradients, atMost: 0.5)
        plan.forward(weights, inputs, count: 5, into: outputs, noise: UInt64(step))
        said.append(Array(UnsafeBufferPointer(start: outputs[0], count: 10)) + [length])
      }
    }
    try card.check()
    return said
  }

  @Test("A graph does what it was made of, with new numbers every time")
  func graphs() throws {
    let (recorded, plain) = (
      try Place.card(.float32), try Place.card(.float32, records: false)
    )
    let said = try train(recorded)
    #expect(try train(plain) == said)
    #expect(Set(said.map(\.description)).count == 6)
    #expect(recorded.use.graphs >= 8 && plain.use.graphs == 0)
    // A driver without graphs is asked piece by piece.
    Place.show(StandInCard(cards: 1, capability: 90, bytes: 1 << 40, graphs: 0))
    defer { Place.show(nil) }
    let old = try CUDA(.float32, libraries: Place.standIn(), isKept: false)
    #expect(try train(old).count == 6)
    #expect(old.use.graphs == 0)
  }

  @Test("A gradient that is no number moves nothing")
  func notFinite() throws {
    let workshop = try Place.card.workshop(threads: 1)
    let graph = Graph()
    _ = graph.constant([300], name: "w")
    let (weights, gradients) = (
      graph.layout.makeBuffer(workshop.backend), graph.layout.makeBuffer(workshop.backend)
    )
    weights.span.update(repeating: 2)
    gradients.span.update(repeating: 1)
    gradients[299] = .nan
    let optimiser = Optimiser(graph.layout, .adam(), learningRate: 1, workshop)
    #expect(optimiser.step(weights, gradients, atMost: 1).isNaN)
    #expect(weights.span.allSatisfy { $0 == 2 })
    gradients[299] = 1
    let length = optimiser.step(weights, gradients, atMost: nil)
    #expect(abs(length - Float(300).squareRoot()) < 1e-5)
    #expect(weights.span.allSatisfy { $0 < 1.5 })
  }

  /// As a network reads rows.
  private func read(_ input: Input, _ rows: Rows, count: Int, _ backend: any Backend) -> [Float] {
    let graph = Graph()
    graph.output("x", graph.input("x", input).scaled(1))
    let plan = Plan(graph, Workshop(pool: ThreadPool(threads: 1), backend: backend))
    let outputs = HostRows(plan, rows: count)
    plan.forward(graph.layout.makeBuffer(backend), Inputs([rows]), count: count, into: outputs)
    return Array(UnsafeBufferPointer(start: outputs[0], count: count * plan.outputs[0].count))
  }

  @Test("Of stacks that go on the newest picture alone crosses", arguments: [16, 12, 7])
  func stacks(bytes: Int) throws {
    let card = try Place.card(.float32)
    let (lanes, pictures) = (3, 4)
    let row = bytes * pictures
    let memory = AlignedBuffer<UInt8>(count: 2 * lanes * row)
    for index in 0..<memory.count { memory[index] = UInt8(index * 37 % 251) }
    card.keep(memory.pointer, memory.count, isLocked: true)
    defer { card.forget(memory.pointer) }
    card.bring(memory.pointer, lanes * row)
    let (first, second) = (memory.pointer, memory.pointer + lanes * row)
    for lane in 0..<lanes - 1 {
      for place in 0..<row - bytes {
        second[lane * row + place] = first[lane * row + bytes + place]
      }
    }
    // The last lane's episode begins: its stack is another.
    let stacks = Stacks(count: lanes, pictures: pictures, bytes: bytes)
    let begins: [UInt8] = [0, 0, 1]
    begins.withUnsafeBufferPointer {
      card.bring(second, stacks, after: first, begins: $0.baseAddress!)
    }
    let seen = read(
      Input(vector: row, .uint8), Rows(memory.pointer, first: lanes), count: lanes, card)
    #expect(seen == (0..<lanes * row).map { Float(second[$0]) })
    try card.check()
  }

  @Test("Pictures of stacks that lie apart make one row", arguments: Place.exact, [true, false])
  func pictures(place: Place, isKept: Bool) throws {
    let backend = try place.workshop(threads: 1).backend
    let (count, size) = (10, 6)
    let memory = AlignedBuffer<UInt8>(count: count * size)
    if isKept { backend.device?.keep(memory.pointer, memory.count, isLocked: false) }
    defer { backend.device?.forget(memory.pointer) }
    for index in 0..<memory.count { memory[index] = UInt8(index) }
    backend.device?.bring(memory.pointer, size, at: (0..<10).reversed())
    let numbers: [Int32] = [7, 0, 2, 9, 9, 3]
    // Two planes of 3 positions a picture, three pictures.
    let input = Input(outer: 6, height: 1, width: 3, inner: 1, .uint8)
    let seen = numbers.withUnsafeBufferPointer {
      read(
        input, Rows(pictures: 3, memory.pointer, numbers: $0.baseAddress!), count: 2, backend)
    }
    let expected = (0..<2).flatMap { row in
      (0..<3).flatMap { position in
        (0..<6).map { plane in
          Float(Int(numbers[row * 3 + plane / 2]) * size + plane % 2 * 3 + position)
        }
      }
    }
    #expect(seen == expected)
  }

  @Test("Where memory has no room for a twin, rows come from the program")
  func room() throws {
    Place.show(StandInCard(cards: 1, capability: 80, bytes: 8 << 20, graphs: 1))
    defer { Place.show(nil) }
    let card = try CUDA(.float32, libraries: Place.standIn(), isKept: false)
    let memory = AlignedBuffer<UInt8>(count: 32 << 20)
    for index in 0..<64 { memory[index] = UInt8(index) }
    card.keep(memory.pointer, memory.count, isLocked: false)
    card.bring(memory.pointer, memory.count)
    let seen = read(Input(vector: 32, .uint8), Rows(memory.pointer), count: 2, card)
    #expect(seen == (0..<64).map(Float.init))
    try card.check()
  }
}
