/// Valid convolution and ReLU as a matrix product over unfolded patches, a few rows at a time.
///
/// A patch is [row, column, channel]; weights are [patch, filters].
struct Convolution: Operation {
  let height, width, channels: Int
  let kernel, stride, filters: Int
  let weights, bias: Slice

  /// Rows unfolded at a time: few enough for the cache, enough for the product.
  private static let few = 4

  var outputHeight: Int { (height - kernel) / stride + 1 }
  var outputWidth: Int { (width - kernel) / stride + 1 }
  private var positions: Int { outputHeight * outputWidth }
  private var patch: Int { kernel * kernel * channels }
  private var outputCount: Int { positions * filters }
  private var inputCount: Int { height * width * channels }
  var scratch: Int { 2 * Self.few * positions * patch }

  func forward(_ run: Run) {
    forEachFew(run) { first, count in
      unfold(run.inputs[0] + first * inputCount, into: run.scratch, count: count)
      let (rows, output) = (count * positions, run.output + first * outputCount)
      run.kernels.multiply(
        run.scratch, run.weights + weights.offset, output, m: rows, n: filters, k: patch)
      Kernels.addBias(run.weights + bias.offset, to: output, rows: rows, columns: filters, .relu)
    }
  }

  func backward(_ run: Run) {
    Kernels.bend(run.outputSlope, by: run.output, count: run.count * outputCount, .relu)
    let folded = run.scratch + Self.few * positions * patch
    forEachFew(run) { first, count in
      let (rows, slope) = (count * positions, run.outputSlope + first * outputCount)
      unfold(run.inputs[0] + first * inputCount, into: run.scratch, count: count)
      run.kernels.multiplyTransposed(
        run.scratch, slope, run.gradients + weights.offset, m: patch, n: filters, k: rows, beta: 1)
      Kernels.addColumnSums(slope, to: run.gradients + bias.offset, count: rows, columns: filters)
      guard let inputSlope = run.inputSlopes[0] else { return }
      run.kernels.multiplyByTransposed(
        slope, run.weights + weights.offset, folded, m: rows, n: patch, k: filters)
      fold(folded, into: inputSlope + first * inputCount, count: count)
    }
  }

  private func forEachFew(_ run: Run, _ body: (_ first: Int, _ count: Int) -> Void) {
    for first in Swift.stride(from: 0, to: run.count, by: Self.few) {
      body(first, min(Self.few, run.count - first))
    }
  }

  private func unfold(
    _ input: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    let run = kernel * channels
    var out = target
    forEachPatch(count) { corner in
      var row = input + corner
      for _ in 0..<kernel {
        out.update(from: row, count: run)
        out += run
        row += width * channels
      }
    }
  }

  /// The reverse of unfolding: sums what overlapping patches say of a number.
  private func fold(
    _ patches: UnsafePointer<Float>, into input: UnsafeMutablePointer<Float>, count: Int
  ) {
    let run = kernel * channels
    input.update(repeating: 0, count: count * inputCount)
    var source = patches
    forEachPatch(count) { corner in
      var row = input + corner
      for _ in 0..<kernel {
        for index in 0..<run { row[index] += source[index] }
        source += run
        row += width * channels
      }
    }
  }

  /// - Parameter body: gets the place of a patch's first number.
  @inline(__always) private func forEachPatch(_ count: Int, _ body: (_ corner: Int) -> Void) {
    for row in 0..<count {
      for y in 0..<outputHeight {
        for x in 0..<outputWidth {
          body(row * inputCount + (y * stride * width + x * stride) * channels)
        }
      }
    }
  }
}
