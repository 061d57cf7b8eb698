/// Numbers of any kind to floats.
struct Read: Operation {
  let field: Int
  let input: Input
  /// Of a sample.
  let steps: Int

  func forward(_ run: Run) {
    switch input.element {
    case .uint8: read(UInt8.self, run) { Float($0) }
    case .int32: read(Int32.self, run) { Float($0) }
    case .float32: read(Float.self, run) { $0 }
    case .float64: read(Double.self, run) { Float($0) }
    }
  }

  /// Where slopes of an input are wanted, the plan takes them from the output's.
  func backward(_ run: Run) {}

  @inline(__always) private func read<Number>(
    _: Number.Type, _ run: Run, _ float: (Number) -> Float
  ) {
    let rows = run.inputs.rows[field]
    let base = rows.base.assumingMemoryBound(to: Number.self)
    for row in 0..<run.count {
      let place = run.first + row
      let number = rows.number(place / steps) + place % steps * rows.stride
      let (source, target) = (base + number * input.count, run.output + row * input.count)
      // One source for all; the usual counts are known to the compiler.
      switch (input.outer, input.inner) {
      case (1, _): copy(source, target, 1, input.positions * input.inner, 1, float)
      case (4, 1): copy(source, target, 4, input.positions, 1, float)
      default: copy(source, target, input.outer, input.positions, input.inner, float)
      }
    }
  }

  @inline(__always) private func copy<Number>(
    _ source: UnsafePointer<Number>, _ target: UnsafeMutablePointer<Float>, _ outer: Int,
    _ positions: Int, _ inner: Int, _ float: (Number) -> Float
  ) {
    let scale = input.scale
    for position in 0..<positions {
      for plane in 0..<outer {
        for index in 0..<inner {
          target[(position * outer + plane) * inner + index] =
            float(source[(plane * positions + position) * inner + index]) * scale
        }
      }
    }
  }
}
