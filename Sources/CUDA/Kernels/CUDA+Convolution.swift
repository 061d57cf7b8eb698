import CCUDA
import Nets

extension CUDA {
  public func scratch(_ window: Window) -> Int { 0 }

  public func convolve(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, bias: Floats?,
    _ output: MutableFloats, _ activation: Activation, scratch: MutableFloats
  ) {
    if convolveVectors(
      window, rows: rows, input, weights: weights, bias: bias, output, activation)
    {
      return
    }
    let tile = Tile(columns: window.filters)
    let blocks = tile.blocks(rows * window.positions, window.filters)
    launch(
      tile.pick(.convolve64x64, .convolve128x32, .convolve128x16),
      grid: (blocks.0, blocks.1, 1), block: 128, input, weights, bias, output, Int32(rows),
      window.kernelWindow,
      activation.kernel)
  }

  public func convolveSlopes(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, output: Floats,
    _ activation: Activation, slopeOfOutput: MutableFloats, gradient: MutableFloats?,
    bias: MutableFloats?, _ slopes: MutableFloats?, scratch: MutableFloats
  ) {
    if let gradient {
      addGradients(
        window, rows, input, output, activation, slopeOfOutput, gradient, bias: bias)
    } else {
      bend(
        slopeOfOutput, by: output, rows * window.positions, window.filters, activation, sums: bias)
    }
    guard let slopes else { return }
    if convolveInputVectors(
      window, rows: rows, weights: weights, slopeOfOutput: slopeOfOutput, slopes)
    {
      return
    }
    let tile = Tile(columns: window.channels)
    func most(_ size: Int) -> Int { (size + window.stride - 1) / window.stride }
    let blocks = tile.blocks(rows * most(window.height) * most(window.width), window.channels)
    launch(
      tile.pick(.convolveInput64x64, .convolveInput128x32, .convolveInput128x16),
      grid: (blocks.0, blocks.1, window.stride * window.stride), block: 128, slopeOfOutput,
      weights, slopes, Int32(rows), window.kernelWindow)
  }

  /// Sums of weights and bias come in parts, which are put together in one launch.
  private func addGradients(
    _ window: Window, _ rows: Int, _ input: Floats, _ output: Floats, _ activation: Activation,
    _ slopes: MutableFloats, _ gradient: MutableFloats, bias: MutableFloats?
  ) {
    let (positions, filters) = (rows * window.positions, window.filters)
    let splits = splits(window, rows: rows, input, slopeOfOutput: slopes)
    let (count, parts) = (window.patch * filters, bias == nil ? 1 : parts(positions))
    let mine = workFloats(splits * count + parts * filters)
    let others = parts > 1 ? mine + splits * count : nil
    if let bias {
      sumColumns(
        slopes, bentBy: output, activation, positions, filters, to: bias, partial: others)
    } else {
      bend(slopes, by: output, positions, filters, activation, sums: nil)
    }
    sumGradient(window, rows, input, slopes, mine, splits)
    guard let others, let bias else {
      return launch(.addParts, count, mine, gradient, Int32(count), Int32(splits))
    }
    launch(
      .addTwoParts, count + filters, mine, gradient, Int32(count), Int32(splits), others, bias,
      Int32(filters), Int32(parts))
  }

  private func sumGradient(
    _ window: Window, _ rows: Int, _ input: Floats, _ slopes: Floats, _ parts: MutableFloats,
    _ splits: Int
  ) {
    if convolveWeightVectors(
      window, rows: rows, input, slopeOfOutput: slopes, parts, splits: splits)
    {
      return
    }
    let tile = Tile(columns: window.filters)
    let blocks = tile.blocks(window.patch, window.filters)
    launch(
      tile.pick(.convolveWeights64x64, .convolveWeights128x32, .convolveWeights128x16),
      grid: (blocks.0, blocks.1, splits), block: 128, input, slopes, parts, Int32(rows),
      Int32(splits), window.kernelWindow)
  }

  public func pool(
    _ kind: Pooling, _ window: Window, rows: Int, _ input: Floats, _ output: MutableFloats
  ) {
    let count = rows * window.positions * window.channels
    launch(.poolRows, count, input, output, Int32(count), kind.number, window.kernelWindow)
  }

  public func poolSlopes(
    _ kind: Pooling, _ window: Window, rows: Int, _ input: Floats, _ output: Floats,
    slopeOfOutput: Floats, _ slopes: MutableFloats
  ) {
    let count = rows * window.inputCount
    launch(
      .poolSlopes, count, input, output, slopeOfOutput, slopes, Int32(count), kind.number,
      window.kernelWindow)
  }
}

extension Pooling {
  fileprivate var number: Int32 { self == .mean ? 1 : 0 }
}

extension Window {
  var kernelWindow: KernelWindow {
    KernelWindow(
      height: Int32(height), width: Int32(width), channels: Int32(channels),
      kernel: Int32(kernel), stride: Int32(stride), filters: Int32(filters), top: Int32(top),
      left: Int32(left), outputHeight: Int32(outputHeight), outputWidth: Int32(outputWidth))
  }
}
