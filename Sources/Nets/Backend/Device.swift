/// Memory that the processor cannot see. Calls come from one thread at a time, and what they ask for
/// happens in their order.
public protocol Device: Sendable {
  /// Floats of a plan's arrays that are filled at once, at most.
  var floatsAtOnce: Int { get }
  /// Zeros, on a line of 256 bytes.
  /// - Parameter rows: for which the memory is, so that it can be said how many would fit; 0: for none.
  func allocate(_ bytes: Int, rows: Int) -> UnsafeMutableRawPointer
  /// Zeros for so many numbers that kernels alone see, in as few bits as the precision asks for; from one
  /// number to the next is the size of a float all the same.
  func allocate(narrow count: Int, rows: Int) -> UnsafeMutableRawPointer
  func free(_ memory: UnsafeMutableRawPointer)
  /// When it returns, what lies at `source` may change.
  func upload(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ bytes: Int)
  /// What lies at `target` is there after `wait`.
  func download(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ bytes: Int)
  func wait()
  func copy(_ source: Floats, to target: MutableFloats, _ count: Int)
  /// What `body` asks for comes to the device as one; a device may remember it, so that the same
  /// once more costs little. Nobody waits within.
  func sequence(_ body: () -> Void)

  /// Rows of inputs that lie there are read from a twin on the device, until they are forgotten.
  /// Where there is no room for one, rows come from here whenever they are read.
  /// - Parameter isLocked: the pages stay where they are, for the fastest way to the device.
  func keep(_ rows: UnsafeMutableRawPointer, _ bytes: Int, isLocked: Bool)
  func forget(_ rows: UnsafeMutableRawPointer)
  /// The twin gets some of the kept memory; it must not change before `wait`.
  func bring(_ rows: UnsafeMutableRawPointer, _ bytes: Int)
  /// As `bring`, of rows that are stacks of pictures, the newest last: of stacks that go on from those
  /// in `before`, kept too, the newest picture alone crosses.
  /// - Parameter begins: by row: not 0: all of it is new.
  func bring(
    _ rows: UnsafeMutableRawPointer, _ stacks: Stacks, after before: UnsafeMutableRawPointer,
    begins: UnsafePointer<UInt8>)
  /// As `bring`, of `bytes` each at some places.
  func bring(_ rows: UnsafeMutableRawPointer, _ bytes: Int, at numbers: [Int32])
  /// Whether the kept memory has a twin there.
  func holds(_ rows: UnsafeRawPointer, _ bytes: Int) -> Bool

  /// A replay's steps are from now on as the news says.
  func note(_ ledger: Ledger, _ news: Ledger.News)
  /// Draws samples with replacement of steps whose whole future is known, of which there must be some.
  /// - Parameters:
  ///   - steps: whose rewards are summed; `discount`: for each.
  ///   - correction: exponent of what undoes unequal chances.
  ///   - seeds: of each sample's own generator.
  func draw(
    _ ledger: Ledger, _ draws: Draws, steps: Int, discount: Double, correction: Double,
    seeds: [UInt64])
  /// Steps that were drawn get new priorities, from losses that are `apart` floats from each other.
  func rank(_ ledger: Ledger, _ draws: Draws, losses: Floats, apart: Int)
  /// Whether it makes such targets.
  func takes(_ aim: Aim) -> Bool
  /// Writes what the loss is given: actions, weights, targets and fractions.
  func aim(
    _ aim: Aim, _ rows: Int, next: Floats, before: Floats, chosen: Floats, _ draws: Draws,
    allowed: Rows?, fractions: Floats, given: MutableFloats)

  /// Of a long array, whose numbers only a kernel sees.
  func areFinite(_ numbers: Floats, _ count: Int) -> Bool
  /// Writes the length of the numbers in some ranges, and the factor by which they become at most
  /// `most` long; 0 where one is no number.
  func measure(
    _ numbers: Floats, _ ranges: [Range<Int>], atMost most: Float?, _ figures: MutableFloats)
  /// Whether it has such a loss.
  func takes(_ rule: RowLoss.Rule) -> Bool
  /// Writes slopes of the loss of rows, and figures, from outputs and what is given, as the rule says.
  func lose(
    _ rule: RowLoss.Rule, _ rows: Int, _ outputs: [Floats], given: Floats,
    slopes: [MutableFloats], figures: MutableFloats)
  /// - Throws: what has gone wrong since the device was opened: numbers that came after it are none.
  func check() throws
}

extension Device {
  public func allocate(_ bytes: Int) -> UnsafeMutableRawPointer { allocate(bytes, rows: 0) }
}

/// Rows of stacked pictures.
public struct Stacks: Sendable {
  /// Of rows.
  public let count: Int
  /// Of a row.
  public let pictures: Int
  /// Of a picture.
  public let bytes: Int

  public init(count: Int, pictures: Int, bytes: Int) {
    (self.count, self.pictures, self.bytes) = (count, pictures, bytes)
  }
}
