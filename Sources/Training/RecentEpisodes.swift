import Environment
import Nets

/// Returns and lengths of the last hundred whole episodes. A lost life ends none.
struct RecentEpisodes {
  private static let window = 100
  private var returns: [Double] = []
  private var lengths: [Double] = []
  /// Of all.
  private(set) var count = 0
  /// Where several tasks share a batch: each one's.
  private(set) var tasks: [Task] = []
  private var field: Int?

  struct Task {
    let name: String
    var episodes: RecentEpisodes
  }

  init(_ spec: EnvironmentSpec? = nil) {
    guard let spec, spec.tasks.count > 1 else { return }
    field = spec.observation("task")?.index
    tasks = spec.tasks.map { Task(name: $0, episodes: RecentEpisodes()) }
  }

  /// Whether there have been as many as the mean is over.
  var isFull: Bool { returns.count == Self.window }
  var meanReturn: Double? { Self.mean(returns) }
  var meanLength: Double? { Self.mean(lengths) }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  mutating func add(_ buffers: StepBuffers) {
    let ended = buffers.ended.of(UInt8.self)
    for lane in 0..<buffers.lanes where ended[lane] == 1 {
      add(buffers, lane)
      guard let field else { continue }
      let task = Int(buffers.observations[field].of(Int32.self)[lane])
      if tasks.indices.contains(task) { tasks[task].episodes.add(buffers, lane) }
    }
  }

  private mutating func add(_ buffers: StepBuffers, _ lane: Int) {
    returns.append(buffers.episodeReturns.of(Double.self)[lane])
    lengths.append(Double(buffers.episodeLengths.of(Int32.self)[lane]))
    count += 1
    if returns.count > Self.window {
      returns.removeFirst()
      lengths.removeFirst()
    }
  }

  func save(_ name: String = "episodes", into file: inout SafeTensors) {
    returns.withUnsafeBufferPointer { file.set("\(name).returns", $0, type: "F64") }
    lengths.withUnsafeBufferPointer { file.set("\(name).lengths", $0, type: "F64") }
    file.metadata[name] = String(count)
    for task in tasks.indices { tasks[task].episodes.save("\(name).\(task)", into: &file) }
  }

  mutating func restore(_ name: String = "episodes", from file: SafeTensors) throws {
    guard let count = Int(try file.text(name)), count >= 0,
      let size = file.tensors["\(name).returns"]?.bytes.count, size % 8 == 0,
      size / 8 <= Self.window
    else { throw CheckpointError.mismatch(name) }
    for task in tasks.indices {
      try tasks[task].episodes.restore("\(name).\(task)", from: file)
    }
    var returns = [Double](repeating: 0, count: size / 8)
    var lengths = returns
    try returns.withUnsafeMutableBufferPointer {
      try file.copy("\(name).returns", to: $0, type: "F64")
    }
    try lengths.withUnsafeMutableBufferPointer {
      try file.copy("\(name).lengths", to: $0, type: "F64")
    }
    self.count = count
    self.returns = returns
    self.lengths = lengths
  }
}
