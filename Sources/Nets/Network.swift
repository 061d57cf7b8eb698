import Lanes

/// A graph's operations in order, over rows of inputs; nothing is allocated for the rows once planned.
///
/// A batch is cut into shards by its size alone, a shard into chunks that fit the cache; shards'
/// gradients are summed in order, so results do not depend on the number of threads.
public final class Network: @unchecked Sendable {
  public let parameters: Parameters
  /// Floats of a row.
  public let outputCount: Int
  private let nodes: [Node]
  private let kernels: Kernels
  private let pool: ThreadPool
  /// Rows that go through all operations at once.
  private let chunk: Int
  /// One a thread.
  private let workspaces: [Workspace]
  /// [shards, parameters]; shards that a batch has needed.
  private var gradients: [AlignedBuffer<Float>] = []

  private static let mostShards = 16
  /// Rows of a shard, at least, where there are several.
  private static let shardRows = 64

  /// - Parameter output: the last value of its graph.
  /// - Throws: `ForeignError` where the library for matrix products is missing.
  public init(_ output: Value, pool: ThreadPool, using generator: inout SplitMix64) throws {
    let graph = output.graph
    precondition(output.index == graph.nodes.count - 1, "the output is what was made last")
    kernels = try Kernels()
    self.pool = pool
    nodes = graph.nodes
    outputCount = output.count
    parameters = Parameters(graph.layout, using: &generator)
    let floats = nodes.reduce(0) { $0 + $1.count * ($1.hasSlope ? 2 : 1) }
    chunk = min(Self.shardRows, max(4, (1 << 23) / floats))
    let (nodes, chunk) = (nodes, chunk)
    workspaces = (0..<pool.threads).map { _ in Workspace(nodes, rows: chunk) }
  }

  /// Outputs [count, outputCount].
  public func forward(_ rows: Rows, count: Int, into outputs: UnsafeMutablePointer<Float>) {
    let part = min(chunk, max(16, (count + 3) / 4))
    pool.forEach((count + part - 1) / part) { item, worker in
      let (first, size) = (item * part, min(part, count - item * part))
      let workspace = workspaces[worker]
      forward(workspace, rows.dropFirst(first), size)
      (outputs + first * outputCount).update(
        from: workspace.outputs.last!, count: size * outputCount)
    }
  }

  /// Some rows of a batch that is being learned from.
  public struct Part {
    public let shard: Int
    /// Of the batch.
    public let rows: Range<Int>
    /// [rows, outputCount], from the first of these rows on.
    public let outputs: UnsafePointer<Float>
    /// To be written.
    public let slopes: UnsafeMutablePointer<Float>
  }

  /// Shards into which a batch of so many rows is cut.
  public func shards(_ count: Int) -> Int {
    let largest = max(1, (64 << 20) / max(parameters.count, 1))
    return min(Self.mostShards, largest, max(1, count / Self.shardRows))
  }

  /// Forward and backward; fills `parameters.gradients`.
  /// - Parameter loss: writes the slopes of the outputs; called for the parts of one shard in order,
  ///   for different shards at once.
  public func train(_ rows: Rows, count: Int, loss: (Part) -> Void) {
    let shards = shards(count)
    while gradients.count < shards { gradients.append(AlignedBuffer(count: parameters.count)) }
    pool.forEach(shards) { shard, worker in
      let range = (shard * count / shards)..<((shard + 1) * count / shards)
      let sum = gradients[shard].pointer
      sum.update(repeating: 0, count: parameters.count)
      let workspace = workspaces[worker]
      for first in stride(from: range.lowerBound, to: range.upperBound, by: chunk) {
        let part = first..<min(first + chunk, range.upperBound)
        let source = rows.dropFirst(first)
        forward(workspace, source, part.count)
        loss(
          Part(
            shard: shard, rows: part, outputs: UnsafePointer(workspace.outputs.last!),
            slopes: workspace.slopes.last!!))
        for index in nodes.indices.reversed() where nodes[index].hasSlope {
          nodes[index].operation.backward(run(index, workspace, source, part.count, sum))
        }
      }
    }
    reduce(shards)
  }

  private func forward(_ workspace: Workspace, _ rows: Rows, _ count: Int) {
    for index in nodes.indices {
      nodes[index].operation.forward(run(index, workspace, rows, count, workspace.scratch))
    }
  }

  private func run(
    _ index: Int, _ workspace: Workspace, _ rows: Rows, _ count: Int,
    _ gradients: UnsafeMutablePointer<Float>
  ) -> Run {
    let output = workspace.outputs[index]
    return Run(
      kernels: kernels, rows: rows, count: count, weights: UnsafePointer(parameters.values.pointer),
      gradients: gradients, scratch: workspace.scratch,
      inputs: nodes[index].inputs.map { UnsafePointer(workspace.outputs[$0]) },
      inputSlopes: nodes[index].inputs.map { workspace.slopes[$0] }, output: output,
      outputSlope: workspace.slopes[index] ?? output)
  }

  private func reduce(_ shards: Int) {
    let total = parameters.gradients.pointer
    let (count, part) = (parameters.count, 1 << 16)
    pool.forEach((count + part - 1) / part) { item, _ in
      let range = (item * part)..<min(count, (item + 1) * part)
      let first = gradients[0].pointer
      for index in range { total[index] = first[index] }
      for shard in 1..<max(shards, 1) {
        let other = gradients[shard].pointer
        for index in range { total[index] += other[index] }
      }
    }
  }
}

/// What one thread needs to take a chunk of rows through a network.
private final class Workspace {
  private let memory: AlignedBuffer<Float>
  /// By node: [rows, count].
  let outputs: [UnsafeMutablePointer<Float>]
  /// nil: nobody asks for it.
  let slopes: [UnsafeMutablePointer<Float>?]
  let scratch: UnsafeMutablePointer<Float>

  init(_ nodes: [Node], rows: Int) {
    func size(_ node: Node) -> Int { (rows * node.count + 15) / 16 * 16 }
    let scratchCount = nodes.map(\.operation.scratch).max() ?? 0
    let total = nodes.reduce(scratchCount) { $0 + size($1) * ($1.hasSlope ? 2 : 1) }
    memory = AlignedBuffer(count: total)
    var next = memory.pointer
    func take(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { next += count }
      return next
    }
    outputs = nodes.map { take(size($0)) }
    slopes = nodes.map { $0.hasSlope ? take(size($0)) : nil }
    scratch = take(scratchCount)
  }
}
