import Lanes
import Records

/// A block's generators of random numbers, one a lane: `numpy.random.default_rng`.
struct LaneGenerators {
  private let lanes = AlignedBuffer<PCG64>(count: 64)
  /// Lanes whose last words were those of no generator.
  private var broken: LaneMask = 0

  init() { for lane in 0..<64 { lanes[lane] = PCG64(seed: 0) } }

  /// - Parameter seeds: by lane; nil: the generators go on.
  func seed(_ mask: LaneMask, _ seeds: UnsafePointer<UInt64>?) {
    guard let seeds else { return }
    forEachLane(mask) { lanes[$0] = PCG64(seed: seeds[$0]) }
  }

  /// Draws from one lane's generator, which stays in registers meanwhile.
  @inline(__always) func draw(_ lane: Int, _ body: (inout PCG64) -> Void) {
    var generator = lanes.pointer[lane]
    body(&generator)
    lanes.pointer[lane] = generator
  }

  /// `uniform(low, high)`.
  @inline(__always) func uniform(_ lane: Int, _ low: Double, _ high: Double) -> Double {
    lanes.pointer[lane].uniform(low, high)
  }

  mutating func visit(_ lane: Int, _ state: inout some StateVisitor) {
    var words = lanes[lane].words
    state.generator { for index in words.indices { $0.visit(&words[index]) } }
    broken &= ~(1 << UInt64(lane))
    if let generator = PCG64(words: words) {
      lanes[lane] = generator
    } else {
      broken |= 1 << UInt64(lane)
    }
  }

  func flaw(_ lane: Int) -> String? {
    broken.contains(lane: lane) ? "its generator of random numbers is none" : nil
  }
}

extension AlignedBuffer<Double> {
  /// Some lane's numbers of `count` rows of 64 are not finite, or beyond these bounds.
  func isBeyond(_ most: [Double], lane: Int) -> Bool {
    most.indices.contains { !(abs(self[64 * $0 + lane]) <= most[$0]) }
  }

  func visit(_ lane: Int, rows: Int, _ state: inout some StateVisitor) {
    for row in 0..<rows { state.visit(&self[64 * row + lane]) }
  }
}
