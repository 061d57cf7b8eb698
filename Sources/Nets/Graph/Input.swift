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
  package let outer, positions, inner: Int

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

  package var count: Int { outer * positions * inner }
}

/// Rows of one input: where row 0 lies, and which rows are meant.
public struct Rows {
  package let base: UnsafeRawPointer
  let numbers: UnsafePointer<Int32>?
  let first: Int
  let stride: Int
  /// Rows in memory that make one of the network's.
  package let pictures: Int
  /// Their numbers, where a device has them and nobody else.
  package let there: UnsafeRawPointer?
  /// Of rows of bytes that are such: by how much each is moved.
  package private(set) var moves: UnsafePointer<Move>?

  /// - Parameters:
  ///   - numbers: of the rows; nil: those from `first` on. Of samples of several steps: of the first.
  ///   - stride: rows from a step of a sample to the next.
  public init(
    _ base: UnsafeRawPointer, numbers: UnsafePointer<Int32>? = nil, first: Int = 0, stride: Int = 1
  ) {
    pictures = 1
    self.base = base
    self.numbers = numbers
    self.first = first
    self.stride = stride
    there = nil
  }

  /// Stacks whose pictures lie apart, each named by a number.
  /// - Parameter numbers: [rows, pictures].
  public init(pictures: Int, _ base: UnsafeRawPointer, numbers: UnsafePointer<Int32>) {
    (self.base, self.numbers, self.pictures) = (base, numbers, pictures)
    (first, stride, there) = (0, 1, nil)
  }

  /// Rows of kept memory by numbers that lie on its device, [rows, pictures].
  init(pictures: Int, _ base: UnsafeRawPointer, there: UnsafeRawPointer) {
    (self.base, self.there, self.pictures) = (base, there, pictures)
    (numbers, first, stride) = (nil, 0, 1)
  }

  /// The same pictures, each moved about, for a network that reads floats.
  /// - Parameter moves: by row.
  public func moved(by moves: UnsafePointer<Move>) -> Rows {
    precondition(there != nil, "rows that a device has not drawn")
    var rows = self
    rows.moves = moves
    return rows
  }

  func number(_ index: Int) -> Int { numbers.map { Int($0[first + index]) } ?? first + index }

  /// Of row `index` of a network, `steps` for each sample.
  package func number(of index: Int, steps: Int) -> Int {
    number(index / steps) + index % steps * stride
  }
}

/// A picture each of whose places shows the one so far below and to the right, or the edge, times a factor.
public struct Move: BitwiseCopyable, Sendable {
  package let down, right: Int32
  package let factor: Float

  public init(down: Int, right: Int, factor: Float) {
    (self.down, self.right, self.factor) = (Int32(down), Int32(right), factor)
  }
}

extension Rows {
  /// Of picture `index` of a network's rows from `row` on.
  package func picture(_ index: Int, from row: Int, steps: Int) -> Int {
    if pictures == 1 { return number(of: row + index, steps: steps) }
    return Int(numbers![(first + row) * pictures + index])
  }
}

/// What a plan reads: rows for each input of its graph, in the order in which it got them.
///
/// Memory belongs to the caller and is read during the call alone. An input that the plan's outputs
/// do not need is not read.
public struct Inputs {
  var rows: [Rows]

  public init(_ rows: [Rows]) { self.rows = rows }

  /// - Parameter numbers: the same for all; nil: the rows from `first` on.
  public init(
    _ bases: [UnsafeRawPointer], numbers: UnsafePointer<Int32>? = nil, first: Int = 0,
    stride: Int = 1
  ) {
    rows = bases.map { Rows($0, numbers: numbers, first: first, stride: stride) }
  }

  public static func + (inputs: Inputs, more: [Rows]) -> Inputs { Inputs(inputs.rows + more) }
}
