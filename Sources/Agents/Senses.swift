import Environment
import Lanes
import Nets

/// How a network reads a field.
enum Sense: Equatable {
  /// Of 36 x 36 or more: Nature's convolutions.
  case picture(Input)
  /// Smaller pictures and planes: MinAtar's convolution.
  case planes(Input)
  case vector(Input)
  /// Cells of ids, the last axis, each below its bound: [height, width, kinds], or [cells * kinds].
  case symbols(Input, [Int])
  /// Ids below a bound.
  case choice(Input, Int)
  /// Ids of words below a bound; 0 fills up.
  case tokens(Input, Int)
  /// The number of the task, and of how many.
  case task(Input, Int)
  /// Actions that are allowed: 1, else 0.
  case allowed(Input)

  var input: Input {
    switch self {
    case .picture(let input), .planes(let input), .vector(let input), .symbols(let input, _),
      .choice(let input, _), .tokens(let input, _), .task(let input, _), .allowed(let input):
      input
    }
  }

  /// Says something of the state.
  var isSeen: Bool {
    switch self {
    case .picture, .planes, .vector, .symbols, .choice, .tokens: true
    case .task, .allowed: false
    }
  }

  /// Has places, [height, width].
  var isGrid: Bool {
    switch self {
    case .picture, .planes: true
    case .symbols(let input, _): input.readShape.count == 3
    case .vector, .choice, .tokens, .task, .allowed: false
    }
  }

  var isVector: Bool { if case .vector = self { true } else { false } }
}

extension Field {
  /// nil: no network can read it.
  var sense: Sense? {
    switch role {
    case .picture(let planesFirst, let stack): grid(planesFirst, stack)
    case .planes(let planesFirst): grid(planesFirst, 1)
    case .vector: .vector(Input(vector: count, inputElement, scale: scale))
    case .choice(let count) where name == "task":
      .task(Input(vector: 1, inputElement), count)
    case .choice(let bound): .choice(Input(vector: self.count, inputElement), bound)
    case .tokens(let bound): .tokens(Input(vector: self.count, inputElement), bound)
    case .symbols(let bounds): cells(bounds)
    case .mask where name == "allowed": .allowed(Input(vector: self.count, inputElement))
    case .mask, .text: nil
    }
  }

  private func cells(_ bounds: [Int]) -> Sense? {
    guard !bounds.isEmpty, shape.last == bounds.count else { return nil }
    if shape.count == 3, min(shape[0], shape[1]) >= 3 {
      return .symbols(
        Input(outer: 1, height: shape[0], width: shape[1], inner: bounds.count, inputElement),
        bounds)
    }
    return .symbols(Input(vector: count, inputElement), bounds)
  }

  /// A picture's bytes become 0...1, as do a memory's; planes are 0 or 1 already.
  private var scale: Float {
    if case .planes = role { return 1 }
    return element == .uint8 ? 1 / 255 : 1
  }

  private var inputElement: Input.Element {
    switch element {
    case .uint8: .uint8
    case .int32: .int32
    case .float32: .float32
    case .float64: .float64
    }
  }

  /// [outer axes, height, width] or [outer axes, height, width, channels].
  private func grid(_ planesFirst: Bool, _ stack: Int) -> Sense? {
    let hasChannelsLast = !planesFirst && shape.count > 2
    let places = shape.dropLast(hasChannelsLast ? 1 : 0)
    guard places.count >= 2, let height = places.dropLast().last, let width = places.last else {
      return .vector(Input(vector: count, inputElement, scale: scale))
    }
    let input = Input(
      outer: places.dropLast(2).reduce(1, *), height: height, width: width,
      inner: hasChannelsLast ? shape.last! : 1, inputElement, scale: scale)
    if min(height, width) < 3 { return .vector(Input(vector: count, inputElement, scale: scale)) }
    return min(height, width) >= 36 ? .picture(input) : .planes(input)
  }
}

extension Graph {
  /// An input for each field.
  func inputs(_ senses: [Sense]) -> [Value] {
    senses.enumerated().map { input("\($0)", $1.input) }
  }
}

/// The observation fields that a policy reads, and running statistics of those that it normalises.
struct Senses {
  /// Places in the spec's observation.
  let places: [Int]
  let senses: [Sense]
  /// As the rollout keeps them: normalised ones are floats.
  let kept: [Field]
  private var moments: [RunningMoments?]
  /// Normalised rows of columns that are not kept.
  private var scratch: [AlignedBuffer<Float>?]

  init(_ spec: EnvironmentSpec, normalizes: Bool) {
    places = spec.observation.indices.filter { spec.observation[$0].sense != nil }
    let fields = places.map { spec.observation[$0] }
    let isNormalized = fields.map { normalizes && $0.sense!.isVector && $0.element != .uint8 }
    kept = zip(fields, isNormalized).map { field, isNormalized in
      isNormalized ? Field(field.name, field.shape, .float32) : field
    }
    senses = kept.map { $0.sense! }
    moments = zip(fields, isNormalized).map { $1 ? RunningMoments($0.count) : nil }
    scratch = fields.map { _ in nil }
  }

  /// The fields that a policy would have to know and cannot read.
  static func unreadable(_ spec: EnvironmentSpec) -> [Field] {
    spec.observation.filter { $0.sense == nil && $0.role != .text }
  }

  /// Takes a step's observations into rows that are kept, unless they were written there.
  mutating func keep(_ columns: [Column], in rows: [Column]) {
    for (index, place) in places.enumerated() {
      let (source, target) = (columns[place], rows[index])
      guard moments[index] != nil else {
        if source.base != target.base {
          target.base.copyMemory(from: source.base, byteCount: source.bytes.count)
        }
        continue
      }
      let width = source.field.count
      read(source) { number in
        moments[index]!.add(rows: source.rows) { number($0 * width + $1) }
      }
      normalize(index, source, into: target.written(Float.self))
    }
  }

  /// Where the next step writes: the rows that are kept, or the columns themselves.
  func targets(_ columns: [Column], _ rows: [Column]) -> [Column] {
    var targets = columns
    for (index, place) in places.enumerated() where moments[index] == nil {
      targets[place] = rows[index]
    }
    return targets
  }

  /// Rows of columns that lie anywhere; the statistics stay as they are.
  mutating func rows(
    _ columns: [Column], numbers: UnsafePointer<Int32>? = nil, first: Int = 0
  ) -> Inputs {
    Inputs(bases(columns), numbers: numbers, first: first)
  }

  /// Where the first rows lie, by field that is read.
  mutating func bases(_ columns: [Column]) -> [UnsafeRawPointer] {
    var bases: [UnsafeRawPointer] = []
    for (index, place) in places.enumerated() {
      let column = columns[place]
      guard moments[index] != nil else {
        bases.append(UnsafeRawPointer(column.base))
        continue
      }
      let count = column.rows * column.field.count
      if (scratch[index]?.count ?? 0) < count { scratch[index] = AlignedBuffer(count: count) }
      normalize(index, column, into: scratch[index]!.pointer)
      bases.append(UnsafeRawPointer(scratch[index]!.pointer))
    }
    return bases
  }

  private func normalize(_ index: Int, _ column: Column, into target: UnsafeMutablePointer<Float>) {
    let (moments, width) = (moments[index]!, column.field.count)
    read(column) { number in
      for place in 0..<column.rows * width {
        target[place] = moments.normalized(number(place), place % width)
      }
    }
  }

  private func read(_ column: Column, _ body: (_ number: (Int) -> Double) -> Void) {
    switch column.field.element {
    case .uint8: body { [numbers = column.of(UInt8.self)] in Double(numbers[$0]) }
    case .int32: body { [numbers = column.of(Int32.self)] in Double(numbers[$0]) }
    case .float32: body { [numbers = column.of(Float.self)] in Double(numbers[$0]) }
    case .float64: body { [numbers = column.of(Double.self)] in numbers[$0] }
    }
  }

  // MARK: Saving

  func save(into file: inout SafeTensors) {
    for (index, moments) in moments.enumerated() {
      moments?.save("moments.\(kept[index].name)", into: &file)
    }
  }

  /// - Throws: `CheckpointError`.
  mutating func restore(from file: SafeTensors) throws {
    for index in moments.indices where moments[index] != nil {
      try moments[index]!.restore("moments.\(kept[index].name)", from: file)
    }
  }
}
