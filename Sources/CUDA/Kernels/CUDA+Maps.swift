import CCUDA
import Nets

extension Activation {
  var kernel: KernelBend {
    func bend(_ kind: Int32, _ p: Float = 0, _ q: Float = 0) -> KernelBend {
      KernelBend(kind: kind, p: p, q: q)
    }
    return switch self {
    case .none: bend(0)
    case .relu: bend(1)
    case .tanh: bend(2)
    case .sigmoid: bend(3)
    case .softplus: bend(4)
    case .elu: bend(5)
    case .silu: bend(6)
    case .exp: bend(7)
    case .log: bend(8)
    case .reciprocal: bend(9)
    case .square: bend(10)
    case .absolute: bend(11)
    case .leaky(let slope): bend(12, slope)
    case .clip(let low, let high): bend(13, low, high)
    case .affine(let scale, let shift): bend(14, scale, shift)
    }
  }
}

/// In C, a fixed array is a tuple.
func fill<Tuple, Number: BitwiseCopyable>(_ tuple: inout Tuple, _ numbers: [Number]) {
  withUnsafeMutableBytes(of: &tuple) { bytes in
    for (index, number) in numbers.enumerated() {
      let place = index * MemoryLayout<Number>.stride
      bytes.storeBytes(of: number, toByteOffset: place, as: Number.self)
    }
  }
}

extension CUDA {
  public func finish(
    _ rows: MutableFloats, _ count: Int, _ columns: Int, bias: Floats?, _ activation: Activation
  ) {
    if bias == nil && activation == .none { return }
    launch(
      .finishRows, count * columns, rows, bias, Int32(count * columns), Int32(columns),
      activation.kernel)
  }

  public func bend(
    _ slopes: MutableFloats, by output: Floats, _ count: Int, _ columns: Int,
    _ activation: Activation, sums: MutableFloats?
  ) {
    if let sums {
      return sumColumns(slopes, bentBy: output, activation, count, columns, to: sums)
    }
    if activation == .none { return }
    mapSlopes(output, output, slopes, slopes, count * columns, activation)
  }

  public func map(
    _ input: Floats, _ output: MutableFloats, _ count: Int, _ activation: Activation
  ) {
    launch(.mapBend, count, input, output, Int32(count), activation.kernel)
  }

  public func mapSlopes(
    _ input: Floats, _ output: Floats, _ slopeOfOutput: Floats, _ slopes: MutableFloats,
    _ count: Int, _ activation: Activation
  ) {
    launch(
      .mapSlopes, count, input, output, slopeOfOutput, slopes, Int32(count), activation.kernel)
  }

  public func combine(
    _ rule: Combination, _ shape: Broadcast, rows: Int, _ a: Floats, _ b: Floats,
    _ output: MutableFloats
  ) {
    let count = rows * shape.count
    launch(
      .combineTwo, count, a, b, output, Int32(count), rule.number, shape.kernel(isSwapped: false))
  }

  public func combineSlopes(
    _ rule: Combination, _ shape: Broadcast, isFirst: Bool, rows: Int, _ other: Floats,
    slopeOfOutput: Floats, _ slopes: MutableFloats
  ) {
    let count = rows * (isFirst ? shape.countA : shape.countB)
    launch(
      .combineSlopes, count, other, slopeOfOutput, slopes, Int32(count), rule.number,
      (isFirst ? 1 : 0) as Int32, shape.kernel(isSwapped: !isFirst))
  }

  public func permute(
    _ order: Permutation, rows: Int, _ input: Floats, _ output: MutableFloats
  ) {
    precondition(order.shape.count <= 6, "no order of \(order.shape.count) axes")
    var shape = KernelPermutation()
    let ahead = 6 - order.shape.count
    fill(&shape.shape, [Int32](repeating: 1, count: ahead) + order.shape.map(Int32.init))
    fill(&shape.steps, [Int32](repeating: 0, count: ahead) + order.steps.map(Int32.init))
    shape.count = Int32(order.count)
    let count = rows * order.count
    launch(.permuteRows, count, input, output, Int32(count), shape)
  }

  public func copyBlocks(
    _ count: Int, _ size: Int, _ source: Floats, spacing: Int, _ target: MutableFloats,
    spacing targetSpacing: Int, adds: Bool
  ) {
    launch(
      .copyBlocks, count * size, source, target, Int32(count * size), Int32(size), spacing,
      targetSpacing, (adds ? 1 : 0) as Int32)
  }

  public func gather(
    _ table: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ output: MutableFloats
  ) {
    launch(
      .gatherLines, count * width, table, numbers, output, Int32(count * width), Int32(lines),
      Int32(width), 0 as Int32)
  }

  public func scatter(
    _ rows: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ table: MutableFloats
  ) {
    launch(
      .scatterLines, lines * width, rows, numbers, table, Int32(count), Int32(lines), Int32(width))
  }

  public func pick(
    _ tables: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ output: MutableFloats
  ) {
    launch(
      .gatherLines, count * width, tables, numbers, output, Int32(count * width), Int32(lines),
      Int32(width), Int32(lines * width))
  }

  public func pickSlopes(
    _ slopeOfOutput: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ tables: MutableFloats
  ) {
    let all = count * lines * width
    launch(
      .pickSlopes, all, slopeOfOutput, numbers, tables, Int32(all), Int32(lines), Int32(width))
  }

  public func cosines(_ numbers: Floats, _ count: Int, terms: Int, _ output: MutableFloats) {
    launch(
      .cosinesOf, count * terms, numbers, output, Int32(count * terms), Int32(terms))
  }

  public func perturb(
    rows: [Float], columns: [Float], means: Floats, deviations: Floats, noise: MutableFloats,
    _ output: MutableFloats
  ) {
    let factors = workFloats(rows.count + columns.count)
    stage(4 * (rows.count + columns.count), to: factors) {
      $0.copyMemory(from: rows, byteCount: 4 * rows.count)
      ($0 + 4 * rows.count).copyMemory(from: columns, byteCount: 4 * columns.count)
    }
    let count = rows.count * columns.count
    launch(
      .perturbWeights, count, factors, factors + rows.count, means, deviations, noise, output,
      Int32(count), Int32(columns.count))
  }
}

extension Combination {
  /// As `Rules` counts.
  fileprivate var number: Int32 {
    switch self {
    case .sum: 0
    case .difference: 1
    case .product: 2
    }
  }
}

extension Broadcast {
  /// - Parameter isSwapped: b is the first.
  fileprivate func kernel(isSwapped: Bool) -> KernelBroadcast {
    precondition(shape.count <= 4, "values of \(shape.count) axes")
    var made = KernelBroadcast()
    let ahead = [Int32](repeating: 0, count: 4 - shape.count)
    let (a, b) = isSwapped ? (stepsB, stepsA) : (stepsA, stepsB)
    fill(&made.shape, ahead.map { $0 + 1 } + shape.map(Int32.init))
    fill(&made.stepsA, ahead + a.map(Int32.init))
    fill(&made.stepsB, ahead + b.map(Int32.init))
    made.count = Int32(count)
    (made.countA, made.countB) = (
      Int32(isSwapped ? countB : countA), Int32(isSwapped ? countA : countB)
    )
    return made
  }
}
