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
      tile == .square ? .convolve64x64 : .convolve128x32, grid: (blocks.0, blocks.1, 1),
      block: 128, input, weights, bias, output, Int32(rows), window.kernelWindow,
      activation.kernel)
  }

  public func convolveSlopes(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, slopeOfOutput: Floats,
    gradient: MutableFloats?, _ slopes: MutableFloats?, scratch: MutableFloats
  ) {
    if let gradient { addGradient(window, rows, input, slopeOfOutput, gradient) }
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
      tile == .square ? .convolveInput64x64 : .convolveInput128x32,
      grid: (blocks.0, blocks.1, window.stride * window.stride), block: 128, slopeOfOutput,
      weights, slopes, Int32(rows), window.kernelWindow)
  }

  private func addGradient(
    _ window: Window, _ rows: Int, _ input: Floats, _ slopes: Floats, _ gradient: MutableFloats
  ) {
    if convolveWeightVectors(window, rows: rows, input, slopeOfOutput: slopes, gradient) { return }
    let tile = Tile(columns: window.filters)
    let blocks = tile.blocks(window.patch, window.filters)
    let splits = Tile.splits(blocks: blocks.0 * blocks.1, k: rows * window.positions)
    let count = window.patch * window.filters
    let parts = workFloats(splits * count)
    launch(
      tile == .square ? .convolveWeights64x64 : .convolveWeights128x32,
      grid: (blocks.0, blocks.1, splits), block: 128, input, slopes, parts, Int32(rows),
      Int32(splits), window.kernelWindow)
    launch(.addParts, count, parts, gradient, Int32(count), Int32(splits))
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
