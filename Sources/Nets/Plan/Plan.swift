import Lanes

/// A graph's operations in order, over rows of inputs; nothing is allocated for the rows once warm.
///
/// A batch is cut into shards by its size alone, a shard into chunks that fit the cache; shards'
/// gradients are summed in order, so results do not depend on the number of threads. One call at a
/// time.
public final class Plan: @unchecked Sendable {
  /// Weights for which `train` computes gradients.
  public enum Learns: Sendable {
    case nothing, everything
    /// Those of groups, with the groups in them.
    case groups([String])

    func includes(_ slice: Slice) -> Bool {
      switch self {
      case .nothing: false
      case .everything: true
      case .groups(let groups): slice.isIn(groups)
      }
    }
  }

  public let layout: Layout
  public let outputs: [OutputShape]
  let penalties: [OutputShape]
  let schedule: Schedule
  let workshop: Workshop
  /// Of a sample.
  let steps: Int
  /// Rows that go through all operations at once, at most.
  let chunk: Int
  /// Multiply-adds of a sample in matrix products: forward, and for all slopes that `train` wants.
  public let products: (forward: Int, backward: Int)
  /// One a thread; a device has one alone, made when rows for it come.
  var workspaces: [Workspace] = []
  /// Of a device: outputs of a chunk and their slopes.
  var landing: Landing?
  /// Of a device: what losses of rows are given, and their figures.
  var lossArena: Arena?
  let prepared: Arena
  /// By step; a device has none.
  let late: [Late?]
  /// What shards sum.
  let summed: [Range<Int>]
  /// [shards, weights]; shards that a batch has needed, where there are several.
  var shardGradients: [Buffer] = []
  /// By wanted input: [rows, count] of the last training call.
  var inputSlopes: [AlignedBuffer<Float>] = []

  static let mostShards = 16
  /// Rows of a shard, at least, where there are more than a few.
  static let shardRows = 64
  /// Rows that the processor takes through all operations at once, at most: a cache holds them, and
  /// large layers read their weights once for all.
  static let chunkRows = 32
  /// About what a thread makes of large ones.
  static let productsInNanosecond = 40
  /// Rows that a device takes at once, at most.
  static let mostRows = 1 << 14

  /// - Parameters:
  ///   - outputs: of the graph's, those that are computed; nil: all.
  ///   - learns: weights whose gradients `train` fills; a plan that only acts learns nothing.
  ///   - wanted: inputs whose slopes `train` gives back.
  public init(
    _ graph: Graph, _ workshop: Workshop, outputs: [String]? = nil, learns: Learns = .nothing,
    wanted: [String] = []
  ) {
    let schedule = Schedule(graph, outputs: outputs, learns: learns, wanted: wanted)
    layout = graph.layout
    self.workshop = workshop
    self.schedule = schedule
    self.outputs = schedule.outputs.enumerated().map {
      OutputShape(name: $1.name, place: $0, count: $1.count, shape: $1.shape)
    }
    let known = Set(graph.penalties.map(\.name))
    penalties = self.outputs.filter { known.contains($0.name) }
    let floats = schedule.arrays.reduce(1) { $0 + $1.count * ($1.hasSlope ? 2 : 1) }
    steps = graph.steps
    prepared = Arena(count: schedule.prepared, workshop.backend)
    inputSlopes = schedule.wanted.map { _ in AlignedBuffer(count: 0) }
    products = schedule.products
    late = workshop.backend.device == nil ? schedule.late : schedule.steps.map { _ in nil }
    summed = layout.ranges(without: late)
    if let device = workshop.backend.device {
      chunk = max(1, min(Self.mostRows, device.floatsAtOnce / floats))
      return
    }
    let chunk = min(Self.chunkRows, max(steps > 1 ? 1 : 4, (1 << 23) / floats))
    self.chunk = chunk
    workspaces = (0..<workshop.pool.threads).map { _ in
      Workspace(schedule, rows: chunk, workshop.backend)
    }
  }

  /// - Throws: what has gone wrong on the device, if there is one.
  public func check() throws { try workshop.backend.device?.check() }

  /// Where an output lies in `HostRows` and `Part`.
  public func output(_ name: String) -> OutputShape {
    guard let output = outputs.first(where: { $0.name == name }) else {
      preconditionFailure("the plan has no output \(name)")
    }
    return output
  }

  /// Outputs of `count` rows, from row 0 of `outputs` on.
  /// - Parameter noise: seed of noisy layers; nil: they are still.
  public func forward(
    _ weights: Buffer, _ inputs: Inputs, count: Int, into outputs: HostRows, noise: UInt64? = nil
  ) {
    precondition(weights.count == layout.count && outputs.rows >= count)
    if let device = workshop.backend.device {
      return forward(on: device, weights, inputs, count: count, into: outputs, noise)
    }
    prepare(weights, noise)
    let part = min(chunk, max(16, (count + 3) / 4))
    let time = count * products.forward / Self.productsInNanosecond
    workshop.pool.forEach((count + part - 1) / part, nanoseconds: time) { item, worker in
      let (first, size) = (item * part, min(part, count - item * part))
      let workspace = workspaces[worker]
      forward(Call(self, weights, inputs, noise, workspace, first: first, count: size))
      for (place, output) in schedule.outputs.enumerated() {
        (outputs[place] + first * output.count).update(
          from: workspace.arrays[output.array], count: size * output.count)
      }
    }
  }

  func prepare(_ weights: Buffer, _ noise: UInt64?) {
    guard let noise else { return }
    for (index, step) in schedule.steps.enumerated() {
      if let run = preparation(index, step, weights, noise) { step.operation.prepare(run) }
    }
  }

  func preparation(
    _ index: Int, _ step: Schedule.Step, _ weights: Buffer, _ noise: UInt64
  ) -> Preparation? {
    guard let place = step.prepared else { return nil }
    var generator = SplitMix64(seed: noise &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
    return Preparation(
      backend: workshop.backend, weights: weights.source,
      prepared: prepared.address + place, seed: generator.next())
  }

  func forward(_ call: Call) {
    for (index, step) in schedule.steps.enumerated() {
      step.operation.forward(call.run(index, step))
    }
  }

  /// Some rows of a batch on their way through a plan, with one thread's memory.
  struct Call {
    let plan: Plan
    let weights: UnsafePointer<Float>
    let inputs: Inputs
    let isNoisy: Bool
    let workspace: Workspace
    let first, count: Int
    var gradients: UnsafeMutablePointer<Float>

    init(
      _ plan: Plan, _ weights: Buffer, _ inputs: Inputs, _ noise: UInt64?, _ workspace: Workspace,
      first: Int, count: Int, gradients: UnsafeMutablePointer<Float>? = nil
    ) {
      self.plan = plan
      self.weights = weights.source
      self.inputs = inputs
      isNoisy = noise != nil
      self.workspace = workspace
      self.first = first
      self.count = count
      self.gradients = gradients ?? workspace.scratch
    }

    @inline(__always) func run(_ index: Int, _ step: Schedule.Step) -> Run {
      Run(
        backend: plan.workshop.backend, count: count * step.fold, first: first * step.fold,
        inputs: inputs,
        weights: weights, gradients: gradients, scratch: workspace.scratch,
        prepared: isNoisy ? step.prepared.map { UnsafePointer(plan.prepared.address + $0) } : nil,
        late: plan.late[index],
        places: workspace.places[index])
    }
  }
}

/// An output of a plan.
public struct OutputShape: Sendable {
  public let name: String
  let place: Int
  /// Floats of a row, of all its steps.
  public let count: Int
  /// Of a step.
  public let shape: [Int]
}

/// Rows of a plan's outputs; belongs to who calls it.
public final class HostRows: @unchecked Sendable {
  public let rows: Int
  private let memory: [AlignedBuffer<Float>]

  public init(_ plan: Plan, rows: Int) {
    self.rows = rows
    memory = plan.outputs.map { AlignedBuffer(count: rows * $0.count) }
  }

  /// [rows, count].
  public subscript(output: OutputShape) -> UnsafeMutablePointer<Float> { self[output.place] }
  subscript(place: Int) -> UnsafeMutablePointer<Float> { memory[place].pointer }

  public var areFinite: Bool { memory.allSatisfy { $0.span.allSatisfy(\.isFinite) } }
}
