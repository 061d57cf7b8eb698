import CCUDA
import Nets

extension CUDA {
  /// Rows of which one block makes a part of a sum; parts depend on the count alone.
  private func chunk(_ count: Int) -> Int { max(64, (count + 255) / 256) }

  public func addColumnSums(
    _ rows: Floats, _ count: Int, _ columns: Int, to sums: MutableFloats
  ) {
    let chunk = chunk(count)
    let parts = (count + chunk - 1) / chunk
    let partial = workFloats(parts * columns)
    launch(
      .columnSums, grid: (parts, (columns + 31) / 32, 1), block: 256, rows, partial, Int32(count),
      Int32(columns), Int32(chunk))
    launch(.addParts, columns, partial, sums, Int32(columns), Int32(parts))
  }

  public func reduce(_ shape: Axis, scale: Float, _ input: Floats, _ output: MutableFloats) {
    let count = shape.outer * shape.inner
    launch(.reduceAxis, count, input, output, Int32(count), scale, shape.kernel)
  }

  public func spread(_ shape: Axis, scale: Float, _ input: Floats, _ output: MutableFloats) {
    let count = shape.outer * shape.count * shape.inner
    launch(.spreadAxis, count, input, output, Int32(count), scale, shape.kernel)
  }

  public func softmax(
    _ shape: Axis, isLogarithm: Bool, _ input: Floats, _ output: MutableFloats
  ) {
    let count = shape.outer * shape.inner
    launch(
      .softmaxAxis, count, input, output, Int32(count), (isLogarithm ? 1 : 0) as Int32,
      shape.kernel)
  }

  public func softmaxSlopes(
    _ shape: Axis, isLogarithm: Bool, _ output: Floats, slopeOfOutput: Floats,
    _ slopes: MutableFloats
  ) {
    let count = shape.outer * shape.inner
    launch(
      .softmaxSlopes, count, output, slopeOfOutput, slopes, Int32(count),
      (isLogarithm ? 1 : 0) as Int32, shape.kernel)
  }

  public func normalize(
    _ count: Int, _ columns: Int, epsilon: Float, _ input: Floats, gain: Floats, bias: Floats,
    _ output: MutableFloats
  ) {
    let moments = workFloats(2 * count)
    measure(count, columns, epsilon, input, moments)
    let all = count * columns
    launch(.normRows, all, input, moments, gain, bias, output, Int32(all), Int32(columns))
  }

  private func measure(
    _ count: Int, _ columns: Int, _ epsilon: Float, _ input: Floats, _ moments: MutableFloats
  ) {
    launch(
      .normMoments, grid: ((count + 3) / 4, 1, 1), block: 128, input, moments, Int32(count),
      Int32(columns), epsilon)
  }

  public func normalizeSlopes(
    _ count: Int, _ columns: Int, epsilon: Float, _ input: Floats, gain: Floats,
    slopeOfOutput: Floats, gradients: (gain: MutableFloats, bias: MutableFloats)?,
    _ slopes: MutableFloats?
  ) {
    let chunk = chunk(count)
    let parts = (count + chunk - 1) / chunk
    let partial = workFloats(2 * parts * columns + 2 * columns + 2 * count)
    let sums = partial + 2 * parts * columns
    let moments = sums + 2 * columns
    measure(count, columns, epsilon, input, moments)
    if let gradients {
      launch(
        .normGradients, grid: (parts, (columns + 127) / 128, 1), block: 128, input, moments,
        slopeOfOutput, partial, Int32(count), Int32(columns), Int32(chunk))
      clear(sums, 2 * columns)
      launch(.addParts, 2 * columns, partial, sums, Int32(2 * columns), Int32(parts))
      for (from, to) in [(sums, gradients.gain), (sums + columns, gradients.bias)] {
        copyBlocks(1, columns, from, spacing: 0, to, spacing: 0, adds: true)
      }
    }
    guard let slopes else { return }
    launch(
      .normSlopes, grid: ((count + 3) / 4, 1, 1), block: 128, input, moments, gain, slopeOfOutput,
      slopes, Int32(count), Int32(columns))
  }
}

extension Axis {
  fileprivate var kernel: KernelAxis {
    KernelAxis(outer: Int32(outer), count: Int32(count), inner: Int32(inner))
  }
}
