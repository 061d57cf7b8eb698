import CLanes
import Foreign

/// The processor: matrix products by OpenBLAS on the calling thread, loops beside them; convolutions
/// and products of few rows, which OpenBLAS would first copy the other factor for, by kernels of ours.
public struct CPU: Backend {
  private let blas: OpenBLAS
  /// What factors of large products and of convolutions are rounded to; sums are float32.
  public let precision: Precision

  /// - Precondition: the processor has the precision.
  /// - Throws: `ForeignError`.
  public init(_ precision: Precision = .float32) throws(ForeignError) {
    precondition(Self.has(precision), "no \(precision) here")
    self.precision = precision
    blas = try OpenBLAS.open()
  }

  public var device: (any Device)? { nil }
  public func forAnotherThread() -> any Backend { self }

  public func clear(_ numbers: MutableFloats, _ count: Int) {
    numbers.update(repeating: 0, count: count)
  }

  public func multiply(_ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats) {
    if isPaired(product) { return multiplyPaired(product, a, b, c) }
    if product.isByLines { return multiplyLines(product, a, b, c) }
    let (m, n, k) = (product.m, product.n, product.k)
    for pair in 0..<product.count {
      blas.multiply(
        OpenBLAS.rowMajor, product.transposesA ? OpenBLAS.transposed : OpenBLAS.plain,
        product.transposesB ? OpenBLAS.transposed : OpenBLAS.plain, Int32(m), Int32(n), Int32(k),
        1, a + pair * product.stepA, Int32(product.lineA), b + pair * product.stepB,
        Int32(product.lineB), product.beta, c + pair * product.stepC, Int32(product.lineC))
    }
  }

  public func multiply(
    _ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats, bias: Floats?,
    _ activation: Activation
  ) {
    if product.isFlat && !isPaired(product) {
      return multiplyFlat(product, a, b, c, bias: bias, activation)
    }
    multiply(product, a, b, c)
    finish(c, product.m, product.n, bias: bias, activation)
  }

  private func multiplyLines(
    _ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats
  ) {
    var dots = lanes_dots(
      rows: product.m, columns: product.n, sum: product.k, line_a: product.lineA,
      line_b: product.lineB, line_c: product.lineC, c: c, adds: product.beta == 1)
    lanes_multiply_lines(&dots, a, b)
  }

  /// Some lines of b at a time, which stay in the cache for all rows.
  private func multiplyFlat(
    _ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats, bias: Floats?,
    _ activation: Activation
  ) {
    for first in stride(from: 0, to: product.k, by: 512) {
      let count = min(512, product.k - first)
      var flat = lanes_product()
      flat.rows = lanes_axes(
        count: (product.m, 1, 1), a: (product.lineA, 0, 0), other: (product.lineC, 0, 0))
      flat.sum = lanes_axes(count: (count, 1, 1), a: (1, 0, 0), other: (product.lineB, 0, 0))
      flat.columns = product.n
      flat.c = c
      flat.bias = first == 0 ? bias : nil
      flat.adds = first > 0
      flat.cuts = activation == .relu && first + count == product.k
      lanes_multiply(&flat, a + first, b + first * product.lineB)
    }
    if activation != .relu { map(c, c, product.m * product.n, activation) }
  }

  public func finish(
    _ rows: MutableFloats, _ count: Int, _ columns: Int, bias: Floats?, _ activation: Activation
  ) {
    guard let bias else { return map(rows, rows, count * columns, activation) }
    for row in 0..<count {
      let line = rows + row * columns
      if activation == .relu {
        for column in 0..<columns {
          let value = line[column] + bias[column]
          // Not `max`: what is not a number stays so, and is found.
          line[column] = value < 0 ? 0 : value
        }
      } else {
        for column in 0..<columns { line[column] += bias[column] }
      }
    }
    if activation != .relu { map(rows, rows, count * columns, activation) }
  }

  public func addColumnSums(
    _ rows: Floats, _ count: Int, _ columns: Int, to sums: MutableFloats
  ) {
    for row in 0..<count {
      let line = rows + row * columns
      for column in 0..<columns { sums[column] += line[column] }
    }
  }
}

extension Product {
  /// Few rows beside a large b.
  fileprivate var isFlat: Bool {
    hasFewRows && !transposesB && beta == 0 && lineC == n
  }

  /// The same, b by its lines.
  fileprivate var isByLines: Bool {
    hasFewRows && transposesB && n % 4 == 0 && (beta == 0 || beta == 1)
  }

  private var hasFewRows: Bool { m <= 32 && n * k >= 1 << 16 && !transposesA && count == 1 }
}
