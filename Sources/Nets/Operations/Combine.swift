extension Value {
  /// The last axes meet, as in NumPy; an axis of 1 or none repeats.
  public static func + (a: Value, b: Value) -> Value { a.combined(.sum, b) }
  public static func - (a: Value, b: Value) -> Value { a.combined(.difference, b) }
  public static func * (a: Value, b: Value) -> Value { a.combined(.product, b) }

  private func combined(_ rule: Combination, _ other: Value) -> Value {
    let broadcast = Broadcast(shape, other.shape)
    return made(Combine(rule: rule, shape: broadcast), broadcast.shape, with: [other])
  }

  /// Matrix product of two values: [..., m, k] by [..., k, n], as many pairs in both.
  public func times(_ other: Value) -> Value {
    let (rank, k) = (shape.count, channels)
    precondition(
      rank >= 2 && other.shape.count == rank && other.shape.dropLast(2) == shape.dropLast(2)
        && other.shape[rank - 2] == k, "no product of \(shape) and \(other.shape)")
    let operation = Multiply(
      pairs: shape.dropLast(2).reduce(1, *), m: shape[rank - 2], n: other.channels, k: k)
    return made(operation, Swift.Array(shape.dropLast()) + [other.channels], with: [other])
  }
}

struct Combine: Operation {
  let rule: Combination
  let shape: Broadcast

  func forward(_ run: Run) {
    run.backend.combine(rule, shape, rows: run.count, run.input(0), run.input(1), run.output)
  }

  func backward(_ run: Run) {
    for index in 0...1 {
      guard let slopes = run.slope(ofInput: index) else { continue }
      run.backend.combineSlopes(
        rule, shape, isFirst: index == 0, rows: run.count, run.input(1 - index),
        slopeOfOutput: run.slope, slopes)
    }
  }
}

struct Multiply: Operation {
  let pairs, m, n, k: Int

  var addsSlopes: Bool { true }
  var products: Int { pairs * m * n * k }

  func forward(_ run: Run) {
    run.backend.multiply(
      Product(m, n, k).times(run.count * pairs), run.input(0), run.input(1), run.output)
  }

  func backward(_ run: Run) {
    let all = run.count * pairs
    if let slopes = run.slope(ofInput: 0) {
      let product = Product(m, k, n, transposesB: true, beta: run.adds(0) ? 1 : 0)
      run.backend.multiply(product.times(all), run.slope, run.input(1), slopes)
    }
    if let slopes = run.slope(ofInput: 1) {
      let product = Product(k, n, m, transposesA: true, beta: run.adds(1) ? 1 : 0)
      run.backend.multiply(product.times(all), run.input(0), run.slope, slopes)
    }
  }
}
