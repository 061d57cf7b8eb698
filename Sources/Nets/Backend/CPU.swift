import Foreign

/// The processor: matrix products by OpenBLAS on the calling thread, loops beside them.
public struct CPU: Backend {
  private let blas: OpenBLAS

  /// - Throws: `ForeignError`.
  public init() throws(ForeignError) { blas = try OpenBLAS.open() }

  public var device: (any Device)? { nil }
  public func forAnotherThread() -> any Backend { self }

  public func clear(_ numbers: MutableFloats, _ count: Int) {
    numbers.update(repeating: 0, count: count)
  }

  public func multiply(_ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats) {
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
    multiply(product, a, b, c)
    finish(c, product.m, product.n, bias: bias, activation)
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
