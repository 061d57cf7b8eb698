import CLanes

/// Convolutions as matrix products whose left factor is the picture where it lies: `lanes_multiply`.
///
/// Positions at an edge, where a window leaves the picture, meet fewer taps than those inside: each
/// stretch of positions that meets the same taps is a product of its own; no zero is multiplied.
extension CPU {
  public func scratch(_ window: Window) -> Int {
    isPaired(window) ? PairedScratch.count(window) : Self.turned(window) + Self.paddedCount(window)
  }

  public func convolve(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, bias: Floats?,
    _ output: MutableFloats, _ activation: Activation, scratch: MutableFloats
  ) {
    let filters = window.filters
    let paired = isPaired(window) ? PairedScratch(window, scratch) : nil
    let line = Self.line(filters, isPaired: paired != nil)
    let weights =
      paired?.pair(weights, window.patch, filters)
      ?? .floats(padded(weights, window.patch, filters, scratch))
    forEachGroup(window, rows) { first, count in
      let (input, output) = (input + first * window.inputCount, output + first * window.outputCount)
      let picture = paired?.round(input, count * window.inputCount) ?? .floats(input)
      window.forEachStretch { ys, xs, rows, columns in
        var product = lanes_product()
        product.rows = window.positions(ys, xs, count, filters)
        product.sum = window.taps(rows, columns, line)
        product.columns = filters
        product.c = output + window.output(ys.lowerBound, xs.lowerBound)
        product.bias = bias
        product.cuts = activation == .relu
        multiply(
          &product, picture, window.place(ys.lowerBound, xs.lowerBound, rows, columns),
          weights, window.tap(rows, columns) * line)
      }
      if activation != .relu {
        map(output, output, count * window.outputCount, activation)
      }
    }
  }

  public func convolveSlopes(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, output: Floats,
    _ activation: Activation, slopeOfOutput: MutableFloats, gradient: MutableFloats?,
    bias: MutableFloats?, _ slopes: MutableFloats?, scratch: MutableFloats
  ) {
    bend(
      slopeOfOutput, by: output, rows * window.positions, window.filters, activation, sums: bias)
    let paired = isPaired(window) ? PairedScratch(window, scratch) : nil
    let turned = slopes.map { _ in
      paired?.turn(weights) ?? .floats(turn(window, weights, into: scratch))
    }
    forEachGroup(window, rows) { first, count in
      let input = input + first * window.inputCount
      let slope = Floats(slopeOfOutput + first * window.outputCount)
      if let gradient {
        if let paired {
          addGradient(window, count, input, slope, gradient, paired)
        } else {
          let spare = scratch + Self.turned(window)
          let lines = padded(slope, count * window.positions, window.filters, spare)
          addGradient(window, count, input, lines, gradient)
        }
      }
      if let slopes, let turned {
        writeSlopes(
          window, count, paired?.round(slope, count * window.outputCount) ?? .floats(slope),
          turned, Self.line(window.channels, isPaired: paired != nil),
          slopes + first * window.inputCount)
      }
    }
  }

  /// Rows of the gradient are taps, sums run over positions.
  private func addGradient(
    _ window: Window, _ count: Int, _ input: Floats, _ slope: Floats, _ gradient: MutableFloats
  ) {
    let (filters, line) = (window.filters, Self.line(window.filters))
    window.forEachTapStretch { rows, columns, ys, xs in
      var product = lanes_product()
      product.rows = window.taps(rows, columns, filters)
      product.sum = window.positions(ys, xs, count, line)
      product.columns = filters
      product.c = gradient + window.tap(rows, columns) * filters
      product.adds = true
      lanes_multiply(
        &product, input + window.place(ys.lowerBound, xs.lowerBound, rows, columns),
        slope + (ys.lowerBound * window.outputWidth + xs.lowerBound) * line)
    }
  }

  /// The same of pairs of neighbouring positions: of numbers a stride apart in the picture, and of
  /// lines of slopes.
  private func addGradient(
    _ window: Window, _ count: Int, _ input: Floats, _ slope: Floats, _ gradient: MutableFloats,
    _ scratch: PairedScratch
  ) {
    let (filters, line) = (window.filters, Self.line(window.filters, isPaired: true))
    let picture = scratch.pairPositions(input, count)
    var (words, paired) = (scratch.slopes, 0..<0)
    window.forEachTapStretch { rows, columns, ys, xs in
      if paired != xs {
        words = scratch.pairSlopes(slope, count, xs)
        paired = xs
      }
      let pairs = (xs.count + 1) / 2
      var product = lanes_product()
      product.rows = window.taps(rows, columns, filters)
      product.sum = window.positions(ys, 0..<pairs, count, line)
      // A word is two halves, a pair two positions.
      product.rows.a = (2, 2 * product.rows.a.1, 0)
      let (x, y, z) = product.sum.a
      product.sum.a = (4 * x, 2 * y, 2 * z)
      product.sum.other = (line, pairs * line, window.outputHeight * pairs * line)
      product.columns = filters
      product.c = gradient + window.tap(rows, columns) * filters
      product.adds = true
      lanes_multiply_pairs(
        &product, picture + 2 * window.place(ys.lowerBound, xs.lowerBound, rows, columns),
        words + ys.lowerBound * pairs * line)
    }
  }

  /// Numbers of the picture whose places leave the same rest when divided by the stride meet the same
  /// taps, the later the nearer: a convolution with each rest's turned weights.
  private func writeSlopes(
    _ window: Window, _ count: Int, _ slope: Factors, _ turned: Factors, _ line: Int,
    _ slopes: MutableFloats
  ) {
    var first = 0
    for number in 0..<window.stride * window.stride {
      let y = window.vertical.rest(number / window.stride)
      let x = window.horizontal.rest(number % window.stride)
      y.forEachStretch { ys, rows in
        x.forEachStretch { xs, columns in
          var product = window.slopes(ys.count, xs.count, count, rows, columns, line)
          product.sum.other.1 = x.taps * window.filters * line
          let place = y.place(ys.lowerBound) * window.width + x.place(xs.lowerBound)
          product.c = slopes + place * window.channels
          multiply(
            &product, slope, window.output(y.output(ys, rows), x.output(xs, columns)), turned,
            first + (rows.lowerBound * x.taps + columns.lowerBound) * window.filters * line)
        }
      }
      first += y.taps * x.taps * window.filters * line
    }
  }

  // MARK: Lines of factors

  /// Pictures whose positions are summed at once: few enough for the cache.
  static func group(_ window: Window) -> Int { max(1, 320 / max(window.positions, 1)) }

  private func forEachGroup(
    _ window: Window, _ rows: Int, _ body: (_ first: Int, _ count: Int) -> Void
  ) {
    let group = Self.group(window)
    for first in stride(from: 0, to: rows, by: group) { body(first, min(group, rows - first)) }
  }

  /// Kernels read lines of whole vectors; those of pairs have sixteen columns.
  static func line(_ columns: Int, isPaired: Bool = false) -> Int {
    let vector = isPaired ? 16 : lanes_floats()
    return (columns + vector - 1) / vector * vector
  }

  private static func isPadded(_ columns: Int) -> Bool { line(columns) != columns }

  /// Floats of lines that are longer than those of the arrays.
  private static func paddedCount(_ window: Window) -> Int {
    if !isPadded(window.filters) { return 0 }
    return max(window.patch, group(window) * window.positions) * line(window.filters)
  }

  /// Floats of all turned weights.
  private static func turned(_ window: Window) -> Int {
    window.kernel * window.kernel * window.filters * line(window.channels)
  }

  /// [tap, filter, channel], lines of whole vectors.
  private func turn(
    _ window: Window, _ weights: Floats, into turned: MutableFloats
  ) -> Floats {
    let (channels, filters, line) = (
      window.channels, window.filters, Self.line(window.channels)
    )
    window.forEachTurnedTap { number, tap in
      lanes_flip(
        weights + tap * channels * filters, channels, filters, filters,
        turned + number * filters * line, line)
    }
    return Floats(turned)
  }

  private func padded(
    _ lines: Floats, _ count: Int, _ columns: Int, _ scratch: MutableFloats
  ) -> Floats {
    if !Self.isPadded(columns) { return lines }
    copyBlocks(
      count, columns, lines, spacing: columns, scratch, spacing: Self.line(columns), adds: false)
    return Floats(scratch)
  }
}

extension Window {
  /// Output positions; their corners in the picture, and lines of the output.
  fileprivate func positions(
    _ ys: Range<Int>, _ xs: Range<Int>, _ count: Int, _ line: Int
  ) -> lanes_axes {
    lanes_axes(
      count: (xs.count, ys.count, count),
      a: (stride * channels, stride * width * channels, inputCount),
      other: (line, outputWidth * line, positions * line))
  }

  /// Numbers under a window, and lines of the weights.
  fileprivate func taps(
    _ rows: Range<Int>, _ columns: Range<Int>, _ line: Int
  ) -> lanes_axes {
    lanes_axes(
      count: (columns.count * channels, rows.count, 1), a: (1, width * channels, 0),
      other: (line, kernel * channels * line, 0))
  }

  /// The first number under the window at an output position.
  fileprivate func place(_ y: Int, _ x: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Int {
    let (row, column) = (
      y * stride - top + rows.lowerBound, x * stride - left + columns.lowerBound
    )
    return (row * width + column) * channels
  }

  /// Line of the weights.
  fileprivate func tap(_ rows: Range<Int>, _ columns: Range<Int>) -> Int {
    (rows.lowerBound * kernel + columns.lowerBound) * channels
  }

  fileprivate func output(_ y: Int, _ x: Int) -> Int { (y * outputWidth + x) * filters }

  /// Places of the picture, a stride apart, and what lies under their taps, of the output's slope.
  fileprivate func slopes(
    _ ys: Int, _ xs: Int, _ count: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ line: Int
  ) -> lanes_product {
    var product = lanes_product()
    let row = outputWidth * filters
    product.rows = lanes_axes(
      count: (xs, ys, count), a: (filters, row, outputCount),
      other: (stride * channels, stride * width * channels, inputCount))
    product.sum = lanes_axes(
      count: (columns.count * filters, rows.count, 1), a: (1, row, 0),
      other: (line, 0, 0))
    product.columns = channels
    return product
  }

  /// Weights' taps in the order of turned weights, [rest, row, column]: by the rests of both axes, the
  /// last tap first.
  func forEachTurnedTap(_ body: (_ number: Int, _ tap: Int) -> Void) {
    var count = 0
    for number in 0..<stride * stride {
      let (y, x) = (vertical.rest(number / stride), horizontal.rest(number % stride))
      for place in 0..<y.taps * x.taps {
        body(count, y.tap(place / x.taps) * kernel + x.tap(place % x.taps))
        count += 1
      }
    }
  }

  /// Stretches of positions that meet the same taps.
  fileprivate func forEachStretch(
    _ body: (_ ys: Range<Int>, _ xs: Range<Int>, _ rows: Range<Int>, _ columns: Range<Int>) -> Void
  ) {
    vertical.forEachStretch { ys, rows in
      horizontal.forEachStretch { xs, columns in body(ys, xs, rows, columns) }
    }
  }

  /// Stretches of taps that meet the same positions.
  fileprivate func forEachTapStretch(
    _ body: (_ rows: Range<Int>, _ columns: Range<Int>, _ ys: Range<Int>, _ xs: Range<Int>) -> Void
  ) {
    horizontal.forEachTapStretch { columns, xs in
      vertical.forEachTapStretch { rows, ys in body(rows, columns, ys, xs) }
    }
  }
}
