extension CPU {
  /// Rows unfolded at a time: few enough for the cache, enough for the product.
  static let few = 4

  public func scratch(_ window: Window) -> Int {
    2 * Self.few * window.positions * window.patch
  }

  public func convolve(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, bias: Floats?,
    _ output: MutableFloats, _ activation: Activation, scratch: MutableFloats
  ) {
    forEachFew(rows) { first, count in
      window.unfold(input + first * window.inputCount, into: scratch, count: count)
      let (lines, output) = (count * window.positions, output + first * window.outputCount)
      multiply(Product(lines, window.filters, window.patch), scratch, weights, output)
      finish(output, lines, window.filters, bias: bias, activation)
    }
  }

  public func convolveSlopes(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, slopeOfOutput: Floats,
    gradient: MutableFloats?, _ slopes: MutableFloats?, scratch: MutableFloats
  ) {
    let folded = scratch + Self.few * window.positions * window.patch
    forEachFew(rows) { first, count in
      let (lines, slope) = (count * window.positions, slopeOfOutput + first * window.outputCount)
      if let gradient {
        window.unfold(input + first * window.inputCount, into: scratch, count: count)
        let product = Product(window.patch, window.filters, lines, transposesA: true, beta: 1)
        multiply(product, scratch, slope, gradient)
      }
      guard let slopes else { return }
      let product = Product(lines, window.patch, window.filters, transposesB: true)
      multiply(product, slope, weights, folded)
      window.fold(folded, into: slopes + first * window.inputCount, count: count)
    }
  }

  private func forEachFew(_ rows: Int, _ body: (_ first: Int, _ count: Int) -> Void) {
    for first in Swift.stride(from: 0, to: rows, by: Self.few) {
      body(first, min(Self.few, rows - first))
    }
  }
}

extension Window {
  /// Patches, [row, column, channel] each, one after the other; zeros outside the picture.
  fileprivate func unfold(_ input: Floats, into target: MutableFloats, count: Int) {
    let run = kernel * channels
    var out = target
    if !isInside { target.update(repeating: 0, count: count * positions * patch) }
    forEachPatch(count) { patch in
      var row = input + patch.corner
      out += patch.rows.lowerBound * run
      for _ in patch.rows {
        (out + patch.first).update(from: row + patch.first, count: patch.count)
        out += run
        row += width * channels
      }
      out += (kernel - patch.rows.upperBound) * run
    }
  }

  /// The reverse of unfolding: sums what overlapping patches say of a number.
  fileprivate func fold(_ patches: Floats, into input: MutableFloats, count: Int) {
    let run = kernel * channels
    input.update(repeating: 0, count: count * inputCount)
    var source = patches
    forEachPatch(count) { patch in
      var row = input + patch.corner
      source += patch.rows.lowerBound * run
      for _ in patch.rows {
        for index in patch.first..<patch.first + patch.count { row[index] += source[index] }
        source += run
        row += width * channels
      }
      source += (kernel - patch.rows.upperBound) * run
    }
  }

  fileprivate struct Patch {
    /// Place of its first number in the first row that lies in the picture; that number itself may
    /// lie outside.
    let corner: Int
    let rows: Range<Int>
    /// Numbers of each row that lie in the picture.
    let first, count: Int
  }

  @inline(__always) fileprivate func forEachPatch(_ count: Int, _ body: (Patch) -> Void) {
    if isInside {
      for row in 0..<count {
        for y in 0..<outputHeight {
          for x in 0..<outputWidth {
            let corner = row * inputCount + (y * width + x) * stride * channels
            body(Patch(corner: corner, rows: 0..<kernel, first: 0, count: kernel * channels))
          }
        }
      }
      return
    }
    for row in 0..<count {
      for y in 0..<outputHeight {
        let (rows, top) = inside(y * stride - self.top, height)
        for x in 0..<outputWidth {
          let (columns, _) = inside(x * stride - left, width)
          body(
            Patch(
              corner: row * inputCount + (top * width + x * stride - left) * channels, rows: rows,
              first: columns.lowerBound * channels, count: columns.count * channels))
        }
      }
    }
  }

  /// Numbers of a window from `first` on that lie in 0..<size, and the place of the first of them.
  @inline(__always) private func inside(_ first: Int, _ size: Int) -> (Range<Int>, Int) {
    let lower = max(0, -first)
    return (lower..<max(lower, min(kernel, size - first)), first + lower)
  }

  /// By output position: rows and columns of the picture under the window.
  fileprivate func forEachPosition(_ body: (_ position: Int, Range<Int>, Range<Int>) -> Void) {
    for y in 0..<outputHeight {
      for x in 0..<outputWidth {
        let (rows, top) = inside(y * stride - self.top, height)
        let (columns, first) = inside(x * stride - left, width)
        body(y * outputWidth + x, top..<top + rows.count, first..<first + columns.count)
      }
    }
  }
}

// MARK: Pooling

extension CPU {
  public func pool(
    _ kind: Pooling, _ window: Window, rows: Int, _ input: Floats, _ output: MutableFloats
  ) {
    let channels = window.channels
    for row in 0..<rows {
      let (picture, target) = (
        input + row * window.inputCount, output + row * window.positions * channels
      )
      window.forEachPosition { position, ys, xs in
        let most = target + position * channels
        let start: Float = kind == .most ? -.infinity : 0
        most.update(repeating: start, count: channels)
        let share = 1 / Float(max(ys.count * xs.count, 1))
        for y in ys {
          for x in xs {
            let numbers = picture + (y * window.width + x) * channels
            switch kind {
            case .most:
              // What is not a number stays so.
              for index in 0..<channels { most[index] = larger(numbers[index], most[index]) }
            case .mean: for index in 0..<channels { most[index] += numbers[index] * share }
            }
          }
        }
      }
    }
  }

  /// A maximum's slope goes to the first of the largest.
  public func poolSlopes(
    _ kind: Pooling, _ window: Window, rows: Int, _ input: Floats, _ output: Floats,
    slopeOfOutput: Floats, _ slopes: MutableFloats
  ) {
    let channels = window.channels
    slopes.update(repeating: 0, count: rows * window.inputCount)
    for row in 0..<rows {
      let first = row * window.inputCount
      window.forEachPosition { position, ys, xs in
        let place = (row * window.positions + position) * channels
        let share = 1 / Float(max(ys.count * xs.count, 1))
        for channel in 0..<channels {
          let slope = slopeOfOutput[place + channel]
          search: for y in ys {
            for x in xs {
              let index = first + (y * window.width + x) * channels + channel
              if kind == .mean {
                slopes[index] += slope * share
              } else if input[index] == output[place + channel] {
                slopes[index] += slope
                break search
              }
            }
          }
        }
      }
    }
  }

  @inline(__always) private func larger(_ number: Float, _ most: Float) -> Float {
    number > most || number.isNaN ? number : most
  }
}
