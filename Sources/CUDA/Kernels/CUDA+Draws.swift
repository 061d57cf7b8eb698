import CCUDA
import Nets

extension CUDA {
  public func note(_ ledger: Ledger, _ news: Ledger.News) {
    // Room for a few sizes alone, so that what is asked for is mostly what was asked for before.
    var room = 16
    while room < news.steps.count { room *= 2 }
    let heads = 16
    let lines = heads + 8 * news.written.count
    let bytes = lines + room * MemoryLayout<KernelNews>.stride
    sequence {
      let place = work(bytes)
      stage(bytes, to: place) { news.write($0, lines: lines) }
      launch(
        .noteSteps, grid: (1, 1, 1), block: 256, ledger.kernel, place, place + heads, place + lines)
    }
  }

  public func draw(
    _ ledger: Ledger, _ draws: Draws, steps: Int, discount: Double, correction: Double,
    seeds: [UInt64]
  ) {
    precondition(seeds.count == draws.count)
    var shape = KernelDraws()
    (shape.count, shape.steps) = (Int32(draws.count), Int32(steps))
    (shape.fields, shape.discount) = (Int32(draws.stacks.count), discount)
    fill(&shape.stacks, draws.stacks.map(Int32.init))
    sequence {
      let given = work(8 + 8 * seeds.count)
      stage(8 + 8 * seeds.count, to: given) { memory in
        memory.storeBytes(of: correction, as: Double.self)
        (memory + 8).copyMemory(from: seeds, byteCount: 8 * seeds.count)
      }
      launch(
        .drawSteps, grid: (1, 1, 1), block: 256, ledger.kernel, shape, given, draws.leaves,
        draws.numbers, draws.nextNumbers, draws.told, draws.weights)
    }
  }

  public func rank(_ ledger: Ledger, _ draws: Draws, losses: Floats, apart: Int) {
    launch(
      .rankSteps, grid: (1, 1, 1), block: 256, ledger.kernel, draws.leaves, losses, Int32(apart),
      Int32(draws.count))
  }

  public func takes(_ aim: Aim) -> Bool {
    guard case .action(_, let actions, let numbers, _, _) = aim.rule else { return false }
    return actions <= mostActions && numbers <= mostNumbers
  }

  public func aim(
    _ aim: Aim, _ rows: Int, next: Floats, before: Floats, chosen: Floats, _ draws: Draws,
    allowed: Rows?, fractions: Floats, given: MutableFloats
  ) {
    launch(
      .aimSteps, grid: (rows, 1, 1), block: 128, next, before, chosen, draws.told,
      allowed.map(base), allowed?.there, fractions, given, aim.kernel)
  }
}

extension Ledger {
  fileprivate var kernel: KernelLedger {
    var made = KernelLedger()
    made.nodes = nodes.assumingMemoryBound(to: Double.self)
    made.rewards = rewards.assumingMemoryBound(to: Double.self)
    made.largest = largest.assumingMemoryBound(to: Double.self)
    made.actions = actions.assumingMemoryBound(to: Int32.self)
    made.counts = counts.assumingMemoryBound(to: Int32.self)
    made.marks = marks.assumingMemoryBound(to: UInt8.self)
    made.written = written.assumingMemoryBound(to: Int64.self)
    (made.lanes, made.window, made.rows) = (
      Int32(shape.lanes), Int32(shape.window), Int32(shape.rows)
    )
    (made.history, made.width) = (Int32(shape.history), Int32(width))
    guard let ranks = shape.ranks else { return made }
    (made.isRanked, made.exponent) = (1, ranks.exponent)
    (made.slack, made.uniformShare) = (ranks.slack, ranks.uniformShare)
    return made
  }
}

extension Ledger.News {
  /// Numbers of all, then rows by lane, then, at `lines`, the steps.
  fileprivate func write(_ memory: UnsafeMutableRawPointer, lines: Int) {
    let heads = [Int32(transitions), Int32(longest), Int32(steps.count), 0]
    memory.copyMemory(from: heads, byteCount: 16)
    (memory + 16).copyMemory(from: written, byteCount: 8 * written.count)
    let news = (memory + lines).assumingMemoryBound(to: KernelNews.self)
    for (index, step) in steps.enumerated() {
      news[index] = KernelNews(
        reward: step.reward, leaf: step.leaf, action: step.action, mark: Int32(step.mark))
    }
  }
}

extension Aim {
  fileprivate var kernel: KernelTarget {
    var made = KernelTarget()
    made.outputs = rule.actionLoss
    made.isDouble = isDouble ? 1 : 0
    switch form {
    case .projected: break
    case .twoHot: made.form = 1
    case .normal(let deviation): (made.form, made.deviation) = (2, deviation)
    }
    if let atoms { (made.low, made.high, made.spacing) = (atoms.low, atoms.high, atoms.spacing) }
    guard let soft else { return made }
    made.isSoft = 1
    (made.temperature, made.share, made.floor) = (soft.temperature, soft.share, soft.floor)
    return made
  }
}
