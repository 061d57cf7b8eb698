import Foundation

/// Settings by name, as the command line gives them.
extension PPO.Settings {
  private enum Field {
    case number(WritableKeyPath<PPO.Settings, Float>)
    case count(WritableKeyPath<PPO.Settings, Int>)
    case flag(WritableKeyPath<PPO.Settings, Bool>)
  }

  private static var fields: [(name: String, field: Field)] {
    [
      ("learningRate", .number(\.learningRate)), ("anneal", .flag(\.anneal)),
      ("rolloutSteps", .count(\.rolloutSteps)), ("discount", .number(\.discount)),
      ("lambda", .number(\.lambda)), ("minibatches", .count(\.minibatches)),
      ("epochs", .count(\.epochs)), ("clip", .number(\.clip)),
      ("clipValueLoss", .flag(\.clipValueLoss)),
      ("entropyCoefficient", .number(\.entropyCoefficient)),
      ("valueCoefficient", .number(\.valueCoefficient)),
      ("maxGradientNorm", .number(\.maxGradientNorm)),
      ("normalizeAdvantages", .flag(\.normalizeAdvantages)),
      ("adamEpsilon", .number(\.adamEpsilon)),
    ]
  }

  public static var names: [String] { fields.map(\.name) }

  /// - Throws: `AgentError.setting` for an unknown name or a value of the wrong kind.
  public mutating func set(_ name: String, _ value: String) throws {
    guard let field = Self.fields.first(where: { $0.name == name })?.field else {
      throw AgentError.setting(name, "unknown; ppo has \(Self.names.joined(separator: ", "))")
    }
    switch field {
    case .number(let path):
      guard let number = Float(value), number.isFinite else {
        throw AgentError.setting(name, "'\(value)' is not a number")
      }
      self[keyPath: path] = number
    case .count(let path):
      guard let number = Int(value) else {
        throw AgentError.setting(name, "'\(value)' is not a whole number")
      }
      self[keyPath: path] = number
    case .flag(let path):
      guard let flag = Bool(value) else {
        throw AgentError.setting(name, "'\(value)' is not true or false")
      }
      self[keyPath: path] = flag
    }
  }

  var text: [String: String] {
    var text: [String: String] = [:]
    for (name, field) in Self.fields {
      switch field {
      case .number(let path): text[name] = "\(self[keyPath: path])"
      case .count(let path): text[name] = "\(self[keyPath: path])"
      case .flag(let path): text[name] = "\(self[keyPath: path])"
      }
    }
    return text
  }

  /// - Throws: `AgentError.setting`.
  func check(lanes: Int) throws {
    func require(_ holds: Bool, _ name: String, _ reason: String) throws {
      if !holds { throw AgentError.setting(name, reason) }
    }
    try require((1...100_000).contains(rolloutSteps), "rolloutSteps", "must be 1 to 100000")
    try require((1...1000).contains(epochs), "epochs", "must be 1 to 1000")
    try require(learningRate >= 0, "learningRate", "must not be negative")
    try require((0...1).contains(discount), "discount", "must be 0 to 1")
    try require((0...1).contains(lambda), "lambda", "must be 0 to 1")
    let count = lanes * rolloutSteps
    try require(
      minibatches >= 1 && count % minibatches == 0, "minibatches",
      "must divide the \(count) transitions of a rollout")
  }
}
