import CCUDA
import Nets

/// The part of a product that a block makes.
enum Tile {
  case square, tall, narrow

  /// Few columns: long tiles waste less.
  init(columns: Int) { self = columns <= 16 ? .narrow : columns <= 32 ? .tall : .square }

  var rows: Int { self == .square ? 64 : 128 }
  var columns: Int { pick(64, 32, 16) }

  func pick<Choice>(_ square: Choice, _ tall: Choice, _ narrow: Choice) -> Choice {
    switch self {
    case .square: square
    case .tall: tall
    case .narrow: narrow
    }
  }

  func blocks(_ rows: Int, _ columns: Int) -> (Int, Int) {
    ((rows + self.rows - 1) / self.rows, (columns + self.columns - 1) / self.columns)
  }

  /// Parts of k that keep about 256 blocks busy, each of four tiles at least; by sizes alone, so that
  /// sums are the same on every card.
  static func splits(blocks: Int, k: Int) -> Int {
    let tiles = (k + 31) / 32
    return max(1, min(256 / max(blocks, 1), tiles / 4))
  }
}

extension CUDA {
  public func multiply(_ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats) {
    multiply(product, a, b, c, bias: nil, .none)
  }

  public func multiply(
    _ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats, bias: Floats?,
    _ activation: Activation
  ) {
    if multiplyVectors(product, a, b, c, bias: bias, activation) { return }
    let tile = Tile(columns: product.n)
    let blocks = tile.blocks(product.m, product.n)
    var shape = product.kernel
    let splits = Tile.splits(blocks: blocks.0 * blocks.1 * product.count, k: product.k)
    shape.splits = Int32(splits)
    let kernel = product.multiplier(tile)
    // A grid has 65,535 blocks in depth at most.
    let most = 65_535 / splits
    let sums = min(most, product.count) * splits * product.m * product.n
    let parts = splits > 1 ? workFloats(sums) : c
    for first in stride(from: 0, to: product.count, by: most) {
      let pairs = min(most, product.count - first)
      let (a, b) = (a + first * product.stepA, b + first * product.stepB)
      let c = c + first * product.stepC
      let bias = bias.map { $0 + first * (product.blocks?.stepBias ?? 0) }
      launch(
        kernel, grid: (blocks.0, blocks.1, pairs * splits), block: 128, a, b, c, bias, parts, shape,
        activation.kernel)
      if splits == 1 { continue }
      let count = pairs * product.m * product.n
      launch(.sumSplits, count, parts, c, bias, Int32(count), shape, activation.kernel)
    }
  }
}

/// Groups' lines stay where they are: a product of all groups takes one launch.
extension CUDA {
  public func multiplyGroups(
    _ shape: Groups, _ input: Floats, weights: Floats, bias: Floats?, _ output: MutableFloats,
    _ activation: Activation, scratch: MutableFloats
  ) {
    var product = Product(shape.rows, shape.units, shape.inputs).times(shape.groups)
    (product.stepA, product.stepC) = (shape.lines * shape.inputs, shape.lines * shape.units)
    product.blocks = Product.Blocks(
      lines: shape.lines, farA: shape.groups * product.stepA, farC: shape.groups * product.stepC,
      stepBias: shape.units)
    multiply(product, input, weights, output, bias: bias, activation)
  }

  public func multiplyGroupsSlopes(
    _ shape: Groups, _ input: Floats, weights: Floats, output: Floats, _ activation: Activation,
    slopeOfOutput: MutableFloats, gradient: MutableFloats?, bias: MutableFloats?,
    _ slopes: MutableFloats?, scratch: MutableFloats
  ) {
    let (rows, inputs, units) = (shape.rows, shape.inputs, shape.units)
    let (stepIn, stepOut) = (shape.lines * inputs, shape.lines * units)
    let (farIn, farOut) = (shape.groups * stepIn, shape.groups * stepOut)
    if let bias {
      sumColumns(
        slopeOfOutput, bentBy: output, activation, rows, units, to: bias, groups: shape)
    } else {
      bend(slopeOfOutput, by: output, rows * shape.groups, units, activation, sums: nil)
    }
    if let gradient {
      var product = Product(inputs, units, rows, transposesA: true, beta: 1).times(shape.groups)
      (product.lineA, product.stepA, product.stepB) = (inputs, stepIn, stepOut)
      product.blocks = Product.Blocks(lines: shape.lines, farA: farIn, farB: farOut)
      multiply(product, input, slopeOfOutput, gradient)
    }
    guard let slopes else { return }
    var product = Product(rows, inputs, units, transposesB: true).times(shape.groups)
    (product.stepA, product.stepC) = (stepOut, stepIn)
    product.blocks = Product.Blocks(lines: shape.lines, farA: farOut, farC: farIn)
    multiply(product, slopeOfOutput, weights, slopes)
  }
}

extension Product {
  var kernel: KernelProduct {
    KernelProduct(
      m: Int32(m), n: Int32(n), k: Int32(k), aRow: Int32(transposesA ? 1 : lineA),
      aColumn: Int32(transposesA ? lineA : 1), bRow: Int32(transposesB ? 1 : lineB),
      bColumn: Int32(transposesB ? lineB : 1), lineC: Int32(lineC), stepA: Int64(stepA),
      stepB: Int64(stepB), stepC: Int64(stepC), stepBias: Int64(blocks?.stepBias ?? 0),
      block: Int32(blocks?.lines ?? 0), farA: Int32(blocks?.farA ?? 0),
      farB: Int32(blocks?.farB ?? 0), farC: Int32(blocks?.farC ?? 0), beta: beta, splits: 1)
  }

  fileprivate func multiplier(_ tile: Tile) -> Kernel {
    switch (transposesA, transposesB) {
    case (true, false): tile.pick(.multiply64x64ff, .multiply128x32ff, .multiply128x16ff)
    case (true, true): tile.pick(.multiply64x64ft, .multiply128x32ft, .multiply128x16ft)
    case (false, false): tile.pick(.multiply64x64tf, .multiply128x32tf, .multiply128x16tf)
    case (false, true): tile.pick(.multiply64x64tt, .multiply128x32tt, .multiply128x16tt)
    }
  }
}
