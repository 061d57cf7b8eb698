import CCUDA
import Nets

/// The part of a product that a block makes.
enum Tile {
  case square, tall

  /// Few columns: long tiles waste less.
  init(columns: Int) { self = columns <= 32 ? .tall : .square }

  var rows: Int { self == .square ? 64 : 128 }
  var columns: Int { self == .square ? 64 : 32 }

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
      launch(
        kernel, grid: (blocks.0, blocks.1, pairs * splits), block: 128, a, b, c, bias, parts, shape,
        activation.kernel)
      if splits == 1 { continue }
      let count = pairs * product.m * product.n
      launch(.sumSplits, count, parts, c, bias, Int32(count), shape, activation.kernel)
    }
  }
}

extension Product {
  var kernel: KernelProduct {
    KernelProduct(
      m: Int32(m), n: Int32(n), k: Int32(k), aRow: Int32(transposesA ? 1 : lineA),
      aColumn: Int32(transposesA ? lineA : 1), bRow: Int32(transposesB ? 1 : lineB),
      bColumn: Int32(transposesB ? lineB : 1), lineC: Int32(lineC), stepA: Int64(stepA),
      stepB: Int64(stepB), stepC: Int64(stepC), beta: beta, splits: 1)
  }

  fileprivate func multiplier(_ tile: Tile) -> Kernel {
    switch (tile, transposesA, transposesB) {
    case (.square, true, false): .multiply64x64ff
    case (.square, true, true): .multiply64x64ft
    case (.square, false, false): .multiply64x64tf
    case (.square, false, true): .multiply64x64tt
    case (.tall, true, false): .multiply128x32ff
    case (.tall, true, true): .multiply128x32ft
    case (.tall, false, false): .multiply128x32tf
    case (.tall, false, true): .multiply128x32tt
    }
  }
}
