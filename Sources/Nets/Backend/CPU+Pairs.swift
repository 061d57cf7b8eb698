import CLanes

// Products of factors rounded to bfloat16, where the processor multiplies two at once.

/// One factor of a convolution's products.
enum Factors {
  case floats(Floats)
  /// Neighbours are paired.
  case halves(UnsafePointer<UInt16>)
  /// Neighbours of a line of their own are paired: word i of line j has those of lines 2j and 2j + 1.
  case words(UnsafePointer<UInt32>)
}

extension CPU {
  /// Whether this processor can.
  public static func has(_ precision: Precision) -> Bool {
    switch precision {
    case .float32: true
    case .tf32: false
    case .bfloat16: lanes_has_pairs()
    }
  }

  func isPaired(_ window: Window) -> Bool {
    precision == .bfloat16 && window.channels.isMultiple(of: 2)
      && window.filters.isMultiple(of: 2)
  }

  /// Places are those of floats; of words, b's are at the start of a pair of lines.
  func multiply(
    _ product: inout lanes_product, _ a: Factors, _ placeA: Int, _ b: Factors, _ placeB: Int
  ) {
    switch (a, b) {
    case (.floats(let a), .floats(let b)): lanes_multiply(&product, a + placeA, b + placeB)
    case (.halves(let a), .words(let b)):
      product.sum.count.0 /= 2
      product.sum.a.0 *= 2
      product.sum.other.1 /= 2
      product.sum.other.2 /= 2
      lanes_multiply_pairs(&product, a + placeA, b + placeB / 2)
    default: preconditionFailure("factors of two kinds")
    }
  }

  // MARK: Matrices

  /// Large enough that rounding costs less than it saves. Heads, which are narrow, stay in floats.
  func isPaired(_ product: Product) -> Bool {
    guard precision == .bfloat16, product.count == 1, product.m >= 8, product.n >= 32,
      product.k >= 32, product.beta == 0 || product.beta == 1
    else { return false }
    if product.transposesA { return !product.transposesB && product.m >= 32 }
    if product.transposesB { return product.n % 4 == 0 && product.k % 32 == 0 }
    return product.k % 2 == 0
  }

  func multiplyPaired(_ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats) {
    if product.transposesA { return multiplyColumns(product, a, b, c) }
    let (m, k) = (product.m, product.k)
    withMemory(of: UInt16.self, m * k) { halves in
      lanes_round(a, m, k, product.lineA, halves)
      if product.transposesB {
        var dots = lanes_dots(
          rows: m, columns: product.n, sum: k, line_a: k, line_b: product.lineB,
          line_c: product.lineC, c: c, adds: product.beta == 1)
        return lanes_multiply_lines_rounded(&dots, halves, b)
      }
      multiplyLines(product, halves, b, c)
    }
  }

  /// Some lines of b at a time, which stay in the cache for all rows: for many rows, their words.
  private func multiplyLines(
    _ product: Product, _ halves: UnsafePointer<UInt16>, _ b: Floats, _ c: MutableFloats
  ) {
    let (m, n, k, line) = (product.m, product.n, product.k, Self.line(product.n, isPaired: true))
    let isFlat = m <= 36 && n == line
    let most = isFlat ? 512 : 2 * min(max(1, (1 << 16) / line), 256)
    withMemory(of: UInt32.self, isFlat ? 0 : most / 2 * line) { words in
      var part = lanes_product()
      part.rows = lanes_axes(count: (m, 1, 1), a: (k, 0, 0), other: (product.lineC, 0, 0))
      (part.columns, part.c) = (n, c)
      for first in stride(from: 0, to: k, by: most) {
        let (lines, b) = (min(most, k - first), b + first * product.lineB)
        part.sum = lanes_axes(count: (lines / 2, 1, 1), a: (2, 0, 0), other: (line, 0, 0))
        part.adds = first > 0 || product.beta == 1
        if isFlat {
          part.sum.other.0 = 2 * product.lineB
          lanes_multiply_rounded(&part, halves + first, b)
        } else {
          lanes_pair_lines(b, lines, n, product.lineB, words, line)
          lanes_multiply_pairs(&part, halves + first, words)
        }
      }
    }
  }

  /// a is [k, m]: pairs are of its lines, too.
  private func multiplyColumns(
    _ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats
  ) {
    let (m, n, k) = (product.m, product.n, product.k)
    let (pairs, line) = ((k + 1) / 2, Self.line(n, isPaired: true))
    withMemory(of: UInt32.self, pairs * (m + line)) { words in
      let factors = words + pairs * m
      lanes_pair_lines(a, k, m, product.lineA, words, m)
      lanes_pair_lines(b, k, n, product.lineB, factors, line)
      var whole = lanes_product()
      whole.rows = lanes_axes(count: (m, 1, 1), a: (2, 0, 0), other: (product.lineC, 0, 0))
      whole.sum = lanes_axes(count: (pairs, 1, 1), a: (2 * m, 0, 0), other: (line, 0, 0))
      whole.columns = n
      whole.c = c
      whole.adds = product.beta == 1
      lanes_multiply_pairs(
        &whole, UnsafeRawPointer(words).assumingMemoryBound(to: UInt16.self), factors)
    }
  }

  private func withMemory<Element>(
    of type: Element.Type, _ count: Int, _ body: (UnsafeMutablePointer<Element>) -> Void
  ) {
    withUnsafeTemporaryAllocation(byteCount: count * MemoryLayout<Element>.stride, alignment: 64) {
      body($0.baseAddress!.bindMemory(to: type, capacity: count))
    }
  }
}

// MARK: Convolutions

/// Beside a convolution's arrays: its weights in words, then what a group of pictures needs.
struct PairedScratch {
  private let window: Window
  private let memory: UnsafeMutableRawPointer
  private let parts: [Int]

  init(_ window: Window, _ memory: MutableFloats) {
    self.window = window
    self.memory = UnsafeMutableRawPointer(memory)
    parts = Self.parts(window)
  }

  /// In floats.
  static func count(_ window: Window) -> Int { parts(window).reduce(0, +) }

  /// Weights in words; halves; slopes in words; the picture in words.
  private static func parts(_ window: Window) -> [Int] {
    let (group, taps) = (CPU.group(window), window.kernel * window.kernel)
    return [
      taps
        * max(
          window.channels / 2 * line(window.filters), window.filters / 2 * line(window.channels)),
      max(group * window.inputCount, group * window.outputCount, window.channels * window.filters)
        / 2,
      group * window.outputHeight * ((window.outputWidth + 1) / 2) * line(window.filters),
      group * window.inputCount,
    ]
  }

  private static func line(_ columns: Int) -> Int { CPU.line(columns, isPaired: true) }

  private func place<Element>(_ part: Int, _ type: Element.Type) -> UnsafeMutablePointer<Element> {
    (memory + 4 * parts[..<part].reduce(0, +)).assumingMemoryBound(to: type)
  }

  /// Weights by lines, [lines, columns].
  func pair(_ lines: Floats, _ count: Int, _ columns: Int) -> Factors {
    let words = place(0, UInt32.self)
    lanes_pair_lines(lines, count, columns, columns, words, Self.line(columns))
    return .words(words)
  }

  /// Turned weights: [tap, pair of filters, channel].
  func turn(_ weights: Floats) -> Factors {
    let (channels, filters) = (window.channels, window.filters)
    let (words, line) = (place(0, Float.self), Self.line(window.channels))
    window.forEachTurnedTap { number, tap in
      let halves = place(1, UInt16.self)
      lanes_round(weights + tap * channels * filters, 1, channels * filters, 0, halves)
      lanes_flip(
        place(1, Float.self), channels, filters / 2, filters / 2,
        words + number * filters / 2 * line, line)
    }
    return .words(place(0, UInt32.self))
  }

  func round(_ numbers: Floats, _ count: Int) -> Factors {
    let halves = place(1, UInt16.self)
    lanes_round(numbers, 1, count, 0, halves)
    return .halves(halves)
  }

  var slopes: UnsafePointer<UInt32> { UnsafePointer(place(2, UInt32.self)) }

  /// Words of slopes at neighbouring positions, [picture, y, pair of xs, filter].
  func pairSlopes(_ slope: Floats, _ count: Int, _ xs: Range<Int>) -> UnsafePointer<UInt32> {
    let filters = window.filters
    let (words, pairs, line) = (
      place(2, UInt32.self), (xs.count + 1) / 2, Self.line(window.filters)
    )
    for row in 0..<count * window.outputHeight {
      lanes_pair_lines(
        slope + (row * window.outputWidth + xs.lowerBound) * filters, xs.count, filters, filters,
        words + row * pairs * line, line)
    }
    return slopes
  }

  /// Halves of words of numbers under neighbouring positions.
  func pairPositions(_ input: Floats, _ count: Int) -> UnsafePointer<UInt16> {
    let (all, distance) = (count * window.inputCount, window.stride * window.channels)
    lanes_pair(input, all, distance, all - distance, place(3, UInt32.self))
    return UnsafePointer(place(3, UInt16.self))
  }
}
