/// Where networks run: the kernels of which operations are made. Arrays are row-major floats.
///
/// The processor's is `CPU`. Nothing above knows which one runs: pointers that kernels get are where
/// the backend finds its arrays, and only kernels look there.
public protocol Backend: Sendable {
  /// The memory in which kernels work; nil: the processor's own.
  var device: (any Device)? { get }
  /// The same place for a second thread: the same arrays, but what both ask for has no order before
  /// both have waited.
  func forAnotherThread() throws -> any Backend

  /// Rows of an input from `first` of the batch on, as floats; `steps` rows of each sample.
  func read(
    _ input: Input, _ rows: Rows, steps: Int, first: Int, count: Int, _ output: MutableFloats)
  /// All zeros.
  func clear(_ numbers: MutableFloats, _ count: Int)

  /// c = a b + beta c, for each of `product.count` pairs.
  func multiply(_ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats)
  /// The same, one pair, with a bias and an activation behind it. A vector behind b's end can be read,
  /// as in every `AlignedBuffer`.
  func multiply(
    _ product: Product, _ a: Floats, _ b: Floats, _ c: MutableFloats, bias: Floats?,
    _ activation: Activation)
  /// Adds a bias to every row, where there is one, and applies the activation in place.
  func finish(
    _ rows: MutableFloats, _ count: Int, _ columns: Int, bias: Floats?, _ activation: Activation)
  /// Multiplies slopes by the derivative that follows from the activation's output, in place; then adds
  /// each column's sum to those of a bias (nil: they are not wanted).
  func bend(
    _ slopes: MutableFloats, by output: Floats, _ count: Int, _ columns: Int,
    _ activation: Activation, sums: MutableFloats?)
  /// A product for each of some groups, whose lines lie among those of the others: y = activation(x W + b).
  func multiplyGroups(
    _ shape: Groups, _ input: Floats, weights: Floats, bias: Floats?, _ output: MutableFloats,
    _ activation: Activation, scratch: MutableFloats)
  /// Bends the output's slopes in place; adds to the gradients of weights and bias (nil: they are not
  /// wanted); writes the input's slopes (nil: the same).
  func multiplyGroupsSlopes(
    _ shape: Groups, _ input: Floats, weights: Floats, output: Floats, _ activation: Activation,
    slopeOfOutput: MutableFloats, gradient: MutableFloats?, bias: MutableFloats?,
    _ slopes: MutableFloats?, scratch: MutableFloats)
  /// output = activation(input)
  func map(_ input: Floats, _ output: MutableFloats, _ count: Int, _ activation: Activation)
  /// slopes = slopeOfOutput * activation'(input)
  func mapSlopes(
    _ input: Floats, _ output: Floats, _ slopeOfOutput: Floats, _ slopes: MutableFloats,
    _ count: Int, _ activation: Activation)

  /// Floats that convolutions need beside their arrays.
  func scratch(_ window: Window) -> Int
  /// Convolution with bias and activation, `scratch` floats beside it.
  func convolve(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, bias: Floats?,
    _ output: MutableFloats, _ activation: Activation, scratch: MutableFloats)
  /// Bends the output's slopes in place; adds to the gradients of weights and bias (nil: they are not
  /// wanted); writes the input's slopes (nil: the same).
  func convolveSlopes(
    _ window: Window, rows: Int, _ input: Floats, weights: Floats, output: Floats,
    _ activation: Activation, slopeOfOutput: MutableFloats, gradient: MutableFloats?,
    bias: MutableFloats?, _ slopes: MutableFloats?, scratch: MutableFloats)
  func pool(_ kind: Pooling, _ window: Window, rows: Int, _ input: Floats, _ output: MutableFloats)
  func poolSlopes(
    _ kind: Pooling, _ window: Window, rows: Int, _ input: Floats, _ output: Floats,
    slopeOfOutput: Floats, _ slopes: MutableFloats)

  /// Broadcasting arithmetic of two values.
  func combine(
    _ rule: Combination, _ shape: Broadcast, rows: Int, _ a: Floats, _ b: Floats,
    _ output: MutableFloats)
  /// Writes slopes of one of them, `isFirst` or not, from the output's.
  func combineSlopes(
    _ rule: Combination, _ shape: Broadcast, isFirst: Bool, rows: Int, _ other: Floats,
    slopeOfOutput: Floats, _ slopes: MutableFloats)

  /// Adds each column's sum.
  func addColumnSums(_ rows: Floats, _ count: Int, _ columns: Int, to sums: MutableFloats)
  /// [outer, axis, inner] to [outer, inner], sums times `scale`.
  func reduce(_ shape: Axis, scale: Float, _ input: Floats, _ output: MutableFloats)
  /// The reverse: [outer, inner] to [outer, axis, inner].
  func spread(_ shape: Axis, scale: Float, _ input: Floats, _ output: MutableFloats)
  func softmax(_ shape: Axis, isLogarithm: Bool, _ input: Floats, _ output: MutableFloats)
  func softmaxSlopes(
    _ shape: Axis, isLogarithm: Bool, _ output: Floats, slopeOfOutput: Floats,
    _ slopes: MutableFloats)
  /// Mean 0 and variance 1 of each row, times `gain` plus `bias`.
  func normalize(
    _ count: Int, _ columns: Int, epsilon: Float, _ input: Floats, gain: Floats, bias: Floats,
    _ output: MutableFloats)
  /// Adds to the gradients (nil: not wanted); writes slopes (nil: the same).
  func normalizeSlopes(
    _ count: Int, _ columns: Int, epsilon: Float, _ input: Floats, gain: Floats,
    slopeOfOutput: Floats, gradients: (gain: MutableFloats, bias: MutableFloats)?,
    _ slopes: MutableFloats?)

  /// Lines of a table by number; a number that the table has not is its nearest.
  func gather(
    _ table: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ output: MutableFloats)
  /// Adds rows to lines of a table, in the order of the numbers.
  func scatter(
    _ rows: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ table: MutableFloats)
  /// A line of each row's own table, [count, lines, width], by its number; as `gather`.
  func pick(
    _ tables: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ output: MutableFloats)
  /// Writes slopes of the tables: zeros but for the lines that were picked.
  func pickSlopes(
    _ slopeOfOutput: Floats, _ lines: Int, _ width: Int, _ numbers: Floats, _ count: Int,
    _ tables: MutableFloats)
  /// Blocks of `size` floats, `count` of them, from one spacing to another.
  func copyBlocks(
    _ count: Int, _ size: Int, _ source: Floats, spacing: Int, _ target: MutableFloats,
    spacing targetSpacing: Int, adds: Bool)
  /// Rows with their axes in another order.
  func permute(_ order: Permutation, rows: Int, _ input: Floats, _ output: MutableFloats)

  /// cos(pi i x), i = 1...terms, of each of `count` numbers.
  func cosines(_ numbers: Floats, _ count: Int, terms: Int, _ output: MutableFloats)
  /// Where tokens go, as `Value.routed` says.
  func route(_ shape: Routing, rows: Int, _ gates: Floats, _ output: MutableFloats)
  func routeSlopes(
    _ shape: Routing, rows: Int, _ gates: Floats, slopeOfOutput: Floats, _ slopes: MutableFloats)
  /// Writes noise[i, j] = rows[i] columns[j], and means + deviations * noise.
  func perturb(
    rows: [Float], columns: [Float], means: Floats, deviations: Floats, noise: MutableFloats,
    _ output: MutableFloats)

  /// Writes memories before some steps of each sample, [samples, steps, width]: nothing where an episode
  /// begins, else the state after the step before, which is `memory` before the first.
  func recall(
    _ shape: Recollection, begins: Floats, memory: Floats, states: Floats, _ before: MutableFloats)
  /// Memories become zeros where an episode begins; flags are `spacing` floats apart.
  func forget(
    _ samples: Int, _ width: Int, begins: Floats, spacing: Int, _ memories: MutableFloats)
  /// A step of a layer that remembers: gates from features, [gates * units], and from the memory before
  /// the step; writes the memory after it.
  func remember(
    _ shape: CellShape, _ gates: Floats, _ echoes: Floats, _ before: Floats,
    _ output: MutableFloats)
  /// Writes slopes of the features' gates, of the memory's into `echoes`, and those of the memory
  /// before the step that do not pass through gates, [width] a row.
  func rememberSlopes(
    _ shape: CellShape, _ gates: Floats, _ echoes: MutableFloats, _ before: Floats,
    _ output: Floats, slopeOfOutput: Floats, _ slopes: MutableFloats, _ memory: MutableFloats)

  /// One step of an optimiser over a stretch of weights.
  func descend(_ step: Descent, _ range: Range<Int>, _ numbers: DescentNumbers)
  /// a += share (b - a)
  func mix(_ a: MutableFloats, _ b: Floats, _ range: Range<Int>, share: Float)
  /// The sum of squares, in a fixed order.
  func squares(_ numbers: Floats, _ range: Range<Int>) -> Double
}

public typealias Floats = UnsafePointer<Float>
public typealias MutableFloats = UnsafeMutablePointer<Float>
