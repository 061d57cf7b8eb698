import Environment

/// A spec as JSON has it: kinds by name, and null where there is no bound.
public struct SpecView: Encodable {
  private let observation, info: [FieldView]
  private let action: ActionView
  private let action_names, tasks: [String]
  private let players, frames_per_step: Int
  private let step_limit: Int?
  private let autoreset: AutoresetMode

  public init(_ spec: EnvironmentSpec) {
    observation = spec.observation.map(FieldView.init)
    info = spec.info.map(FieldView.init)
    action = ActionView(spec.action)
    action_names = spec.actionNames
    tasks = spec.tasks
    players = spec.players
    frames_per_step = spec.framesPerStep
    step_limit = spec.stepLimit
    autoreset = spec.autoreset
  }

  private enum CodingKeys: String, CodingKey {
    case observation, info, action, action_names, tasks, players, frames_per_step, step_limit
    case autoreset
  }

  public func encode(to encoder: any Encoder) throws {
    var view = encoder.container(keyedBy: CodingKeys.self)
    try view.encode(observation, forKey: .observation)
    try view.encode(info, forKey: .info)
    try view.encode(action, forKey: .action)
    try view.encode(action_names, forKey: .action_names)
    try view.encode(tasks, forKey: .tasks)
    try view.encode(players, forKey: .players)
    try view.encode(frames_per_step, forKey: .frames_per_step)
    try view.encode(step_limit, forKey: .step_limit)
    try view.encode(autoreset, forKey: .autoreset)
  }
}

private func bounds(_ values: some Sequence<Double>) -> [Double?] {
  values.map { $0.isFinite ? $0 : nil }
}

struct FieldView: Encodable {
  private let name: String
  private let shape: [Int]
  private let element: Element
  private let role: RoleView
  /// One for all elements, or one each.
  private let low, high: [Double?]

  init(_ field: Field) {
    name = field.name
    shape = field.shape
    element = field.element
    role = RoleView(field.role)
    let isEach = field.low.count > 1 || field.high.count > 1 || field.role.differs
    let all = (0..<(isEach ? field.count : 1)).map { field.bounds(of: $0) }
    low = bounds(all.map(\.lowerBound))
    high = bounds(all.map(\.upperBound))
  }
}

extension Role {
  /// Whether elements of a field have bounds of their own.
  fileprivate var differs: Bool {
    if case .symbols = self { true } else { false }
  }
}

public struct RoleView: Encodable {
  private let kind: String
  private let planes_first: Bool?
  private let stack: Int?
  /// What ids are below.
  private let counts: [Int]?

  public init(_ role: Role) {
    var (first, stack): (Bool?, Int?) = (nil, nil)
    var counts: [Int]?
    switch role {
    case .picture(let planesFirst, let pictures):
      (kind, first, stack) = ("picture", planesFirst, pictures)
    case .planes(let planesFirst): (kind, first) = ("planes", planesFirst)
    case .symbols(let bounds): (kind, counts) = ("symbols", bounds)
    case .vector: kind = "vector"
    case .mask: kind = "mask"
    case .choice(let count): (kind, counts) = ("choice", [count])
    case .tokens(let vocabulary): (kind, counts) = ("tokens", [vocabulary])
    case .text: kind = "text"
    }
    (planes_first, self.stack, self.counts) = (first, stack, counts)
  }

  public var text: String {
    var words = [kind]
    if let counts { words.append("of " + counts.map(String.init).joined(separator: ", ")) }
    if let stack, stack > 1 { words.append("of \(stack)") }
    if let planes_first { words.append(planes_first ? "(planes first)" : "(planes last)") }
    return words.joined(separator: " ")
  }
}

struct ActionView: Encodable {
  private let kind: String
  private var count: Int?
  private var counts: [Int]?
  private var low, high: [Double?]?

  init(_ action: ActionSpace) {
    switch action {
    case .discrete(let count): (kind, self.count) = ("discrete", count)
    case .multiDiscrete(let counts): (kind, self.counts) = ("multi-discrete", counts)
    case .box(let low, let high):
      kind = "box"
      self.low = bounds(low.map(Double.init))
      self.high = bounds(high.map(Double.init))
    }
  }
}
