import Lanes
import Nets

/// Pictures of a batch, each moved by up to `shift` places each way, edges repeated, and made brighter
/// or darker: times 1 + `intensity` * a normal number that is cut at 2.
///
/// Source: Kostrikov et al. 2020, arXiv:2004.13649.
final class Augmentation {
  private let shift: Int
  private let intensity: Float
  /// By field that the network reads; nil: it stays as it is.
  private let pictures: [(input: Input, rows: AlignedBuffer<Float>)?]

  /// - Parameter count: rows of a batch.
  /// - Returns: nil: nothing is changed.
  init?(_ senses: [Sense], shift: Int, intensity: Float, count: Int) {
    if shift == 0 && intensity == 0 { return nil }
    (self.shift, self.intensity) = (shift, intensity)
    pictures = senses.map { sense in
      guard sense.isAugmented else { return nil }
      let numbers = count * sense.input.readShape.reduce(1, *)
      return (sense.input, AlignedBuffer(count: numbers))
    }
  }

  /// What a network then reads: pictures of floats.
  static func senses(_ senses: [Sense]) -> [Sense] {
    senses.map { sense in
      guard sense.isAugmented else { return sense }
      var input = sense.input
      input.element = .float32
      if case .picture = sense { return .picture(input) }
      return .planes(input)
    }
  }

  /// Where the changed rows lie; until the next call.
  /// - Parameter bases: of the rows, by field.
  func move(
    _ bases: [UnsafeRawPointer], count: Int, using generator: inout SplitMix64, _ pool: ThreadPool
  ) -> [UnsafeRawPointer] {
    zip(bases, pictures).map { base, picture in
      guard let (input, rows) = picture else { return base }
      let seed = generator.next()
      let size = input.readShape.reduce(1, *)
      pool.forEach(count) { row, _ in
        var generator = SplitMix64(seed: seed ^ UInt64(row + 1) &* 0x9E37_79B9_7F4A_7C15)
        move(
          base.assumingMemoryBound(to: UInt8.self) + row * size, input,
          to: rows.pointer + row * size,
          &generator)
      }
      return UnsafeRawPointer(rows.pointer)
    }
  }

  /// - Parameter source: [outer, height, width, inner].
  private func move(
    _ source: UnsafePointer<UInt8>, _ input: Input, to target: UnsafeMutablePointer<Float>,
    _ generator: inout SplitMix64
  ) {
    func draw() -> Int { Int(generator.next(below: UInt32(2 * shift + 1))) - shift }
    let (down, right) = (draw(), draw())
    let bend = max(-2, min(2, Float(gaussian(using: &generator))))
    let factor = 1 + intensity * bend
    let (height, width, inner) = (input.readShape[0], input.readShape[1], input.inner)
    for outer in 0..<input.outer {
      let plane = outer * height * width * inner
      for row in 0..<height {
        let line = plane + max(0, min(height - 1, row + down)) * width * inner
        for column in 0..<width {
          let cell = line + max(0, min(width - 1, column + right)) * inner
          let place = plane + (row * width + column) * inner
          for index in 0..<inner { target[place + index] = Float(source[cell + index]) * factor }
        }
      }
    }
  }
}

extension Sense {
  /// A picture of bytes.
  var isAugmented: Bool {
    switch self {
    case .picture(let input), .planes(let input): input.element == .uint8
    default: false
    }
  }
}
