extension Value {
  public func reshaped(_ shape: [Int]) -> Value {
    precondition(shape.reduce(1, *) == count, "\(self.shape) does not become \(shape)")
    return made(View(), shape)
  }

  public func flat() -> Value { reshaped([count]) }

  /// The first axis in two: [groups, first / groups, ...].
  public func split(_ groups: Int) -> Value {
    precondition(shape[0] % groups == 0, "\(shape[0]) in \(groups) groups")
    return reshaped([groups, shape[0] / groups] + shape.dropFirst())
  }

  /// The first two axes in one.
  public func joined() -> Value { reshaped([shape[0] * shape[1]] + shape.dropFirst(2)) }

  /// The last two axes change places.
  public func transposed() -> Value {
    var order = Swift.Array(shape.indices)
    order.swapAt(order.count - 1, order.count - 2)
    return permuted(order)
  }

  /// Axis i of the result is axis `order[i]`.
  public func permuted(_ order: [Int]) -> Value {
    let forward = Permutation(shape, order)
    let back = order.indices.map { order.firstIndex(of: $0)! }
    return made(
      Permute(forward: forward, back: Permutation(forward.shape, back)), forward.shape)
  }

  /// Some of an axis.
  public func part(_ range: Range<Int>, of axis: Int = 0) -> Value {
    let whole = Axis(shape, axis)
    precondition(0 <= range.lowerBound && range.upperBound <= whole.count, "\(range) of \(shape)")
    var shape = shape
    shape[axis] = range.count
    return made(Cut(whole: whole, range: range), shape)
  }

  /// A line of the first axis by its number, [1]: a head a task. A number that there is not is its
  /// nearest.
  public func row(_ number: Value) -> Value {
    precondition(number.count == 1, "one number, not \(number.shape)")
    let width = count / shape[0]
    return made(
      Pick(lines: shape[0], width: width), Swift.Array(shape.dropFirst()), with: [number])
  }

  /// The same numbers, through which no slopes pass.
  public func stopped() -> Value { made(Stop(count: count), shape) }
}

extension Graph {
  /// The values one after the other along an axis.
  public func join(_ values: [Value], axis: Int = 0) -> Value {
    if values.count == 1 { return values[0] }
    var shape = values[0].shape
    for value in values {
      var other = value.shape
      other[axis] = shape[axis]
      precondition(other == shape && value.graph === self, "\(value.shape) beside \(shape)")
      precondition(value.fold == values[0].fold, "a value of each step beside one of the sample")
    }
    let parts = values.map { Axis($0.shape, axis) }
    shape[axis] = parts.reduce(0) { $0 + $1.count }
    return add(Join(parts: parts), values.map(\.index), shape, fold: values[0].fold)
  }
}

/// Another shape of the same memory.
struct View: Operation {
  func forward(_ run: Run) {}
  func backward(_ run: Run) {}
}

struct Stop: Operation {
  let count: Int
  var passesSlopes: Bool { false }

  func forward(_ run: Run) {
    run.backend.map(run.input(0), run.output, run.count * count, .none)
  }

  func backward(_ run: Run) {}
}

struct Permute: Operation {
  let forward, back: Permutation

  func forward(_ run: Run) {
    run.backend.permute(forward, rows: run.count, run.input(0), run.output)
  }

  func backward(_ run: Run) {
    guard let slopes = run.slope(ofInput: 0) else { return }
    run.backend.permute(back, rows: run.count, run.slope, slopes)
  }
}

struct Cut: Operation {
  let whole: Axis
  let range: Range<Int>

  private var size: Int { range.count * whole.inner }
  private var spacing: Int { whole.count * whole.inner }
  private var first: Int { range.lowerBound * whole.inner }

  func forward(_ run: Run) {
    run.backend.copyBlocks(
      run.count * whole.outer, size, run.input(0) + first, spacing: spacing, run.output,
      spacing: size, adds: false)
  }

  var addsSlopes: Bool { true }

  func backward(_ run: Run) {
    guard let slopes = run.slope(ofInput: 0) else { return }
    let count = run.count * whole.outer
    if !run.adds(0) { run.backend.clear(slopes, count * spacing) }
    run.backend.copyBlocks(
      count, size, run.slope, spacing: size, slopes + first, spacing: spacing, adds: true)
  }
}

struct Join: Operation {
  let parts: [Axis]

  var addsSlopes: Bool { true }

  func forward(_ run: Run) {
    forEachPart { index, part, place, spacing in
      run.backend.copyBlocks(
        run.count * part.outer, part.count * part.inner, run.input(index),
        spacing: part.count * part.inner, run.output + place, spacing: spacing, adds: false)
    }
  }

  func backward(_ run: Run) {
    forEachPart { index, part, place, spacing in
      guard let slopes = run.slope(ofInput: index) else { return }
      run.backend.copyBlocks(
        run.count * part.outer, part.count * part.inner, run.slope + place, spacing: spacing,
        slopes, spacing: part.count * part.inner, adds: run.adds(index))
    }
  }

  private func forEachPart(
    _ body: (_ index: Int, _ part: Axis, _ place: Int, _ spacing: Int) -> Void
  ) {
    let spacing = parts.reduce(0) { $0 + $1.count * $1.inner }
    var place = 0
    for (index, part) in parts.enumerated() {
      body(index, part, place, spacing)
      place += part.count * part.inner
    }
  }
}

struct Pick: Operation {
  let lines, width: Int

  func counts(by input: Int) -> Bool { input == 1 }

  func forward(_ run: Run) {
    run.backend.pick(run.input(0), lines, width, run.input(1), run.count, run.output)
  }

  func backward(_ run: Run) {
    guard let slopes = run.slope(ofInput: 0) else { return }
    run.backend.pickSlopes(run.slope, lines, width, run.input(1), run.count, slopes)
  }
}
