import CLanes

/// Convolutions as matrix products whose left factor is the picture where it lies: `lanes_multiply`.
///
/// Positions at an edge, where a window leaves the picture, meet fewer taps than those inside: each
/// stretch of positions that meets the same taps is a product of its own; no zero is multiplied.
extension CPU {
  public func scratch(_ window: Window) -> Int {
    let lines = max(window.patch, Self.group(window) * window.positions)
    let padded = Self.isPadded(window.filters) ? lines * Self.line(window.filters) : 0
    return Self.turned(window) + padded
  }

  public func convolve(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, bias: Floats?,
    _ output: MutableFloats, _ activation: Activation, scratch: MutableFloats
  ) {
    let filters = window.filters
    let weights = padded(weights, window.patch, filters, scratch)
    let line = Self.line(filters)
    forEachGroup(window, rows) { first, count in
      let (input, output) = (input + first * window.inputCount, output + first * window.outputCount)
      window.vertical.forEachStretch { ys, rows in
        window.horizontal.forEachStretch { xs, columns in
          var product = lanes_product()
          product.rows = window.positions(ys, xs, count, filters)
          product.sum = window.taps(rows, columns, line)
          product.columns = filters
          product.a = input + window.place(ys.lowerBound, xs.lowerBound, rows, columns)
          product.b = weights + window.tap(rows, columns) * line
          product.c = output + window.output(ys.lowerBound, xs.lowerBound)
          product.bias = bias
          product.cuts = activation == .relu
          lanes_multiply(&product)
        }
      }
      if activation != .relu {
        map(output, output, count * window.outputCount, activation)
      }
    }
  }

  public func convolveSlopes(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, slopeOfOutput: Floats,
    gradient: MutableFloats?, _ slopes: MutableFloats?, scratch: MutableFloats
  ) {
    if slopes != nil { window.turn(weights, into: scratch, Self.line(window.channels)) }
    let spare = scratch + Self.turned(window)
    forEachGroup(window, rows) { first, count in
      let slope = slopeOfOutput + first * window.outputCount
      if let gradient {
        let lines = padded(slope, count * window.positions, window.filters, spare)
        addGradient(window, count, input + first * window.inputCount, lines, gradient)
      }
      if let slopes {
        writeSlopes(window, count, slope, scratch, slopes + first * window.inputCount)
      }
    }
  }

  /// Rows of the gradient are taps, sums run over positions.
  private func addGradient(
    _ window: Window, _ count: Int, _ input: Floats, _ slope: Floats, _ gradient: MutableFloats
  ) {
    let (filters, line) = (window.filters, Self.line(window.filters))
    window.vertical.forEachTapStretch { rows, ys in
      window.horizontal.forEachTapStretch { columns, xs in
        var product = lanes_product()
        product.rows = window.taps(rows, columns, filters)
        product.sum = window.positions(ys, xs, count, line)
        product.columns = filters
        product.a = input + window.place(ys.lowerBound, xs.lowerBound, rows, columns)
        product.b = slope + (ys.lowerBound * window.outputWidth + xs.lowerBound) * line
        product.c = gradient + window.tap(rows, columns) * filters
        product.adds = true
        lanes_multiply(&product)
      }
    }
  }

  /// Numbers of the picture whose places leave the same rest when divided by the stride meet the same
  /// taps, the later the nearer: a convolution with each rest's turned weights.
  private func writeSlopes(
    _ window: Window, _ count: Int, _ slope: Floats, _ turned: Floats, _ slopes: MutableFloats
  ) {
    var weights = turned
    for number in 0..<window.stride * window.stride {
      let y = window.vertical.rest(number / window.stride)
      let x = window.horizontal.rest(number % window.stride)
      y.forEachStretch { ys, rows in
        x.forEachStretch { xs, columns in
          var product = window.slopes(ys.count, xs.count, count, rows, columns)
          let line = product.sum.other.0
          product.sum.other.1 = x.taps * window.filters * line
          product.a = slope + window.output(y.output(ys, rows), x.output(xs, columns))
          product.b =
            weights + (rows.lowerBound * x.taps + columns.lowerBound) * window.filters * line
          let place = y.place(ys.lowerBound) * window.width + x.place(xs.lowerBound)
          product.c = slopes + place * window.channels
          lanes_multiply(&product)
        }
      }
      weights += y.taps * x.taps * window.filters * CPU.line(window.channels)
    }
  }

  // MARK: Lines of factors

  /// Pictures whose positions are summed at once: few enough for the cache.
  private static func group(_ window: Window) -> Int { max(1, 320 / max(window.positions, 1)) }

  private func forEachGroup(
    _ window: Window, _ rows: Int, _ body: (_ first: Int, _ count: Int) -> Void
  ) {
    let group = Self.group(window)
    for first in stride(from: 0, to: rows, by: group) { body(first, min(group, rows - first)) }
  }

  /// Kernels read lines of whole vectors.
  fileprivate static func line(_ columns: Int) -> Int {
    let floats = lanes_floats()
    return (columns + floats - 1) / floats * floats
  }

  private static func isPadded(_ columns: Int) -> Bool { line(columns) != columns }

  /// Floats of all turned weights.
  private static func turned(_ window: Window) -> Int {
    window.kernel * window.kernel * window.filters * line(window.channels)
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
    _ ys: Int, _ xs: Int, _ count: Int, _ rows: Range<Int>, _ columns: Range<Int>
  ) -> lanes_product {
    var product = lanes_product()
    let row = outputWidth * filters
    product.rows = lanes_axes(
      count: (xs, ys, count), a: (filters, row, outputCount),
      other: (stride * channels, stride * width * channels, inputCount))
    product.sum = lanes_axes(
      count: (columns.count * filters, rows.count, 1), a: (1, row, 0),
      other: (CPU.line(channels), 0, 0))
    product.columns = channels
    return product
  }

  /// Weights by the rests of both axes, the last tap first: [rest, row, column, filter, channel].
  fileprivate func turn(_ weights: Floats, into turned: MutableFloats, _ line: Int) {
    var target = turned
    for number in 0..<stride * stride {
      let (y, x) = (vertical.rest(number / stride), horizontal.rest(number % stride))
      for place in 0..<y.taps * x.taps {
        let tap = y.tap(place / x.taps) * kernel + x.tap(place % x.taps)
        lanes_flip(
          weights + tap * channels * filters, channels, filters, filters, target, line)
        target += filters * line
      }
    }
  }
}
