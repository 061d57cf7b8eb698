import CCUDA
import Nets

/// Products of bfloat16 by lines of 16 bytes, where sizes and places allow them; `false`: they do not.
extension CUDA {
  /// Whether numbers lie there as bfloat16, the first at the beginning of a line.
  private func areVectors(_ numbers: Floats) -> Bool {
    let place = UnsafeRawPointer(numbers).number
    return place & Self.narrow != 0 && (place & ~Self.narrow) / 2 % 16 == 0
  }

  /// Where they lie.
  private func halves(_ numbers: Floats) -> UnsafeRawPointer {
    let place = UnsafeRawPointer(numbers).number
    return UnsafeRawPointer(bitPattern: UInt((place & ~Self.narrow) / 2))!
  }

  /// Matrices, [rows, columns], as bfloat16 where `target` is; turned: [columns, rows].
  private func narrow(
    _ matrix: Floats, _ rows: Int, _ columns: Int, count: Int = 1, isTurned: Bool,
    to target: UnsafeMutableRawPointer
  ) {
    launch(
      .narrowMatrix, grid: ((rows + 31) / 32, (columns + 31) / 32, count), block: 256, matrix,
      target, Int32(rows), Int32(columns), (isTurned ? 1 : 0) as Int32)
  }

  /// Working memory: a narrow matrix of so many numbers, and floats behind it.
  private func room(
    narrow count: Int, _ floats: Int = 0
  ) -> (narrow: UnsafeMutableRawPointer, floats: MutableFloats) {
    let first = (2 * count + 255) / 256 * 256
    let place = work(first + 4 * floats)
    return (place, (place + first).assumingMemoryBound(to: Float.self))
  }

  // MARK: Products

  func multiplyVectors(
    _ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats, bias: Floats?,
    _ activation: Activation
  ) -> Bool {
    guard precision == .bfloat16, product.hasVectors, areVectors(a) else { return false }
    if UnsafeRawPointer(c).number & Self.narrow != 0 && !areVectors(c) { return false }
    if product.transposesA {
      guard !product.transposesB, bias == nil, activation == .none else { return false }
      return multiplyAcross(product, a, b, c)
    }
    let size = product.n * product.k
    let isPlain =
      product.lineB == (product.transposesB ? product.k : product.n)
      && (product.count == 1 || product.stepB == size)
    guard product.k % 8 == 0, isPlain else { return false }
    let isThere = product.transposesB && areVectors(b)
    let plan = VectorPlan(product)
    let memory = room(narrow: isThere ? 0 : product.count * size, plan.sums)
    if !isThere {
      let (rows, columns) =
        product.transposesB ? (product.n, product.k) : (product.k, product.n)
      narrow(
        b, rows, columns, count: product.count, isTurned: !product.transposesB, to: memory.narrow)
    }
    var kernel = product.kernel
    kernel.splits = Int32(plan.splits)
    // b is [n, k] now.
    (kernel.bRow, kernel.bColumn) = (1, Int32(product.k))
    launch(
      plan.isLarge ? .vectorProduct128x64 : .vectorProduct64x64, grid: plan.grid, block: 128,
      halves(a), isThere ? halves(b) : UnsafeRawPointer(memory.narrow), c, bias, memory.floats,
      kernel, activation.kernel)
    sum(plan, kernel, memory.floats, c, bias, activation)
    return true
  }

  private func multiplyAcross(
    _ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats
  ) -> Bool {
    guard product.m % 8 == 0, product.lineB % 8 == 0, areVectors(b) else { return false }
    let plan = VectorPlan(product)
    let parts = plan.splits > 1 ? workFloats(plan.sums) : c
    var kernel = product.kernel
    kernel.splits = Int32(plan.splits)
    launch(
      plan.isLarge ? .vectorAcross128x64 : .vectorAcross64x64, grid: plan.grid, block: 128,
      halves(a), halves(b), c, parts, kernel)
    sum(plan, kernel, parts, c, nil, .none)
    return true
  }

  private func sum(
    _ plan: VectorPlan, _ kernel: KernelProduct, _ parts: MutableFloats, _ c: MutableFloats,
    _ bias: Floats?, _ activation: Activation
  ) {
    if plan.splits == 1 { return }
    let count = plan.sums / plan.splits
    launch(.sumSplits, count, parts, c, bias, Int32(count), kernel, activation.kernel)
  }

  // MARK: Convolutions

  func convolveVectors(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, bias: Floats?,
    _ output: MutableFloats, _ activation: Activation
  ) -> Bool {
    guard precision == .bfloat16, window.hasVectors, window.filters % 8 == 0, areVectors(input),
      areVectors(output)
    else { return false }
    let memory = room(narrow: window.patch * window.filters).narrow
    narrow(weights, window.patch, window.filters, isTurned: true, to: memory)
    let (tile, blocks) = Self.blocks(rows * window.positions, window.filters)
    launch(
      tile.pick(.vectorConvolve64, .vectorConvolve32, .vectorConvolve16),
      grid: (blocks.0, blocks.1, 1), block: 128,
      input, UnsafeRawPointer(memory), bias, output, Int32(rows), window.isInsideNumber,
      window.kernelWindow, activation.kernel)
    return true
  }

  func convolveInputVectors(
    _ window: Window, rows: Int, weights: Floats, slopeOfOutput: Floats, _ slopes: MutableFloats
  ) -> Bool {
    guard precision == .bfloat16, window.filters % 8 == 0, window.channels % 8 == 0,
      areVectors(slopeOfOutput), areVectors(slopes)
    else { return false }
    let memory = room(narrow: window.patch * window.filters).narrow
    narrow(weights, window.patch, window.filters, isTurned: false, to: memory)
    func most(_ size: Int) -> Int { (size + window.stride - 1) / window.stride }
    let (tile, blocks) = Self.blocks(
      rows * most(window.height) * most(window.width), window.channels)
    launch(
      tile.pick(.vectorInput64, .vectorInput32, .vectorInput16),
      grid: (blocks.0, blocks.1, window.stride * window.stride), block: 128, slopeOfOutput,
      UnsafeRawPointer(memory), slopes, Int32(rows), window.kernelWindow)
    return true
  }

  private func hasWeightVectors(_ window: Window, _ input: Floats, _ slopes: Floats) -> Bool {
    precision == .bfloat16 && window.hasVectors && window.filters % 8 == 0 && areVectors(input)
      && areVectors(slopes)
  }

  /// Parts in which the gradient of the weights comes.
  func splits(_ window: Window, rows: Int, _ input: Floats, slopeOfOutput: Floats) -> Int {
    let isByLines = hasWeightVectors(window, input, slopeOfOutput)
    let blocks =
      isByLines
      ? Self.blocks(window.patch, window.filters).1
      : Tile(columns: window.filters).blocks(window.patch, window.filters)
    return Tile.splits(blocks: blocks.0 * blocks.1, k: rows * window.positions)
  }

  /// Writes parts of the gradient of the weights.
  func convolveWeightVectors(
    _ window: Window, rows: Int, _ input: Floats, slopeOfOutput: Floats, _ parts: MutableFloats,
    splits: Int
  ) -> Bool {
    guard hasWeightVectors(window, input, slopeOfOutput) else { return false }
    let (tile, blocks) = Self.blocks(window.patch, window.filters)
    launch(
      tile.pick(.vectorWeights64, .vectorWeights32, .vectorWeights16),
      grid: (blocks.0, blocks.1, splits), block: 128, input, slopeOfOutput, parts, Int32(rows),
      window.isInsideNumber, Int32(splits), window.kernelWindow)
    return true
  }

  /// Blocks of 128 rows by the tile's columns.
  private static func blocks(_ rows: Int, _ columns: Int) -> (Tile, (Int, Int)) {
    let tile = Tile(columns: columns)
    return (tile, ((rows + 127) / 128, (columns + tile.columns - 1) / tile.columns))
  }
}

/// Tiles of a product and parts of its k; by sizes alone.
private struct VectorPlan {
  /// 128 x 64, else 64 x 64.
  let isLarge: Bool
  let splits: Int
  /// Numbers of all parts, where there are several.
  let sums: Int
  let grid: (Int, Int, Int)

  init(_ product: Product) {
    func blocks(_ rows: Int) -> (Int, Int) {
      ((product.m + rows - 1) / rows, (product.n + 63) / 64)
    }
    let large = blocks(128)
    isLarge = large.0 * large.1 * product.count >= 128
    let size = isLarge ? large : blocks(64)
    splits = Tile.splits(blocks: size.0 * size.1 * product.count, k: product.k)
    sums = splits > 1 ? splits * product.count * product.m * product.n : 0
    grid = (size.0, size.1, splits * product.count)
  }
}

extension Product {
  /// Lines begin at multiples of eight numbers; several pairs are groups, whose b are weights.
  fileprivate var hasVectors: Bool {
    guard count == 1 || blocks != nil, count <= 65_535 else { return false }
    let steps = count > 1 ? [stepA, stepB, stepC] : []
    let far = blocks.map { [$0.farA, $0.farB, $0.farC] } ?? []
    return ([lineA, n, lineC] + steps + far).allSatisfy { $0 % 8 == 0 }
  }
}

extension Window {
  /// Eight numbers of a patch that begin at a multiple of eight are neighbours in the picture, too, and
  /// begin there at such a place.
  fileprivate var hasVectors: Bool {
    if channels % 8 == 0 { return true }
    return isInside && kernel * channels % 8 == 0 && stride * channels % 8 == 0
      && width * channels % 8 == 0 && inputCount % 8 == 0
  }

  /// The window never leaves the picture.
  private var isInside: Bool {
    top == 0 && left == 0 && (outputHeight - 1) * stride + kernel <= height
      && (outputWidth - 1) * stride + kernel <= width
  }

  fileprivate var isInsideNumber: Int32 { isInside ? 1 : 0 }
}
