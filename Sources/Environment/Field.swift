/// A named array of one lane: a part of an observation, or a fact beside it.
public struct Field: Equatable, Sendable, Codable {
  public var name: String
  /// Without the lane axis, row-major; empty: one number.
  public var shape: [Int]
  public var element: Element
  public var role: Role
  /// Bounds of the elements: one for all, or one each. Empty: those of the role, or none.
  public var low: [Double]
  public var high: [Double]

  public init(
    _ name: String, _ shape: [Int] = [], _ element: Element, _ role: Role = .vector,
    low: [Double] = [], high: [Double] = []
  ) {
    self.name = name
    self.shape = shape
    self.element = element
    self.role = role
    self.low = low
    self.high = high
  }

  public var count: Int { shape.reduce(1, *) }
  /// Of one lane.
  public var bytes: Int { count * element.bytes }

  /// What every element lies within, both ends included.
  public func bounds(of index: Int) -> ClosedRange<Double> {
    func pick(_ values: [Double], _ other: Double) -> Double {
      values.isEmpty ? other : values[values.count == 1 ? 0 : index]
    }
    let (least, most) = role.bounds(lastAxis: shape.last ?? 1, index: index)
    return pick(low, least)...pick(high, most)
  }
}

/// In JSON a bound that is infinite is null.
extension Field {
  private enum Key: String, CodingKey { case name, shape, element, role, low, high }

  public init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: Key.self)
    self.init(
      try row.decode(String.self, forKey: .name), try row.decode([Int].self, forKey: .shape),
      try row.decode(Element.self, forKey: .element), try row.decode(Role.self, forKey: .role),
      low: try row.decode([Double?].self, forKey: .low).map { $0 ?? -.infinity },
      high: try row.decode([Double?].self, forKey: .high).map { $0 ?? .infinity })
  }

  public func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: Key.self)
    try row.encode(name, forKey: .name)
    try row.encode(shape, forKey: .shape)
    try row.encode(element, forKey: .element)
    try row.encode(role, forKey: .role)
    try row.encode(low.map { $0.isFinite ? $0 : nil }, forKey: .low)
    try row.encode(high.map { $0.isFinite ? $0 : nil }, forKey: .high)
  }
}

extension Field {
  /// Pictures that lie one after another in a row, the oldest first; 1 where it is no stack.
  public var stack: Int {
    guard case .picture(_, let stack) = role, stack > 1, let outer = shape.first,
      outer % stack == 0
    else { return 1 }
    return outer < stack ? 1 : stack
  }
}

public enum Element: String, Sendable, Codable, CaseIterable {
  case uint8, int32, float32, float64

  public var bytes: Int {
    switch self {
    case .uint8: 1
    case .int32, .float32: 4
    case .float64: 8
    }
  }

  public func holds<Number>(_: Number.Type) -> Bool {
    switch self {
    case .uint8: Number.self == UInt8.self
    case .int32: Number.self == Int32.self
    case .float32: Number.self == Float.self
    case .float64: Number.self == Double.self
    }
  }
}

/// What a field's numbers mean, so that a network can choose how to read them.
public enum Role: Equatable, Sendable, Codable {
  /// Bytes 0...255, the newest of `stack` pictures last. With `planesFirst` the shape is [stack or
  /// channels, height, width], else [stack, height, width, channels]. Within an episode a step's
  /// stack is the one before without its oldest picture, and a new one behind.
  case picture(planesFirst: Bool, stack: Int)
  /// 0 or 1: [height, width, channels], or channels first.
  case planes(planesFirst: Bool)
  /// The last axis holds ids, each below its bound.
  case symbols([Int])
  case vector
  /// 1: allowed.
  case mask
  /// One id.
  case choice(Int)
  /// Ids of words, filled up with 0.
  case tokens(vocabulary: Int)
  /// UTF-8 and zeros, for people; no network reads it.
  case text

  func bounds(lastAxis: Int, index: Int) -> (Double, Double) {
    switch self {
    case .picture, .text: (0, 255)
    case .planes, .mask: (0, 1)
    case .symbols(let bounds): (0, Double(bounds[index % lastAxis] - 1))
    case .vector: (-.infinity, .infinity)
    case .choice(let count), .tokens(let count): (0, Double(count - 1))
    }
  }
}

public enum ActionSpace: Equatable, Sendable, Codable {
  /// 0..<n
  case discrete(Int)
  /// One of each: 0..<n
  case multiDiscrete([Int])
  /// Floats, both ends included.
  case box(low: [Float], high: [Float])

  /// Numbers that one player's action has.
  public var width: Int {
    switch self {
    case .discrete: 1
    case .multiDiscrete(let counts): counts.count
    case .box(let low, _): low.count
    }
  }

  public var element: Element {
    if case .box = self { .float32 } else { .int32 }
  }

  /// Inclusive bounds of the action's number `index`.
  public func bounds(of index: Int) -> ClosedRange<Double> {
    switch self {
    case .discrete(let count): 0...Double(count - 1)
    case .multiDiscrete(let counts): 0...Double(counts[index] - 1)
    case .box(let low, let high): Double(low[index])...Double(high[index])
    }
  }
}
