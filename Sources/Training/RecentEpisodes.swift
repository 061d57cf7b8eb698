import Environment
import Nets

/// Returns and lengths of the last hundred whole episodes. A lost life ends none.
struct RecentEpisodes {
  private static let window = 100
  private var returns: [Double] = []
  private var lengths: [Double] = []
  /// Of all.
  private(set) var count = 0

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
      returns.append(buffers.episodeReturns.of(Double.self)[lane])
      lengths.append(Double(buffers.episodeLengths.of(Int32.self)[lane]))
      count += 1
      if returns.count > Self.window {
        returns.removeFirst()
        lengths.removeFirst()
      }
    }
  }

  func save(into file: inout SafeTensors) {
    returns.withUnsafeBufferPointer { file.set("episodes.returns", $0, type: "F64") }
    lengths.withUnsafeBufferPointer { file.set("episodes.lengths", $0, type: "F64") }
    file.metadata["episodes"] = String(count)
  }

  mutating func restore(from file: SafeTensors) throws {
    guard let count = Int(try file.text("episodes")), count >= 0,
      let size = file.tensors["episodes.returns"]?.bytes.count, size % 8 == 0,
      size / 8 <= Self.window
    else { throw CheckpointError.mismatch("episodes") }
    var returns = [Double](repeating: 0, count: size / 8)
    var lengths = returns
    try returns.withUnsafeMutableBufferPointer {
      try file.copy("episodes.returns", to: $0, type: "F64")
    }
    try lengths.withUnsafeMutableBufferPointer {
      try file.copy("episodes.lengths", to: $0, type: "F64")
    }
    self.count = count
    self.returns = returns
    self.lengths = lengths
  }
}
