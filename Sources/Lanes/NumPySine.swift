/// Sine and cosine of a 32-bit float, bit for bit as NumPy 2 computes them on machines with fused
/// multiply-add. They differ from the C library's in the last bit, and a stick on the edge of its
/// threshold shows it.
///
/// - Parameter x: radians, at most 71,476 from zero; beyond, NumPy asks the C library.
/// - Source: NumPy `_core/src/umath/loops_trigonometric.dispatch.cpp`: Cody and Waite's reduction
///   to a quarter turn around zero, then a polynomial.
public func numpySineCosine(_ x: Float) -> (sine: Float, cosine: Float) {
  // Adding 1.5 x 2^23 rounds to the nearest whole number.
  let quarters = x * 0x1.45f306p-1 + 0x1.8p+23 - 0x1.8p+23
  let reduced =
    x.addingProduct(quarters, -0x1.921fb0p+00)
    .addingProduct(quarters, -0x1.5110b4p-22)
    .addingProduct(quarters, -0x1.846988p-48)
  let square = reduced * reduced
  let odd = (0x1.7d3bbcp-19 as Float)
    .horner(square, -0x1.a06bbap-13).horner(square, 0x1.11119ap-07)
    .horner(square, -0x1.555556p-03)
  let sine = reduced.addingProduct(odd * square, reduced)
  let cosine = (0x1.98e616p-16 as Float)
    .horner(square, -0x1.6c06dcp-10).horner(square, 0x1.55553cp-05)
    .horner(square, -0.5).horner(square, 1)
  switch Int32(quarters) & 3 {
  case 0: return (sine, cosine)
  case 1: return (cosine, 0 - sine)
  case 2: return (0 - sine, 0 - cosine)
  default: return (0 - cosine, sine)
  }
}

extension Float {
  /// A step of Horner's rule, rounded once.
  @inline(__always)
  fileprivate func horner(_ x: Float, _ coefficient: Float) -> Float {
    coefficient.addingProduct(self, x)
  }
}
