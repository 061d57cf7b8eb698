import Foundation

extension CPU {
  public func reduce(_ shape: Axis, scale: Float, _ input: Floats, _ output: MutableFloats) {
    let inner = shape.inner
    for outer in 0..<shape.outer {
      let (source, target) = (input + outer * shape.count * inner, output + outer * inner)
      if inner == 1 {
        target[0] = sum(shape.count) { source[$0] } * scale
        continue
      }
      target.update(repeating: 0, count: inner)
      for line in 0..<shape.count {
        let numbers = source + line * inner
        for index in 0..<inner { target[index] += numbers[index] }
      }
      for index in 0..<inner { target[index] *= scale }
    }
  }

  public func spread(_ shape: Axis, scale: Float, _ input: Floats, _ output: MutableFloats) {
    let inner = shape.inner
    for outer in 0..<shape.outer {
      let (source, target) = (input + outer * inner, output + outer * shape.count * inner)
      for line in 0..<shape.count {
        let numbers = target + line * inner
        for index in 0..<inner { numbers[index] = source[index] * scale }
      }
    }
  }

  public func softmax(
    _ shape: Axis, isLogarithm: Bool, _ input: Floats, _ output: MutableFloats
  ) {
    let (count, inner) = (shape.count, shape.inner)
    if inner == 1 { return softmaxRows(shape, isLogarithm, input, output) }
    withColumns(inner) { most, total in
      for outer in 0..<shape.outer {
        let (source, target) = (
          input + outer * count * inner, output + outer * count * inner
        )
        most.update(from: source, count: inner)
        for line in 1..<max(count, 1) {
          let numbers = source + line * inner
          for index in 0..<inner {
            most[index] = numbers[index] > most[index] ? numbers[index] : most[index]
          }
        }
        total.update(repeating: 0, count: inner)
        for line in 0..<count {
          let (numbers, results) = (source + line * inner, target + line * inner)
          for index in 0..<inner {
            results[index] = fastExp(numbers[index] - most[index])
            total[index] += results[index]
          }
        }
        finishSoftmax(count, inner, source, target, most, total, isLogarithm)
      }
    }
  }

  @inline(__always) private func finishSoftmax(
    _ count: Int, _ inner: Int, _ source: Floats, _ target: MutableFloats, _ most: MutableFloats,
    _ total: MutableFloats, _ isLogarithm: Bool
  ) {
    for index in 0..<inner {
      total[index] = isLogarithm ? most[index] + log(total[index]) : 1 / total[index]
    }
    for line in 0..<count {
      let (numbers, results) = (source + line * inner, target + line * inner)
      if isLogarithm {
        for index in 0..<inner { results[index] = numbers[index] - total[index] }
      } else {
        for index in 0..<inner { results[index] *= total[index] }
      }
    }
  }

  /// Of neighbours.
  private func softmaxRows(
    _ shape: Axis, _ isLogarithm: Bool, _ input: Floats, _ output: MutableFloats
  ) {
    let count = shape.count
    for row in 0..<shape.outer {
      let (source, target) = (input + row * count, output + row * count)
      let most = largest(source, count)
      for index in 0..<count { target[index] = fastExp(source[index] - most) }
      let total = sum(count) { target[$0] }
      if isLogarithm {
        let less = most + log(total)
        for index in 0..<count { target[index] = source[index] - less }
      } else {
        let share = 1 / total
        for index in 0..<count { target[index] *= share }
      }
    }
  }

  /// y (slope - sum of y slope); of logarithms: slope - e^y sum of slope.
  public func softmaxSlopes(
    _ shape: Axis, isLogarithm: Bool, _ output: Floats, slopeOfOutput: Floats,
    _ slopes: MutableFloats
  ) {
    let (count, inner) = (shape.count, shape.inner)
    if inner == 1 { return softmaxRowSlopes(shape, isLogarithm, output, slopeOfOutput, slopes) }
    withColumns(inner) { total, _ in
      for outer in 0..<shape.outer {
        let first = outer * count * inner
        total.update(repeating: 0, count: inner)
        for line in 0..<count {
          let place = first + line * inner
          for index in 0..<inner {
            let slope = slopeOfOutput[place + index]
            total[index] += isLogarithm ? slope : slope * output[place + index]
          }
        }
        for line in 0..<count {
          let place = first + line * inner
          for index in 0..<inner {
            let (y, slope) = (output[place + index], slopeOfOutput[place + index])
            slopes[place + index] =
              isLogarithm ? slope - fastExp(y) * total[index] : y * (slope - total[index])
          }
        }
      }
    }
  }

  private func softmaxRowSlopes(
    _ shape: Axis, _ isLogarithm: Bool, _ output: Floats, _ slopeOfOutput: Floats,
    _ slopes: MutableFloats
  ) {
    let count = shape.count
    for row in 0..<shape.outer {
      let first = row * count
      let (y, slope, target) = (output + first, slopeOfOutput + first, slopes + first)
      if isLogarithm {
        let total = sum(count) { slope[$0] }
        for index in 0..<count { target[index] = slope[index] - fastExp(y[index]) * total }
      } else {
        let total = sum(count) { slope[$0] * y[$0] }
        for index in 0..<count { target[index] = y[index] * (slope[index] - total) }
      }
    }
  }

  public func normalize(
    _ count: Int, _ columns: Int, epsilon: Float, _ input: Floats, gain: Floats, bias: Floats,
    _ output: MutableFloats
  ) {
    for row in 0..<count {
      let (source, target) = (input + row * columns, output + row * columns)
      let (mean, scale) = moments(source, columns, epsilon)
      for index in 0..<columns {
        target[index] = (source[index] - mean) * scale * gain[index] + bias[index]
      }
    }
  }

  /// With z = (x - mean) / deviation and g = slope gain: (g - mean g - z mean(g z)) / deviation.
  public func normalizeSlopes(
    _ count: Int, _ columns: Int, epsilon: Float, _ input: Floats, gain: Floats,
    slopeOfOutput: Floats, gradients: (gain: MutableFloats, bias: MutableFloats)?,
    _ slopes: MutableFloats?
  ) {
    for row in 0..<count {
      let (source, slope) = (input + row * columns, slopeOfOutput + row * columns)
      let (mean, scale) = moments(source, columns, epsilon)
      if let gradients {
        for index in 0..<columns {
          gradients.gain[index] += slope[index] * (source[index] - mean) * scale
          gradients.bias[index] += slope[index]
        }
      }
      guard let target = slopes.map({ $0 + row * columns }) else { continue }
      let average = sum(columns) { slope[$0] * gain[$0] } / Float(columns)
      let along =
        sum(columns) { slope[$0] * gain[$0] * (source[$0] - mean) * scale } / Float(columns)
      for index in 0..<columns {
        let z = (source[index] - mean) * scale
        target[index] = (slope[index] * gain[index] - average - z * along) * scale
      }
    }
  }

  private func moments(
    _ numbers: Floats, _ count: Int, _ epsilon: Float
  ) -> (mean: Float, scale: Float) {
    let mean = sum(count) { numbers[$0] } / Float(count)
    let variance = sum(count) { (numbers[$0] - mean) * (numbers[$0] - mean) } / Float(count)
    return (mean, 1 / (variance + epsilon).squareRoot())
  }

  /// In 16 partial sums, which vectors can hold.
  @inline(__always) private func sum(_ count: Int, _ number: (Int) -> Float) -> Float {
    var (sums, index) = (SIMD16<Float>.zero, 0)
    while index + 16 <= count {
      var part = SIMD16<Float>()
      for lane in 0..<16 { part[lane] = number(index + lane) }
      sums += part
      index += 16
    }
    var total = sums.sum()
    while index < count {
      total += number(index)
      index += 1
    }
    return total
  }

  private func largest(_ numbers: Floats, _ count: Int) -> Float {
    var (most, index) = (numbers[0], 0)
    if count >= 16 {
      var mosts = SIMD16<Float>(repeating: most)
      while index + 16 <= count {
        let part = UnsafeRawPointer(numbers + index).loadUnaligned(as: SIMD16<Float>.self)
        mosts.replace(with: part, where: part .> mosts)
        index += 16
      }
      most = mosts.max()
    }
    while index < count {
      most = numbers[index] > most ? numbers[index] : most
      index += 1
    }
    return most
  }

  private func withColumns(
    _ count: Int, _ body: (_ first: MutableFloats, _ second: MutableFloats) -> Void
  ) {
    withRoom(2 * count) { body($0, $0 + count) }
  }

  /// Working memory.
  func withRoom(_ count: Int, _ body: (MutableFloats) -> Void) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(count, 1)) {
      body($0.baseAddress!)
    }
  }

  // MARK: Lines

  public func gather(
    _ table: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ output: MutableFloats
  ) {
    for index in 0..<count {
      let line = nearest(numbers[index], lines)
      (output + index * width).update(from: table + line * width, count: width)
    }
  }

  public func scatter(
    _ rows: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ table: MutableFloats
  ) {
    for index in 0..<count {
      let (line, row) = (table + nearest(numbers[index], lines) * width, rows + index * width)
      for column in 0..<width { line[column] += row[column] }
    }
  }

  /// A line that there is, whatever the number; what is none is the first.
  private func nearest(_ number: Float, _ lines: Int) -> Int {
    number > 0 ? Int(min(number, Float(lines - 1))) : 0
  }

  public func pick(
    _ tables: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ output: MutableFloats
  ) {
    for row in 0..<count {
      gather(
        tables + row * lines * width, lines, width, numbers + row, 1, output + row * width)
    }
  }

  public func pickSlopes(
    _ slopeOfOutput: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ tables: MutableFloats
  ) {
    clear(tables, count * lines * width)
    for row in 0..<count {
      scatter(
        slopeOfOutput + row * width, lines, width, numbers + row, 1,
        tables + row * lines * width)
    }
  }

  public func copyBlocks(
    _ count: Int, _ size: Int, _ source: Floats, spacing: Int, _ target: MutableFloats,
    spacing targetSpacing: Int, adds: Bool
  ) {
    for block in 0..<count {
      let (from, to) = (source + block * spacing, target + block * targetSpacing)
      if adds {
        for index in 0..<size { to[index] += from[index] }
      } else {
        to.update(from: from, count: size)
      }
    }
  }
}
