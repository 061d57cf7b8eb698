import COpenBLAS

/// Matrix products, row-major, on one thread: the library's own threads and ours would fight.
enum Kernels {
  static let ready: Void = openblas_set_num_threads(1)

  /// c = a b + beta c, with a [m, k], b [k, n], c [m, n].
  static func multiply(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
    m: Int, n: Int, k: Int, beta: Float = 0
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(m), blasint(n), blasint(k), 1, a,
      blasint(k), b, blasint(n), beta, c, blasint(n))
  }

  /// c = a' b + beta c, with a [k, m], b [k, n].
  static func multiplyTransposed(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
    m: Int, n: Int, k: Int, beta: Float
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, blasint(m), blasint(n), blasint(k), 1, a,
      blasint(m), b, blasint(n), beta, c, blasint(n))
  }

  /// c = a b', with a [m, k], b [n, k].
  static func multiplyByTransposed(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
    m: Int, n: Int, k: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(m), blasint(n), blasint(k), 1, a,
      blasint(k), b, blasint(k), 0, c, blasint(n))
  }

  /// Adds the bias to every row and, if asked, cuts negative values off.
  static func addBias(
    _ bias: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, rows: Int, columns: Int,
    relu: Bool
  ) {
    for row in 0..<rows {
      let line = output + row * columns
      if relu {
        for column in 0..<columns {
          let value = line[column] + bias[column]
          line[column] = value > 0 ? value : 0
        }
      } else {
        for column in 0..<columns { line[column] += bias[column] }
      }
    }
  }

  /// Zeroes gradients where the rectified output is zero.
  static func maskRelu(
    _ gradient: UnsafeMutablePointer<Float>, by output: UnsafePointer<Float>, count: Int
  ) {
    for index in 0..<count { gradient[index] = output[index] > 0 ? gradient[index] : 0 }
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
