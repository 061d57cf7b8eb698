import Environment
import Lanes
import Pixels

/// A bright half, left or right; the action that names it is worth 1. Episodes of `length` steps,
/// every other one cut off instead of ended.
public final class Halves: EnvironmentBatch {
  public let spec = EnvironmentSpec(
    id: "Halves", observation: ObservationSpace(shape: [1, 36, 36], element: .uint8),
    actions: .discrete(2))
  public let count: Int
  private let length: Int32 = 5
  private var generators: [SplitMix64]
  private var sides: [Int32]
  private var elapsed: [Int32]
  private var returns: [Double]

  public init(count: Int) {
    self.count = count
    generators = (0..<count).map { SplitMix64(seed: UInt64($0)) }
    sides = [Int32](repeating: 0, count: count)
    elapsed = sides
    returns = [Double](repeating: 0, count: count)
  }

  private func show(_ lane: Int, _ buffers: StepBuffers) {
    sides[lane] = Int32(generators[lane].next(below: 2))
    let picture = buffers.observation(lane: lane)
    for pixel in 0..<(36 * 36) {
      picture[pixel] = (pixel % 36 < 18) == (sides[lane] == 0) ? 200 : 0
    }
  }

  public func reset(seeds: [UInt64]?, into buffers: StepBuffers) throws {
    for lane in 0..<count {
      if let seeds { generators[lane] = SplitMix64(seed: seeds[lane]) }
      elapsed[lane] = 0
      returns[lane] = 0
      show(lane, buffers)
    }
  }

  public func step(_ actions: UnsafeBufferPointer<Int32>, into buffers: StepBuffers) throws {
    for lane in 0..<count {
      let reward: Float = actions[lane] == sides[lane] ? 1 : 0
      elapsed[lane] += 1
      returns[lane] += Double(reward)
      buffers.rewards[lane] = reward
      buffers.episodeReturns[lane] = returns[lane]
      buffers.episodeLengths[lane] = elapsed[lane]
      let ended = elapsed[lane] == length
      buffers.terminated[lane] = ended && lane % 2 == 0 ? 1 : 0
      buffers.truncated[lane] = ended && lane % 2 == 1 ? 1 : 0
      buffers.finalObservation(lane: lane).update(
        from: buffers.observation(lane: lane), count: 36 * 36)
      if ended {
        elapsed[lane] = 0
        returns[lane] = 0
      }
      show(lane, buffers)
    }
  }

  public func render(lane: Int) -> Picture { Picture(width: 1, height: 1, filled: (0, 0, 0)) }

  public func save() throws -> [UInt8] {
    var words: [UInt64] = []
    for lane in 0..<count {
      words += [
        generators[lane].state, UInt64(sides[lane]), UInt64(elapsed[lane]),
        returns[lane].bitPattern,
      ]
    }
    return words.withUnsafeBytes { [UInt8]($0) }
  }

  public func restore(_ saved: [UInt8]) throws {
    guard saved.count == count * 32 else { throw EnvironmentError.state("its length") }
    saved.withUnsafeBytes { bytes in
      for lane in 0..<count {
        func word(_ index: Int) -> UInt64 {
          bytes.loadUnaligned(fromByteOffset: lane * 32 + index * 8, as: UInt64.self)
        }
        generators[lane].state = word(0)
        sides[lane] = Int32(word(1))
        elapsed[lane] = Int32(word(2))
        returns[lane] = Double(bitPattern: word(3))
      }
    }
  }
}
