import Nets

/// Mean and variance of all numbers seen so far, element by element.
///
/// Source: Chan et al. 1979, parallel variance; as Gymnasium's `RunningMeanStd`.
struct RunningMoments {
  private(set) var mean: [Double]
  private(set) var variance: [Double]
  private var count: Double

  static let bound: Float = 10

  init(_ size: Int) {
    mean = [Double](repeating: 0, count: size)
    variance = [Double](repeating: 1, count: size)
    count = 1e-4
  }

  /// - Parameter rows: how many there are; `number(row, element)` gives them.
  mutating func add(rows: Int, _ number: (_ row: Int, _ element: Int) -> Double) {
    guard rows > 0 else { return }
    let (new, total) = (Double(rows), count + Double(rows))
    for element in mean.indices {
      var sum = 0.0
      for row in 0..<rows { sum += number(row, element) }
      let average = sum / new
      var squares = 0.0
      for row in 0..<rows {
        let distance = number(row, element) - average
        squares += distance * distance
      }
      let shift = average - mean[element]
      mean[element] += shift * new / total
      variance[element] =
        (variance[element] * count + squares + shift * shift * count * new / total) / total
    }
    count = total
  }

  /// At most 10 deviations from the mean.
  func normalized(_ number: Double, _ element: Int) -> Float {
    bounded((number - mean[element]) / deviation(element))
  }

  /// In deviations, at most 10; the mean stays in.
  func scaled(_ number: Double) -> Float { bounded(number / deviation(0)) }

  private func deviation(_ element: Int) -> Double { (variance[element] + 1e-8).squareRoot() }

  private func bounded(_ number: Double) -> Float {
    let number = Float(number)
    return number > Self.bound ? Self.bound : number < -Self.bound ? -Self.bound : number
  }

  // MARK: Saving

  func save(_ name: String, into file: inout SafeTensors) {
    (mean + variance + [count]).withUnsafeBufferPointer { file.set(name, $0, type: "F64") }
  }

  /// - Throws: `CheckpointError`.
  mutating func restore(_ name: String, from file: SafeTensors) throws {
    let size = mean.count
    var numbers = [Double](repeating: 0, count: 2 * size + 1)
    try numbers.withUnsafeMutableBufferPointer { try file.copy(name, to: $0, type: "F64") }
    guard numbers.allSatisfy(\.isFinite), numbers[size...].allSatisfy({ $0 >= 0 }) else {
      throw CheckpointError.mismatch(name)
    }
    mean = Array(numbers[..<size])
    variance = Array(numbers[size..<2 * size])
    count = numbers[2 * size]
  }
}
