/// How specs of several tasks become one.
extension EnvironmentSpec {
  /// - Throws: `EnvironmentError.settings` for parts that cannot share a batch.
  static func mixed(_ id: String, _ parts: [(task: String, spec: EnvironmentSpec)]) throws -> Self {
    guard let first = parts.first?.spec else {
      throw EnvironmentError.settings("a mixed batch needs a task or more")
    }
    let (specs, names) = (parts.map(\.spec), parts.map(\.task))
    func agreed<Value: Equatable>(_ value: (EnvironmentSpec) -> Value) -> Value? {
      specs.allSatisfy { value($0) == value(first) } ? value(first) : nil
    }
    guard Set(names).count == names.count else {
      throw EnvironmentError.settings("two tasks of a mixed batch have one name")
    }
    guard specs.allSatisfy({ $0.players == 1 }) else {
      throw EnvironmentError.settings("a mixed batch takes environments for one player")
    }
    guard agreed(\.autoreset) != nil else {
      throw EnvironmentError.settings("the tasks of a mixed batch have one autoreset mode")
    }
    guard specs.allSatisfy({ $0.observation("task") == nil }) else {
      throw EnvironmentError.settings("a task of a mixed batch has a field 'task' of its own")
    }
    let action = try ActionSpace.shared(specs.map(\.action))
    var observation = try Field.union(specs.map(\.observation))
    observation.append(Field("task", [], .int32, .choice(parts.count)))
    if case .discrete(let count) = action {
      observation.removeAll { $0.name == "allowed" }
      observation.append(Field("allowed", [count], .uint8, .mask))
    }
    return EnvironmentSpec(
      id: id, observation: observation, action: action, actionNames: sharedNames(specs),
      info: try Field.union(specs.map(\.info)), framesPerStep: agreed(\.framesPerStep) ?? 1,
      stepLimit: agreed(\.stepLimit) ?? nil, autoreset: first.autoreset, tasks: names)
  }

  /// The longest list, where the others are its beginnings; else none.
  private static func sharedNames(_ specs: [EnvironmentSpec]) -> [String] {
    let longest = specs.map(\.actionNames).max { $0.count < $1.count } ?? []
    return specs.allSatisfy { longest.starts(with: $0.actionNames) && !$0.actionNames.isEmpty }
      ? longest : []
  }
}

extension ActionSpace {
  static func shared(_ spaces: [ActionSpace]) throws -> ActionSpace {
    let counts = spaces.compactMap { if case .discrete(let count) = $0 { count } else { nil } }
    if counts.count == spaces.count { return .discrete(counts.max()!) }
    guard spaces.allSatisfy({ $0 == spaces[0] }) else {
      throw EnvironmentError.settings("the tasks of a mixed batch take actions of different kinds")
    }
    return spaces[0]
  }
}

extension Field {
  /// Fields of one name become one, in the order in which they come.
  static func union(_ lists: [[Field]]) throws -> [Field] {
    var names: [String] = []
    for field in lists.joined() where !names.contains(field.name) { names.append(field.name) }
    return try names.map { name in
      try merged(lists.map { $0.first { $0.name == name } })
    }
  }

  /// - Parameter parts: nil: a part has no such field.
  private static func merged(_ parts: [Field?]) throws -> Field {
    let fields = parts.compactMap(\.self)
    var result = fields[0]
    for field in fields.dropFirst() {
      guard field.element == result.element, field.shape.count == result.shape.count,
        let role = result.role.joined(with: field.role)
      else {
        throw EnvironmentError.settings(
          "field '\(field.name)' is of two kinds in the tasks of a mixed batch")
      }
      result.role = role
      result.shape = zip(result.shape, field.shape).map(max)
    }
    let isWhole = fields.count == parts.count && fields.allSatisfy { $0.shape == result.shape }
    if isWhole, fields.allSatisfy({ $0.low == result.low && $0.high == result.high }) {
      return result
    }
    (result.low, result.high) = bounds(of: fields, isPadded: !isWhole)
    return result
  }

  /// One for all elements; none where the role says it or nothing bounds them.
  private static func bounds(of fields: [Field], isPadded: Bool) -> ([Double], [Double]) {
    if fields.allSatisfy({ $0.low.isEmpty && $0.high.isEmpty }) { return ([], []) }
    let all = fields.flatMap { field in (0..<field.count).map(field.bounds(of:)) }
    let low = all.reduce(isPadded ? 0 : .infinity) { min($0, $1.lowerBound) }
    let high = all.reduce(isPadded ? 0 : -.infinity) { max($0, $1.upperBound) }
    return (low.isFinite ? [low] : [], high.isFinite ? [high] : [])
  }
}

extension Role {
  /// nil: they are of two kinds.
  fileprivate func joined(with other: Role) -> Role? {
    switch (self, other) {
    case (.choice(let one), .choice(let two)): return .choice(max(one, two))
    case (.tokens(let one), .tokens(let two)): return .tokens(vocabulary: max(one, two))
    case (.symbols(let one), .symbols(let two)):
      let (long, short) = one.count < two.count ? (two, one) : (one, two)
      return .symbols(long.indices.map { $0 < short.count ? max(long[$0], short[$0]) : long[$0] })
    default: return self == other ? self : nil
    }
  }
}
