import Foundation

extension CPU {
  public func map(
    _ input: Floats, _ output: MutableFloats, _ count: Int, _ activation: Activation
  ) {
    // Vectors need to know that what is read is either the same memory or other memory.
    @inline(__always) func each(_ body: (Float) -> Float) {
      if input == UnsafePointer(output) {
        for index in 0..<count { output[index] = body(output[index]) }
      } else {
        for index in 0..<count { output[index] = body(input[index]) }
      }
    }
    switch activation {
    case .none: if input != UnsafePointer(output) { output.update(from: input, count: count) }
    // Not `max`: what is not a number stays so, and is found.
    case .relu: each { $0 < 0 ? 0 : $0 }
    case .tanh: each(fastTanh)
    case .sigmoid: each(sigmoid)
    case .softplus: each(softplus)
    case .elu: each { $0 < 0 ? fastExpMinus1($0) : $0 }
    case .silu: each { $0 * sigmoid($0) }
    case .exp: each(fastExp)
    case .log: each { Foundation.log($0) }
    case .reciprocal: each { 1 / $0 }
    case .square: each { $0 * $0 }
    case .absolute: each { abs($0) }
    case .leaky(let slope): each { $0 < 0 ? slope * $0 : $0 }
    case .clip(let low, let high): each { $0 < low ? low : $0 > high ? high : $0 }
    case .affine(let scale, let shift): each { scale * $0 + shift }
    }
  }

  public func bend(
    _ slopes: MutableFloats, by output: Floats, _ count: Int, _ columns: Int,
    _ activation: Activation, sums: MutableFloats?
  ) {
    mapSlopes(output, output, slopes, slopes, count * columns, activation)
    if let sums { addColumnSums(slopes, count, columns, to: sums) }
  }

  public func mapSlopes(
    _ input: Floats, _ output: Floats, _ slopeOfOutput: Floats, _ slopes: MutableFloats,
    _ count: Int, _ activation: Activation
  ) {
    // `body`: the slope times the derivative at an input with its output.
    @inline(__always) func each(_ body: (_ slope: Float, _ x: Float, _ y: Float) -> Float) {
      if slopeOfOutput == UnsafePointer(slopes) {
        for index in 0..<count { slopes[index] = body(slopes[index], input[index], output[index]) }
      } else {
        for index in 0..<count {
          slopes[index] = body(slopeOfOutput[index], input[index], output[index])
        }
      }
    }
    switch activation {
    case .none:
      if slopeOfOutput != UnsafePointer(slopes) {
        slopes.update(from: slopeOfOutput, count: count)
      }
    case .relu: each { slope, _, y in y > 0 ? slope : 0 }
    case .tanh: each { slope, _, y in slope * (1 - y * y) }
    case .sigmoid: each { slope, _, y in slope * (y * (1 - y)) }
    case .softplus: each { slope, x, _ in slope * sigmoid(x) }
    case .elu: each { slope, _, y in y < 0 ? slope * (y + 1) : slope }
    case .silu:
      each { slope, x, _ in
        let gate = sigmoid(x)
        return slope * gate * (1 + x * (1 - gate))
      }
    case .exp: each { slope, _, y in slope * y }
    case .log: each { slope, x, _ in slope / x }
    case .reciprocal: each { slope, _, y in -slope * y * y }
    case .square: each { slope, x, _ in slope * 2 * x }
    case .absolute: each { slope, x, _ in x > 0 ? slope : x < 0 ? -slope : 0 }
    case .leaky(let factor): each { slope, x, _ in x < 0 ? factor * slope : slope }
    case .clip(let low, let high): each { slope, x, _ in x < low || x > high ? 0 : slope }
    case .affine(let scale, _): each { slope, _, _ in scale * slope }
    }
  }

  // MARK: Two values

  public func combine(
    _ rule: Combination, _ shape: Broadcast, rows: Int, _ a: Floats, _ b: Floats,
    _ output: MutableFloats
  ) {
    @inline(__always) func each(_ body: (Float, Float) -> Float) {
      if shape.isPlain {
        for index in 0..<rows * shape.count { output[index] = body(a[index], b[index]) }
        return
      }
      shape.forEachLine(rows) { line in
        let (a, b, output) = (a + line.a, b + line.b, output + line.output)
        for index in 0..<line.count {
          output[index] = body(a[index * line.stepA], b[index * line.stepB])
        }
      }
    }
    switch rule {
    case .sum: each { $0 + $1 }
    case .difference: each { $0 - $1 }
    case .product: each { $0 * $1 }
    }
  }

  public func combineSlopes(
    _ rule: Combination, _ shape: Broadcast, isFirst: Bool, rows: Int, _ other: Floats,
    slopeOfOutput: Floats, _ slopes: MutableFloats
  ) {
    slopes.update(repeating: 0, count: rows * (isFirst ? shape.countA : shape.countB))
    shape.forEachLine(rows) { line in
      let (mine, step) = isFirst ? (line.a, line.stepA) : (line.b, line.stepB)
      let (others, otherStep) = isFirst ? (line.b, line.stepB) : (line.a, line.stepA)
      let (slope, other, target) = (slopeOfOutput + line.output, other + others, slopes + mine)
      for index in 0..<line.count {
        var part = slope[index]
        switch rule {
        case .sum: break
        case .difference: part = isFirst ? part : -part
        case .product: part *= other[index * otherStep]
        }
        target[index * step] += part
      }
    }
  }

  public func permute(
    _ order: Permutation, rows: Int, _ input: Floats, _ output: MutableFloats
  ) {
    let last = order.shape.count - 1
    let (width, step) = (order.shape[last], order.steps[last])
    var place = [Int](repeating: 0, count: order.shape.count)
    for row in 0..<rows {
      let base = input + row * order.count
      for line in 0..<order.count / max(width, 1) {
        place.unravel(line, order.shape[..<last])
        var source = base
        for axis in 0..<last { source += place[axis] * order.steps[axis] }
        let target = output + row * order.count + line * width
        for index in 0..<width { target[index] = source[index * step] }
      }
    }
  }
}

/// A line of the last axis of two values that meet, and the floats before it.
private struct Line {
  let output, a, b, count, stepA, stepB: Int
}

extension Broadcast {
  @inline(__always) fileprivate func forEachLine(_ rows: Int, _ body: (Line) -> Void) {
    let last = shape.count - 1
    let width = shape[last]
    var place = [Int](repeating: 0, count: shape.count)
    for row in 0..<rows {
      for line in 0..<count / max(width, 1) {
        place.unravel(line, shape[..<last])
        var (a, b) = (row * countA, row * countB)
        for axis in 0..<last {
          a += place[axis] * stepsA[axis]
          b += place[axis] * stepsB[axis]
        }
        body(
          Line(
            output: row * count + line * width, a: a, b: b, count: width, stepA: stepsA[last],
            stepB: stepsB[last]))
      }
    }
  }
}

extension [Int] {
  /// Writes the place along each axis of element `number` of `shape`.
  fileprivate mutating func unravel(_ number: Int, _ shape: ArraySlice<Int>) {
    var rest = number
    for axis in shape.indices.reversed() {
      self[axis] = rest % shape[axis]
      rest /= shape[axis]
    }
  }
}
