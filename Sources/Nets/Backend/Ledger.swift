/// What a device knows of a replay's steps, so that it draws from them by itself: each step at its leaf,
/// [lanes, window], and the tree of their chances.
///
/// From the same leaves a device draws what the processor would, to the last bit.
public final class Ledger {
  /// How often steps are drawn, and what losses change; as `Priorities` of the replay.
  public struct Ranks: Sendable {
    package let exponent, slack, uniformShare: Double

    public init(exponent: Double, slack: Double, uniformShare: Double) {
      (self.exponent, self.slack, self.uniformShare) = (exponent, slack, uniformShare)
    }
  }

  public struct Shape: Sendable {
    package let lanes, window, rows, history: Int
    package let ranks: Ranks?

    /// - Parameters:
    ///   - window: steps of a lane that can be drawn.
    ///   - rows: of a lane where observations lie; a position's is position % rows.
    ///   - history: rows before a step's that its stacks show, too.
    ///   - ranks: nil: all steps have the same chance.
    public init(lanes: Int, window: Int, rows: Int, history: Int, ranks: Ranks?) {
      (self.lanes, self.window, self.rows) = (lanes, window, rows)
      (self.history, self.ranks) = (history, ranks)
    }
  }

  /// A step as it is now.
  public struct Step: Sendable {
    package let leaf, action: Int32
    /// A row's kind and how it ended, as the replay marks it.
    package let mark: UInt8
    package let reward: Double

    public init(leaf: Int, action: Int32, mark: UInt8, reward: Double) {
      (self.leaf, self.action, self.mark, self.reward) = (Int32(leaf), action, mark, reward)
    }
  }

  /// What has changed since the last news.
  public struct News {
    package let transitions, longest: Int
    package let written: [Int]
    package let steps: [Step]

    /// - Parameters:
    ///   - longest: rows of the lane that has the most.
    ///   - written: by lane, rows ever.
    ///   - steps: no leaf twice.
    public init(transitions: Int, longest: Int, written: [Int], steps: [Step]) {
      (self.transitions, self.longest) = (transitions, longest)
      (self.written, self.steps) = (written, steps)
    }
  }

  package let shape: Shape
  package let width: Int
  package let nodes, rewards, largest, actions, counts, marks, written: UnsafeMutableRawPointer
  private let memory: UnsafeMutableRawPointer
  private let device: any Device

  /// - Parameter width: leaves of the tree, with those that stand for none.
  public init(_ shape: Shape, width: Int, on device: any Device) {
    let count = shape.lanes * shape.window
    (self.shape, self.width, self.device) = (shape, width, device)
    let sizes = [
      shape.ranks == nil ? 8 : 16 * width, 8 * count, 8, 4 * count, 8, count, 8 * shape.lanes,
    ]
    let room = Room(sizes, on: device)
    memory = room.memory
    let places = room.places
    (nodes, rewards, largest) = (places[0], places[1], places[2])
    (actions, counts, marks, written) = (places[3], places[4], places[5], places[6])
  }

  deinit { device.free(memory) }

  /// All of the tree, [2 * width], and the largest priority that ever was.
  public func set(_ tree: UnsafePointer<Double>, largest: Double) {
    var largest = largest
    device.upload(&largest, to: self.largest, 8)
    if shape.ranks == nil { return }
    Self.forEachPiece(16 * width) { device.upload(UnsafeRawPointer(tree) + $0, to: nodes + $0, $1) }
    device.wait()
  }

  /// The leaves, [lanes * window], as they are there, and the largest priority.
  public func get() -> (leaves: [Double], largest: Double) {
    var (leaves, largest) = ([Double](repeating: 0, count: shape.lanes * shape.window), 0.0)
    leaves.withUnsafeMutableBytes { bytes in
      Self.forEachPiece(bytes.count) {
        device.download(nodes + 8 * width + $0, to: bytes.baseAddress! + $0, $1)
        device.wait()
      }
    }
    device.download(self.largest, to: &largest, 8)
    device.wait()
    return (leaves, largest)
  }

  /// Locked memory on the way is dear.
  private static func forEachPiece(_ bytes: Int, _ body: (_ first: Int, _ count: Int) -> Void) {
    let piece = 1 << 20
    for first in stride(from: 0, to: bytes, by: piece) { body(first, min(piece, bytes - first)) }
  }
}

/// Samples that a device has drawn, and keeps.
public final class Draws {
  public let count: Int
  /// By field: pictures of an observation.
  package let stacks: [Int]
  /// Where samples are among the steps; the rows of their observations and of those after them, by
  /// field, [count, stack].
  package let leaves, numbers, nextNumbers: UnsafeMutableRawPointer
  /// [count, 4]: action, sum of rewards, weight of the next value, and what corrects for unequal chances;
  /// the same before it was divided by the largest.
  package let told, weights: UnsafeMutableRawPointer
  private let memory: UnsafeMutableRawPointer
  private let device: any Device

  /// Of fields that samples name rows for.
  public static let mostFields = 8

  public init(_ count: Int, stacks: [Int], on device: any Device) {
    precondition(stacks.count <= Self.mostFields)
    (self.count, self.stacks, self.device) = (count, stacks, device)
    let all = stacks.reduce(0, +)
    let room = Room(
      [4 * count, 4 * count * all, 4 * count * all, 16 * count, 8 * count], on: device)
    memory = room.memory
    (leaves, numbers, nextNumbers) = (room.places[0], room.places[1], room.places[2])
    (told, weights) = (room.places[3], room.places[4])
  }

  deinit { device.free(memory) }

  /// Rows of a field's observations.
  public func rows(_ field: Int, isNext: Bool, _ base: UnsafeRawPointer) -> Rows {
    let first = 4 * count * stacks[..<field].reduce(0, +)
    return Rows(
      pictures: stacks[field], base, there: (isNext ? nextNumbers : numbers) + first)
  }

  /// What a step is worth, as the samples have it.
  public struct Worth: Equatable {
    public let action, reward, discount, weight: Float

    public init(action: Float, reward: Float, discount: Float, weight: Float) {
      (self.action, self.reward) = (action, reward)
      (self.discount, self.weight) = (discount, weight)
    }
  }

  /// Leaves and worths, brought from the device.
  public func get() -> (leaves: [Int32], worths: [Worth]) {
    var leaves = [Int32](repeating: 0, count: count)
    var told = [Float](repeating: 0, count: 4 * count)
    device.download(self.leaves, to: &leaves, 4 * count)
    device.download(self.told, to: &told, 16 * count)
    device.wait()
    let worths = (0..<count).map {
      Worth(
        action: told[4 * $0], reward: told[4 * $0 + 1], discount: told[4 * $0 + 2],
        weight: told[4 * $0 + 3])
    }
    return (leaves, worths)
  }
}

/// Several arrays in one piece of a device's memory, each on a line of its own.
private struct Room {
  let memory: UnsafeMutableRawPointer
  private(set) var places: [UnsafeMutableRawPointer] = []

  init(_ sizes: [Int], on device: any Device) {
    func line(_ bytes: Int) -> Int { (bytes + 255) / 256 * 256 }
    memory = device.allocate(sizes.reduce(0) { $0 + line($1) })
    var next = memory
    for size in sizes {
      places.append(next)
      next += line(size)
    }
  }
}
