import Foreign

/// Matrix products, row-major, and the loops beside them.
struct Kernels: Sendable {
  private let blas: OpenBLAS

  /// - Throws: `ForeignError`.
  init() throws { blas = try OpenBLAS.open() }

  /// c = a b + beta c, with a [m, k], b [k, n], c [m, n].
  func multiply(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
    m: Int, n: Int, k: Int, beta: Float = 0
  ) {
    blas.multiply(
      OpenBLAS.rowMajor, OpenBLAS.plain, OpenBLAS.plain, Int32(m), Int32(n), Int32(k), 1, a,
      Int32(k), b, Int32(n), beta, c, Int32(n))
  }

  /// c = a' b + beta c, with a [k, m], b [k, n].
  func multiplyTransposed(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
    m: Int, n: Int, k: Int, beta: Float
  ) {
    blas.multiply(
      OpenBLAS.rowMajor, OpenBLAS.transposed, OpenBLAS.plain, Int32(m), Int32(n), Int32(k), 1, a,
      Int32(m), b, Int32(n), beta, c, Int32(n))
  }

  /// c = a b', with a [m, k], b [n, k].
  func multiplyByTransposed(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
    m: Int, n: Int, k: Int
  ) {
    blas.multiply(
      OpenBLAS.rowMajor, OpenBLAS.plain, OpenBLAS.transposed, Int32(m), Int32(n), Int32(k), 1, a,
      Int32(k), b, Int32(k), 0, c, Int32(n))
  }

  /// Adds the bias to every row, then applies the activation.
  static func addBias(
    _ bias: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, rows: Int, columns: Int,
    _ activation: Activation
  ) {
    for row in 0..<rows {
      let line = output + row * columns
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
    if activation == .tanh { tanh(output, count: rows * columns) }
  }

  /// Multiplies slopes by the activation's derivative, which follows from its output.
  static func bend(
    _ slope: UnsafeMutablePointer<Float>, by output: UnsafePointer<Float>, count: Int,
    _ activation: Activation
  ) {
    switch activation {
    case .none: break
    case .relu: for index in 0..<count { slope[index] = output[index] > 0 ? slope[index] : 0 }
    case .tanh: for index in 0..<count { slope[index] *= 1 - output[index] * output[index] }
    }
  }

  static func addColumnSums(
    _ rows: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Float>, count: Int, columns: Int
  ) {
    for row in 0..<count {
      let line = rows + row * columns
      for column in 0..<columns { sums[column] += line[column] }
    }
  }
}
