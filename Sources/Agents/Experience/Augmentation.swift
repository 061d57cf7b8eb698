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
  private let pictures: [Pictures?]

  private struct Pictures {
    let input: Input
    let rows: AlignedBuffer<Float>
    /// By row.
    let moves: AlignedBuffer<Move>
  }

  /// - Parameter count: rows of a batch.
  /// - Returns: nil: nothing is changed.
  init?(_ senses: [Sense], shift: Int, intensity: Float, count: Int) {
    if shift == 0 && intensity == 0 { return nil }
    (self.shift, self.intensity) = (shift, intensity)
    pictures = senses.map { sense in
      guard sense.isAugmented else { return nil }
      let numbers = count * sense.input.readShape.reduce(1, *)
      return Pictures(
        input: sense.input, rows: AlignedBuffer(count: numbers),
        moves: AlignedBuffer(count: count))
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
      guard let picture else { return base }
      let seed = generator.next()
      let (input, rows) = (picture.input, picture.rows)
      let size = input.readShape.reduce(1, *)
      pool.forEach(count) { row, _ in
        move(
          base.assumingMemoryBound(to: UInt8.self) + row * size, input,
          to: rows.pointer + row * size, draw(row, seed))
      }
      return UnsafeRawPointer(rows.pointer)
    }
  }

  /// The same of rows that a device has drawn, and moves when it reads them.
  func move(_ rows: [Rows], count: Int, using generator: inout SplitMix64) -> [Rows] {
    zip(rows, pictures).map { rows, picture in
      guard let picture else { return rows }
      let seed = generator.next()
      for row in 0..<count { picture.moves[row] = draw(row, seed) }
      return rows.moved(by: UnsafePointer(picture.moves.pointer))
    }
  }

  private func draw(_ row: Int, _ seed: UInt64) -> Move {
    var generator = SplitMix64(seed: seed ^ UInt64(row + 1) &* 0x9E37_79B9_7F4A_7C15)
    func place() -> Int { Int(generator.next(below: UInt32(2 * shift + 1))) - shift }
    let (down, right) = (place(), place())
    let bend = max(-2, min(2, Float(gaussian(using: &generator))))
    return Move(down: down, right: right, factor: 1 + intensity * bend)
  }

  /// - Parameter source: [outer, height, width, inner].
  private func move(
    _ source: UnsafePointer<UInt8>, _ input: Input, to target: UnsafeMutablePointer<Float>,
    _ how: Move
  ) {
    let (height, width, inner) = (input.readShape[0], input.readShape[1], input.inner)
    for outer in 0..<input.outer {
      let plane = outer * height * width * inner
      for row in 0..<height {
        let line = plane + max(0, min(height - 1, row + Int(how.down))) * width * inner
        for column in 0..<width {
          let cell = line + max(0, min(width - 1, column + Int(how.right))) * inner
          let place = plane + (row * width + column) * inner
          for index in 0..<inner {
            target[place + index] = Float(source[cell + index]) * how.factor
          }
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
