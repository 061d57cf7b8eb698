import Nets

/// Writes down the part of a network between its inputs and its heads' numbers.
///
/// features -> bottleneck or experts -> hidden layers -> head, all by the settings.
struct Network {
  let settings: NetworkSettings
  let graph: Graph
  /// What it reads, each [height, width, channels] or [count].
  let seen: [(sense: Sense, value: Value)]
  /// The number of the task, [1], and of how many; nil: there is one.
  let task: (number: Value, count: Int)?
  /// Behind the hidden layers; nil: nothing is remembered.
  let recall: Recall?

  init(
    _ settings: NetworkSettings, _ graph: Graph, _ senses: [Sense], _ inputs: [Value],
    _ recall: Recall? = nil
  ) {
    self.settings = settings
    self.recall = recall
    self.graph = graph
    let all = zip(senses, inputs).map { (sense: $0, value: $1) }
    seen = all.filter { $0.sense.isSeen }
    task =
      all.lazy.compactMap { input -> (Value, Int)? in
        if case .task(_, let count) = input.sense { (input.value, count) } else { nil }
      }.first
  }

  /// The last layer's numbers, one matrix product; parts of it by their own initialisers.
  /// - Parameter name: of the group whose weights these are; nil: of none.
  func outputs(_ name: String? = nil, _ parts: [Initialiser.Columns], _ head: String) -> Value {
    guard let name else { return outputs(parts, head) }
    return graph.group(name) { outputs(parts, head) }
  }

  private func outputs(_ parts: [Initialiser.Columns], _ head: String) -> Value {
    guard settings.bottleneck.isMixture, settings.placement == .big else {
      return self.head(features(), parts, head)
    }
    // Willi et al. 2024: every expert is a complete network.
    let answers = (0..<experts).map { expert in
      graph.group("expert\(expert)") { self.head(features(), parts, head) }
    }
    let raw = graph.join(seen.map { $0.value.flat() })
    let lines = graph.join(answers.map { $0.reshaped([1, $0.count]) })
    return mixed(lines, by: raw)
  }

  private func head(_ features: Value, _ parts: [Initialiser.Columns], _ name: String) -> Value {
    var parts = parts
    let units = parts.reduce(0) { $0 + $1.units }
    let heads = settings.taskUse == .heads ? task : nil
    if let heads { parts = (0..<heads.count).flatMap { _ in parts } }
    let numbers = dense(
      features, units * (heads?.count ?? 1), .columns(parts), name,
      isMixed: settings.placement == .final || settings.placement == .all)
    guard let heads else { return numbers }
    return numbers.reshaped([heads.count, units]).row(heads.number)
  }

  // MARK: Features

  private func features() -> Value {
    let encoded = told(encoded())
    var hidden = settings.hidden
    // An mlp's features are all its layers but the last.
    var features = encoded
    if encoded.shape.count == 1 {
      while hidden.count > 1 || !settings.hasTwoLayers && !hidden.isEmpty {
        features = layer(features, hidden.removeFirst(), hidden.count)
      }
    }
    if !hidden.isEmpty || settings.bottleneck != .flat {
      features = narrowed(features, &hidden)
    }
    while !hidden.isEmpty { features = layer(features.flat(), hidden.removeFirst(), hidden.count) }
    return recall?.read(features.flat()) ?? features.flat()
  }

  /// Knows the task, where that is wanted.
  private func told(_ features: Value) -> Value {
    guard settings.taskUse == .embedding, let task else { return features }
    return features
      + task.number.embedded(
        task.count, features.channels, initialiser: .variance(1, .output, .normal),
        name: "task"
      ).flat()
  }

  private func encoded() -> Value {
    if seen.count == 1 { return encoded(seen[0], isAlone: true) }
    return graph.join(
      seen.enumerated().map { index, input in
        graph.group("field\(index)") { encoded(input, isAlone: false).flat() }
      })
  }

  private func encoded(_ input: (sense: Sense, value: Value), isAlone: Bool) -> Value {
    let padding = settings.padding.kind
    switch settings.encoder.suited(to: input.sense) {
    case .nature: return input.value.nature(width: settings.width, padding)
    case .impala: return input.value.impala(width: settings.width)
    case .minatar: return input.value.minAtar(width: settings.width, padding)
    case .mlp, .auto:
      let allAreNumbers = seen.allSatisfy { settings.encoder.suited(to: $0.sense) == .mlp }
      let numbers = input.value.flat()
      if isAlone || allAreNumbers { return numbers }
      return numbers.dense(64, name: "vector").activated(settings.bend.activation)
    }
  }

  /// The bottleneck, with the hidden layer that it replaces.
  private func narrowed(_ features: Value, _ hidden: inout [Int]) -> Value {
    let isPicture = features.shape.count == 3
    switch settings.bottleneck {
    case .flat: return features.flat()
    case .average: return isPicture ? features.spatialMean() : features
    // Sokar et al. 2025, arXiv:2410.01930: a layer for each token, then their mean.
    case .tokenMean:
      let tokens = features.tokens(settings.tokens)
      if hidden.isEmpty { return tokens.mean(over: 0) }
      return layer(tokens, hidden.removeFirst(), hidden.count).mean(over: 0)
    case .softMoE, .topOne, .task:
      guard settings.hasTwoLayers else { return features.flat() }
      if !hidden.isEmpty { hidden.removeFirst() }
      return experts(features)
    }
  }

  private func layer(_ value: Value, _ units: Int, _ left: Int) -> Value {
    dense(
      value, units, nil, "hidden\(settings.hidden.count - left)",
      isMixed: settings.placement == .all
    ).activated(settings.bend.activation)
  }

  // MARK: Experts

  private var experts: Int {
    settings.bottleneck == .task ? task?.count ?? 1 : settings.experts
  }

  private func experts(_ features: Value) -> Value {
    if settings.bottleneck == .task {
      let (numbers, units) = (features.flat(), settings.expertUnits)
      return graph.group("moe") {
        numbers.dense(experts * units, initialiser: .xavierUniform, name: "expert1").relu()
          .reshaped([experts, 1, units])
          .denseEach(units, initialiser: .xavierUniform, name: "expert2").relu()
          .reshaped([experts, units]).row(task!.number)
      }
    }
    let tokens = features.tokens(settings.tokens)
    let places = tokens.slots(experts: experts, capacity: Double(settings.capacity))
    if settings.bottleneck == .softMoE {
      return tokens.softMoE(experts: experts, slots: places, hidden: settings.expertUnits)
    }
    return tokens.topOneMoE(experts: experts, places: places, hidden: settings.expertUnits) {
      penalise($0)
    }
  }

  private func penalise(_ gates: Value) {
    switch settings.balance {
    case .none: break
    case .importance: graph.penalise(gates.importance().scaled(settings.balanceWeight))
    case .entropy: graph.penalise(gates.concentration().scaled(settings.balanceWeight))
    }
  }

  /// A dense layer of the last axis, or a mixture of so many such layers.
  private func dense(
    _ value: Value, _ units: Int, _ initialiser: Initialiser?, _ name: String, isMixed: Bool
  ) -> Value {
    guard settings.bottleneck.isMixture, isMixed else {
      return value.dense(units, initialiser: initialiser, name: name)
    }
    let each = initialiser ?? graph.weights
    let all = Initialiser.columns((0..<experts).map { _ in .init(units, each) })
    return graph.group("\(name)-moe") {
      let answers = value.dense(experts * units, initialiser: all, name: "experts")
      return mixed(answers.reshaped([experts, units]), by: value)
    }
  }

  /// Experts' answers to one token, [experts, width], weighed by a router that reads `value`.
  private func mixed(_ answers: Value, by value: Value) -> Value {
    func gates() -> Value {
      value.flat().router(experts).softmax(over: 0).reshaped([1, experts])
    }
    switch settings.bottleneck {
    case .task: return answers.row(task!.number)
    case .topOne: return gates().routed(1).times(answers).flat()
    default: return gates().times(answers).flat()
    }
  }
}

extension NetworkSettings.Encoder {
  /// What `auto` means for such a field; vectors are read as they are.
  func suited(to sense: Sense) -> Self {
    switch (self, sense) {
    case (_, .vector), (_, .task), (_, .allowed): .mlp
    case (.auto, .picture): .nature
    case (.auto, .planes): .minatar
    default: self
    }
  }
}

extension NetworkSettings {
  /// - Throws: `AgentError.setting` for what cannot be made of such fields.
  func check(_ senses: [Sense]) throws {
    let seen = senses.filter(\.isSeen)
    let pictures = seen.filter { !$0.isVector }
    let tasks = senses.contains { if case .task = $0 { true } else { false } }
    if pictures.isEmpty, encoder != .auto, encoder != .mlp {
      throw AgentError.setting("net", "\(encoder) reads pictures or planes, here are none")
    }
    for sense in pictures where encoder == .nature {
      guard case .planes(let input) = sense, padding == .valid else { continue }
      let size = input.readShape.prefix(2).map(String.init).joined(separator: " x ")
      throw AgentError.setting(
        "net", "nature needs 36 x 36 numbers or more, or padding=same; here are \(size)")
    }
    if encoder == .mlp && hidden.isEmpty && hasTwoLayers == false && bottleneck != .flat {
      throw AgentError.setting("bottleneck", "\(bottleneck.rawValue) needs features")
    }
    if seen.count > 1, readsPlaces {
      throw AgentError.setting(
        "bottleneck", "\(bottleneck.rawValue) reads one field, here are \(seen.count)")
    }
    if readsPlaces, pictures.isEmpty || encoder == .mlp, bottleneck != .softMoE,
      bottleneck != .topOne
    {
      throw AgentError.setting(
        "bottleneck", "\(bottleneck.rawValue) needs places, a vector has none")
    }
    if bottleneck == .task && !tasks {
      throw AgentError.setting("bottleneck", "task-moe needs a field 'task': train with --tasks")
    }
  }

  private var readsPlaces: Bool {
    bottleneck == .average || bottleneck == .tokenMean
      || hasTwoLayers && (bottleneck == .softMoE || bottleneck == .topOne)
  }
}
