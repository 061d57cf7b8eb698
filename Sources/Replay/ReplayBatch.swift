import Environment
import Lanes

/// Transitions that were drawn: [count, length] rows, in each of `count` sequences `length` steps that
/// follow one another in one episode.
///
/// A sequence that meets its episode's end is filled up with its last observation.
public final class ReplayBatch {
  public let count: Int
  public let length: Int
  /// By field of the spec; text is not kept and has no rows.
  public let observations: [Column]
  /// What is seen after the steps whose rewards are summed; of no meaning where a discount is 0.
  public let nextObservations: [Column]
  /// As the environment takes them.
  public let actions: Column
  /// Sums of discounted rewards.
  public let rewards: AlignedBuffer<Float>
  /// Of the next observation's value; 0 where the episode ended by itself.
  public let discounts: AlignedBuffer<Float>
  /// 0 where a row only fills up its sequence.
  public let isPart: AlignedBuffer<UInt8>
  /// [count]: what corrects for unequal chances; the largest is 1.
  public let weights: AlignedBuffer<Float>

  /// [count]: of each sequence's first row.
  var lanes: [Int]
  var positions: [Int]
  let fields: [KeptField]

  /// Of stacks, rows of the replay take the place of pictures, and their columns are empty.
  public let namesPictures: Bool
  /// By kept field: [rows, stack].
  let numbers, nextNumbers: [AlignedBuffer<Int32>]

  public init(_ spec: EnvironmentSpec, count: Int, length: Int = 1, namesPictures: Bool = false) {
    precondition(count > 0 && length > 0)
    (self.count, self.length) = (count, length)
    let rows = count * length
    fields = spec.observation.enumerated().compactMap { KeptField($0, $1) }
    self.namesPictures = namesPictures
    let named = fields.map { namesPictures && $0.stack > 1 ? rows * $0.stack : 0 }
    numbers = named.map { AlignedBuffer(count: $0) }
    nextNumbers = named.map { AlignedBuffer(count: $0) }
    let kept = Set(zip(fields, named).filter { $1 == 0 }.map(\.0.place))
    func columns() -> [Column] {
      spec.observation.enumerated().map { Column($1, rows: kept.contains($0) ? rows : 0) }
    }
    observations = columns()
    nextObservations = columns()
    actions = Column(Field("actions", [spec.action.width], spec.action.element), rows: rows)
    rewards = AlignedBuffer(count: rows)
    discounts = AlignedBuffer(count: rows)
    isPart = AlignedBuffer(count: rows)
    weights = AlignedBuffer(count: count)
    lanes = [Int](repeating: 0, count: count)
    positions = lanes
  }
}
