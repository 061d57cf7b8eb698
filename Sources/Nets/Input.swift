/// An array of which an environment writes a row a lane, and how a network reads it.
///
/// In memory a row is [outer, positions, inner]; the network reads [positions, outer * inner]:
/// planes, stacks and colours of a picture become its channels.
public struct Input: Equatable, Sendable {
  public enum Element: Sendable { case uint8, int32, float32, float64 }

  public var element: Element
  /// Each number is multiplied by this.
  public var scale: Float
  public let readShape: [Int]
  let outer, positions, inner: Int

  /// Numbers in a row.
  public init(vector count: Int, _ element: Element, scale: Float = 1) {
    self.element = element
    self.scale = scale
    (outer, positions, inner) = (1, 1, count)
    readShape = [count]
  }

  /// Pictures: [outer, height, width, inner].
  public init(
    outer: Int, height: Int, width: Int, inner: Int, _ element: Element, scale: Float = 1
  ) {
    self.element = element
    self.scale = scale
    (self.outer, positions, self.inner) = (outer, height * width, inner)
    readShape = [height, width, outer * inner]
  }

  var count: Int { outer * positions * inner }
}

/// Rows that a network reads: for each input where the first row lies, and which rows are meant.
public struct Rows {
  let bases: [UnsafeRawPointer]
  let numbers: UnsafePointer<Int32>?
  let first: Int

  /// - Parameters:
  ///   - bases: by input, in the order in which the graph got them.
  ///   - numbers: nil: those from `first` on.
  public init(_ bases: [UnsafeRawPointer], numbers: UnsafePointer<Int32>? = nil, first: Int = 0) {
    self.bases = bases
    self.numbers = numbers
    self.first = first
  }

  func number(_ index: Int) -> Int { numbers.map { Int($0[first + index]) } ?? first + index }

  func dropFirst(_ count: Int) -> Rows { Rows(bases, numbers: numbers, first: first + count) }
}

/// Numbers of any kind to floats.
struct Read: Operation {
  let field: Int
  let input: Input
  var scratch: Int { 0 }

  func forward(_ run: Run) {
    switch input.element {
    case .uint8: read(UInt8.self, run) { Float($0) }
    case .int32: read(Int32.self, run) { Float($0) }
    case .float32: read(Float.self, run) { $0 }
    case .float64: read(Double.self, run) { Float($0) }
    }
  }

  func backward(_ run: Run) {}

  @inline(__always) private func read<Number>(
    _: Number.Type, _ run: Run, _ float: (Number) -> Float
  ) {
    let base = run.rows.bases[field].assumingMemoryBound(to: Number.self)
    for row in 0..<run.count {
      let (source, target) = (
        base + run.rows.number(row) * input.count, run.output + row * input.count
      )
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
