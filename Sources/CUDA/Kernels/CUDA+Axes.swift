import CCUDA
import Nets

extension CUDA {
  /// Rows of which one block makes a part of a sum; parts depend on the count alone.
  private func chunk(_ count: Int) -> Int { max(64, (count + 255) / 256) }

  public func addColumnSums(
    _ rows: Floats, _ count: Int, _ columns: Int, to sums: MutableFloats
  ) {
    sumColumns(
      MutableFloats(mutating: rows), bentBy: rows, .none, count, columns, to: sums)
  }

  /// Parts of columns' sums that do not fit one block.
  func parts(_ count: Int) -> Int { (count + chunk(count) - 1) / chunk(count) }

  /// - Parameters:
  ///   - count: rows, of each group.
  ///   - partial: `parts` times columns; nil: working memory, and they are summed at once.
  func sumColumns(
    _ rows: MutableFloats, bentBy output: Floats, _ activation: Activation, _ count: Int,
    _ columns: Int, to sums: MutableFloats, partial: MutableFloats? = nil, groups: Groups? = nil
  ) {
    let (parts, all) = (parts(count), groups?.groups ?? 1)
    let given = partial ?? (parts > 1 ? workFloats(parts * all * columns) : sums)
    launch(
      .columnSums, grid: (parts, (columns + 31) / 32, all), block: 256, rows, output, given, sums,
      Int32(count), Int32(columns), Int32(chunk(count)), Int32(groups?.lines ?? 0),
      activation.kernel)
    if parts == 1 || partial != nil { return }
    launch(.addParts, all * columns, given, sums, Int32(all * columns), Int32(parts))
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
