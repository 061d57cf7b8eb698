import Foundation

// Mutual information from samples, in nats, by nearest neighbours in the largest of the distances.

/// Points of one kind, [samples, width], each number scaled to deviation 1.
public struct Samples: Sendable {
  public let count: Int
  let width: Int
  let numbers: [Double]

  /// - Precondition: every row has the same number of numbers, at least one.
  public init(_ rows: [[Double]]) {
    let width = rows[0].count
    (count, self.width) = (rows.count, width)
    var numbers = rows.flatMap { $0 }
    for column in 0..<width {
      let places = stride(from: column, to: numbers.count, by: width)
      let middle = places.reduce(0) { $0 + numbers[$1] } / Double(rows.count)
      let variance = places.reduce(0) { $0 + (numbers[$1] - middle) * (numbers[$1] - middle) }
      let deviation = (variance / Double(rows.count)).squareRoot()
      if deviation > 0 { for place in places { numbers[place] /= deviation } }
    }
    self.numbers = numbers
  }

  func distance(_ first: Int, _ second: Int) -> Double {
    var most = 0.0
    for column in 0..<width {
      most = max(most, abs(numbers[first * width + column] - numbers[second * width + column]))
    }
    return most
  }
}

/// Between two continuous kinds of points. Source: Kraskov et al. 2004, the first estimator.
/// - Precondition: as many of one as of the other, more than `neighbours`.
public func mutualInformation(
  _ first: Samples, _ second: Samples, neighbours: Int = 3
) -> Double {
  let count = first.count
  var sum = 0.0
  for point in 0..<count {
    let ones = distances(first, from: point)
    let others = distances(second, from: point)
    let both = zip(ones, others).map { max($0, $1) }
    let radius = nearest(both, neighbours, but: point).nextDown
    func within(_ distances: [Double]) -> Double {
      Double(distances.count { $0 <= radius })
    }
    // The point itself is among them: the +1 of the formula.
    sum += digamma(within(ones)) + digamma(within(others))
  }
  return max(0, digamma(Double(count)) + digamma(Double(neighbours)) - sum / Double(count))
}

/// Between points and a label each. Source: Ross 2014. A label of one point counts for nothing.
public func mutualInformation(
  _ points: Samples, labels: [Int], neighbours: Int = 3
) -> Double {
  var classes: [Int: [Int]] = [:]
  for (point, label) in labels.enumerated() { classes[label, default: []].append(point) }
  let chosen = (0..<points.count).filter { classes[labels[$0]]!.count > 1 }
  var sum = 0.0
  for point in chosen {
    let mates = classes[labels[point]]!
    let near = min(neighbours, mates.count - 1)
    let distances = mates.map { $0 == point ? .infinity : points.distance(point, $0) }
    let radius = nearest(distances, near, but: nil).nextDown
    let within = chosen.count { points.distance(point, $0) <= radius }
    sum += digamma(Double(near)) - digamma(Double(mates.count)) - digamma(Double(within))
  }
  let count = Double(chosen.count)
  return chosen.isEmpty ? 0 : max(0, digamma(count) + sum / count)
}

private func distances(_ samples: Samples, from point: Int) -> [Double] {
  (0..<samples.count).map { samples.distance(point, $0) }
}

/// The distance of the neighbour of that number.
private func nearest(_ distances: [Double], _ number: Int, but point: Int?) -> Double {
  var least = [Double](repeating: .infinity, count: number)
  for (other, distance) in distances.enumerated()
  where other != point && distance < least[number - 1] {
    var place = number - 1
    while place > 0 && least[place - 1] > distance {
      least[place] = least[place - 1]
      place -= 1
    }
    least[place] = distance
  }
  return least[number - 1]
}

/// The slope of log gamma, for positive numbers.
func digamma(_ number: Double) -> Double {
  var (number, sum) = (number, 0.0)
  while number < 10 {
    sum -= 1 / number
    number += 1
  }
  let square = 1 / (number * number)
  // Of the asymptotic series; the next term is below 1e-13.
  let terms = [1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132]
  let tail = terms.reversed().reduce(0) { ($0 + $1) * square }
  return sum + log(number) - 0.5 / number - tail
}
