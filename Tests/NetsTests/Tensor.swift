import Foundation

/// Numbers in double precision, plainly: what networks are compared with.
struct Tensor {
  let shape: [Int]
  var values: [Double]

  init(_ shape: [Int], _ values: [Double]) {
    self.shape = shape
    self.values = values
  }

  init(_ shape: [Int], _ number: (_ place: [Int]) -> Double) {
    self.shape = shape
    values = []
    var place = [Int](repeating: 0, count: shape.count)
    for _ in 0..<shape.reduce(1, *) {
      values.append(number(place))
      for axis in shape.indices.reversed() {
        place[axis] += 1
        if place[axis] < shape[axis] { break }
        place[axis] = 0
      }
    }
  }

  subscript(place: [Int]) -> Double {
    values[zip(place, shape).reduce(0) { $0 * $1.1 + $1.0 }]
  }
  subscript(place: Int...) -> Double { self[place] }

  func map(_ number: (Double) -> Double) -> Tensor { Tensor(shape, values.map(number)) }

  /// Along an axis: one number for each line.
  func reduced(_ axis: Int, _ number: ([Double]) -> Double) -> Tensor {
    var rest = shape
    rest.remove(at: axis)
    return Tensor(rest) { number(line(axis, $0)) }
  }

  /// The numbers along `axis` at a place of the others.
  func line(_ axis: Int, _ place: [Int]) -> [Double] {
    (0..<shape[axis]).map { index in
      var place = place
      place.insert(index, at: axis)
      return self[place]
    }
  }

  func softmax(_ axis: Int) -> Tensor {
    Tensor(shape) { place in
      var others = place
      others.remove(at: axis)
      let whole = line(axis, others).reduce(0) { $0 + exp($1) }
      return exp(self[place]) / whole
    }
  }

  /// x W + b over the last axis.
  func dense(_ weights: Tensor, _ bias: Tensor?) -> Tensor {
    Tensor(shape.dropLast() + [weights.shape[1]]) { place in
      let (lines, unit) = (Array(place.dropLast()), place.last!)
      let sum = (0..<shape.last!).reduce(0) { $0 + self[lines + [$1]] * weights[$1, unit] }
      return sum + (bias?[unit] ?? 0)
    }
  }

  /// Of [height, width, channels]: windows by their places in it, zeros before and behind.
  func windows(
    _ kernel: Int, _ stride: Int, before: Int, outputs: [Int], filters: Int,
    _ number: (_ filter: Int, _ inside: [(row: Int, column: Int, place: (Int, Int))]) -> Double
  ) -> Tensor {
    Tensor(outputs + [filters]) { place in
      var inside: [(row: Int, column: Int, place: (Int, Int))] = []
      for row in 0..<kernel {
        for column in 0..<kernel {
          let (y, x) = (place[0] * stride + row - before, place[1] * stride + column - before)
          if (0..<shape[0]).contains(y) && (0..<shape[1]).contains(x) {
            inside.append((row, column, (y, x)))
          }
        }
      }
      return number(place[2], inside)
    }
  }

  func conv(
    _ kernel: Int, _ stride: Int, before: Int, outputs: [Int], _ weights: Tensor, _ bias: Tensor?
  ) -> Tensor {
    windows(kernel, stride, before: before, outputs: outputs, filters: weights.shape[1]) {
      filter, inside in
      var sum = bias?[filter] ?? 0
      for (row, column, place) in inside {
        for channel in 0..<shape[2] {
          let patch = (row * kernel + column) * shape[2] + channel
          sum += self[place.0, place.1, channel] * weights[patch, filter]
        }
      }
      return sum
    }
  }

  static func combined(_ a: Tensor, _ b: Tensor, _ rule: (Double, Double) -> Double) -> Tensor {
    let rank = max(a.shape.count, b.shape.count)
    let shape = (0..<rank).map { axis in
      max(a.size(axis, of: rank), b.size(axis, of: rank))
    }
    return Tensor(shape) { rule(a.repeated($0), b.repeated($0)) }
  }

  private func size(_ axis: Int, of rank: Int) -> Int {
    let own = axis - (rank - shape.count)
    return own < 0 ? 1 : shape[own]
  }

  private func repeated(_ place: [Int]) -> Double {
    self[zip(place.suffix(shape.count), shape).map { $1 == 1 ? 0 : $0 }]
  }
}
