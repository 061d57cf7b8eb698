import CCUDA
import Nets

extension CUDA {
  // MARK: Layers that remember

  public func recall(
    _ shape: Recollection, begins: Floats, memory: Floats, states: Floats, _ before: MutableFloats
  ) {
    let count = shape.samples * shape.steps.count * shape.width
    let recall = KernelRecall(
      width: Int32(shape.width), samples: Int32(shape.samples),
      first: Int32(shape.steps.lowerBound), steps: Int32(shape.steps.count),
      all: Int32(shape.all))
    launch(.recallStates, count, begins, memory, states, before, Int32(count), recall)
  }

  public func forget(
    _ samples: Int, _ width: Int, begins: Floats, spacing: Int, _ memories: MutableFloats
  ) {
    launch(
      .forgetStates, samples * width, begins, memories, Int32(samples * width), Int32(width),
      Int32(spacing))
  }

  public func remember(
    _ shape: CellShape, _ gates: Floats, _ echoes: Floats, _ before: Floats,
    _ output: MutableFloats
  ) {
    launch(
      .rememberCells, shape.rows * shape.units, gates, echoes, before, output, shape.kernel)
  }

  public func rememberSlopes(
    _ shape: CellShape, _ gates: Floats, _ echoes: MutableFloats, _ before: Floats,
    _ output: Floats, slopeOfOutput: Floats, _ slopes: MutableFloats, _ memory: MutableFloats
  ) {
    launch(
      .rememberSlopes, shape.rows * shape.units, gates, echoes, before, output, slopeOfOutput,
      slopes, memory, shape.kernel)
  }

  // MARK: Routing

  public func route(_ shape: Routing, rows: Int, _ gates: Floats, _ output: MutableFloats) {
    let best = best(shape, rows, gates)
    let count = rows * shape.tokens * shape.experts
    launch(.routeTokens, count, gates, best, output, Int32(count), shape.kernel)
  }

  public func routeSlopes(
    _ shape: Routing, rows: Int, _ gates: Floats, slopeOfOutput: Floats, _ slopes: MutableFloats
  ) {
    let best = best(shape, rows, gates)
    let count = rows * shape.tokens * shape.experts
    launch(.routeSlopes, count, best, slopeOfOutput, slopes, Int32(count), shape.kernel)
  }

  private func best(_ shape: Routing, _ rows: Int, _ gates: Floats) -> UnsafeMutableRawPointer {
    let tokens = rows * shape.tokens
    let best = work(4 * tokens)
    launch(.bestExperts, tokens, gates, best, Int32(tokens), Int32(shape.experts))
    return best
  }

  // MARK: Optimisers

  public func descend(_ step: Descent, _ range: Range<Int>, _ numbers: DescentNumbers) {
    let (first, count) = (range.lowerBound, Int32(range.count))
    let (weights, gradients) = (numbers.weights + first, numbers.gradients + first)
    let factor = numbers.factor ?? one
    switch step.rule {
    case .adam(let beta1, let beta2, let epsilon, let decay, let isDecoupled):
      let adam = KernelAdam(
        beta1: beta1, beta2: beta2, epsilon: epsilon, added: isDecoupled ? 0 : decay,
        kept: isDecoupled ? 1 - step.learningRate * decay : 1,
        rate: step.learningRate * step.firstCorrection, rootCorrection: step.rootCorrection,
        scale: step.scale)
      launch(
        .stepAdam, range.count, weights, gradients, numbers.first + first, numbers.second + first,
        count, given(adam), factor)
    case .rmsProp(let decay, let epsilon, let isCentred, let isInside, let momentum):
      let kept = isCentred ? numbers.third : numbers.second
      let shape = KernelRMSProp(
        decay: decay, inside: isInside ? epsilon : 0, behind: isInside ? 0 : epsilon,
        momentum: momentum, rate: step.learningRate, scale: step.scale,
        isCentred: isCentred ? 1 : 0)
      launch(
        .stepRMSProp, range.count, weights, gradients, numbers.first + first,
        numbers.second + first, kept + first, count, given(shape), factor)
    case .sgd(let momentum):
      let shape = KernelSGD(rate: step.learningRate, momentum: momentum, scale: step.scale)
      launch(
        .stepSGD, range.count, weights, gradients, numbers.first + first, count, given(shape),
        factor)
    }
  }

  /// What a kernel is to find in memory, for it is another the next time.
  private func given<Value: BitwiseCopyable>(_ value: Value) -> UnsafeMutableRawPointer {
    let size = MemoryLayout<Value>.size
    let place = work(size)
    stage(size, to: place) { $0.storeBytes(of: value, as: Value.self) }
    return place
  }

  public func measure(
    _ numbers: Floats, _ ranges: [Range<Int>], atMost most: Float?, _ figures: MutableFloats
  ) {
    let sums = work(8 * 256 * max(ranges.count, 1)).assumingMemoryBound(to: Double.self)
    for (place, range) in ranges.enumerated() {
      launch(
        .sumSquares, grid: (256, 1, 1), block: 256, numbers + range.lowerBound,
        sums + 256 * place, Int32(range.count), 0 as Int32)
    }
    launch(
      .cutLength, grid: (1, 1, 1), block: 1, sums, Int32(256 * ranges.count), most ?? -1, figures)
  }

  public func mix(_ a: MutableFloats, _ b: Floats, _ range: Range<Int>, share: Float) {
    launch(
      .mixNumbers, range.count, a + range.lowerBound, b + range.lowerBound, Int32(range.count),
      share)
  }

  public func squares(_ numbers: Floats, _ range: Range<Int>) -> Double {
    sums(numbers + range.lowerBound, range.count, onlyFinite: false).reduce(0, +)
  }

  public func areFinite(_ numbers: Floats, _ count: Int) -> Bool {
    sums(numbers, count, onlyFinite: true).allSatisfy { $0 == 0 }
  }

  /// By block.
  private func sums(_ numbers: Floats, _ count: Int, onlyFinite: Bool) -> [Double] {
    var sums = [Double](repeating: 0, count: 256)
    let parts = work(8 * sums.count)
    launch(
      .sumSquares, grid: (sums.count, 1, 1), block: 256, numbers, parts, Int32(count),
      (onlyFinite ? 1 : 0) as Int32)
    sums.withUnsafeMutableBytes {
      download(parts, to: $0.baseAddress!, $0.count)
      wait()
    }
    return sums
  }
}

extension Routing {
  fileprivate var kernel: KernelRouting {
    KernelRouting(
      tokens: Int32(tokens), experts: Int32(experts), places: Int32(places),
      isWeighted: isWeighted ? 1 : 0)
  }
}

extension CellShape {
  fileprivate var kernel: KernelCells {
    KernelCells(
      isGRU: cell == .gru ? 1 : 0, units: Int32(units), rows: Int32(rows), gates: Int32(gates),
      echoes: Int32(echoes), before: Int32(before), states: Int32(states))
  }
}
