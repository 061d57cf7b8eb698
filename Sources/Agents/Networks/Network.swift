import Nets

/// Writes down the part of a network between its inputs and its heads' numbers, the same for every
/// agent.
///
/// features -> bottleneck or experts -> hidden layers -> head, all by the settings.
final class Network {
  let settings: NetworkSettings
  let graph: Graph
  /// What it reads, each [height, width, channels] or [count].
  private let seen: [(sense: Sense, value: Value)]
  /// The number of the task, [1], and of how many; nil: there is one.
  private let task: (number: Value, count: Int)?
  /// Actions that are allowed: 1, else 0.
  private let allowed: Value?
  /// Behind the hidden layers; nil: nothing is remembered.
  private let recall: Recall?
  /// Of hidden and last layers.
  private let kind: DenseKind
  /// What the hidden layers read instead of the features alone: with an action beside them, or for
  /// each of several fractions, [fractions, width].
  private let joined: ((Value) -> Value)?
  /// Likelihoods of experts, [tokens, experts], and what layers give out, [..., units].
  private var gates, units: [Value]
  /// What part each expert has in the answer to a token, [rows, columns, experts].
  private var routes: [Value] = []

  init(
    _ settings: NetworkSettings, _ graph: Graph, _ senses: [Sense], _ inputs: [Value],
    recall: Recall? = nil, kind: DenseKind = .plain, joined: ((Value) -> Value)? = nil
  ) {
    self.settings = settings
    self.graph = graph
    (gates, units) = ([], [])
    (self.recall, self.kind, self.joined) = (recall, kind, joined)
    let all = zip(senses, inputs).map { (sense: $0, value: $1) }
    seen = all.filter { $0.sense.isSeen }
    task =
      all.lazy.compactMap { input -> (Value, Int)? in
        if case .task(_, let count) = input.sense { (input.value, count) } else { nil }
      }.first
    allowed =
      all.lazy.compactMap { input -> Value? in
        if case .allowed = input.sense { input.value } else { nil }
      }.first
  }

  // MARK: Heads

  /// What `head` makes of the features.
  /// - Parameter name: of the group whose weights these are; nil: of none.
  func read(_ name: String? = nil, _ head: (Value) -> Value) -> Value {
    guard let name else { return read(head) }
    return graph.group(name) { read(head) }
  }

  private func read(_ head: (Value) -> Value) -> Value {
    guard settings.bottleneck.isMixture, settings.placement == .big else {
      return head(features())
    }
    // Willi et al. 2024: every expert is a complete network.
    let answers = (0..<experts).map { expert in
      graph.group("expert\(expert)") { head(features()) }
    }
    let raw = graph.join(seen.map { $0.value.flat() })
    let lines = graph.join(answers.map { $0.reshaped([1, $0.count]) })
    return mixed(lines, by: raw).reshaped(answers[0].shape)
  }

  /// The last layer's numbers, one matrix product; where tasks have heads, those of the task's.
  /// - Parameter parts: of the units, by initialisers of their own.
  func last(_ features: Value, _ name: String, _ parts: [Initialiser.Columns]) -> Value {
    let units = parts.reduce(0) { $0 + $1.units }
    let heads = settings.taskUse == .heads ? task : nil
    let all = (0..<(heads?.count ?? 1)).flatMap { _ in parts }
    let numbers = dense(
      features, units * (heads?.count ?? 1), .columns(all), name,
      isMixed: settings.placement == .final || settings.placement == .all)
    guard let heads else { return numbers }
    if numbers.shape.count == 1 {
      return numbers.reshaped([heads.count, units]).row(heads.number)
    }
    let lines = numbers.shape[0]
    return numbers.reshaped([lines, heads.count, units]).permuted([1, 0, 2]).row(heads.number)
  }

  func last(_ features: Value, _ name: String, _ units: Int) -> Value {
    last(features, name, [.init(units, kind.initialiser ?? graph.weights)])
  }

  /// Logits, of which those that are not allowed give probability 0.
  func masked(_ logits: Value) -> Value {
    guard let allowed, allowed.count == logits.count else { return logits }
    return logits + allowed.scaled(1e9, plus: -1e9)
  }

  /// Gives out what a `Watch` sees, and of routers what people look at ("routes0" and so on), once all
  /// heads are written.
  func giveOut() {
    for (number, gates) in gates.enumerated() {
      graph.output("gates\(number)", gates.mean(over: 0).stopped())
    }
    for (number, units) in units.enumerated() {
      let lines = units.reshaped([units.count / units.channels, units.channels])
      graph.output("units\(number)", lines.absolute().mean(over: 0).stopped())
    }
    for (number, routes) in routes.enumerated() { graph.output("routes\(number)", routes) }
  }

  // MARK: Features

  private func features() -> Value {
    var layers = settings.hidden.enumerated().map { (name: "hidden\($0 + 1)", units: $1) }[...]
    func layer(_ value: Value) -> Value {
      let layer = layers.removeFirst()
      return self.layer(value, layer.units, layer.name)
    }
    var value: Value
    if narrows {
      value = narrowed(&layers)
    } else {
      value = behind(told(encoded()).flat())
      if !seen.contains(where: isPlaced), settings.hasTwoLayers {
        // Of numbers the layers but the last are the features.
        while layers.count > 1 { value = layer(value) }
        layers = []
        value = experts(value).flat()
      }
    }
    while !layers.isEmpty { value = layer(value) }
    return recall?.read(value) ?? value
  }

  /// The bottleneck reads features of places.
  private var narrows: Bool {
    let stands = settings.hasTwoLayers || !settings.bottleneck.isMixture
    return settings.bottleneck != .flat && stands && seen.contains(where: isPlaced)
  }

  private func isPlaced(_ input: (sense: Sense, value: Value)) -> Bool {
    settings.encoder.suited(to: input.sense) != .mlp
  }

  private func behind(_ features: Value) -> Value { joined?(features) ?? features }

  /// The bottleneck, with the hidden layer that it replaces where it reads everything, and other
  /// fields beside what it makes of places.
  private func narrowed(_ layers: inout ArraySlice<(name: String, units: Int)>) -> Value {
    let readsAll = settings.bottleneck == .task
    let others = readsAll ? [] : seen.indices.filter { !isPlaced(seen[$0]) }
    let isAlone = others.isEmpty && joined == nil
    let places = readsAll ? told(encoded()) : told(encoded(placed))
    let value: Value
    switch settings.bottleneck {
    case .flat: value = places
    case .average: value = places.spatialMean()
    // Sokar et al. 2025, arXiv:2410.01930: a layer for each token, then their mean.
    case .tokenMean:
      let tokens = places.tokens(settings.tokens)
      let first = layers.first
      if isAlone { layers = layers.dropFirst() }
      value =
        (first.map { layer(tokens, $0.units, isAlone ? $0.name : "tokens") } ?? tokens)
        .mean(over: 0)
    case .softMoE, .topOne, .task:
      if isAlone { layers = layers.dropFirst() }
      value = experts(places)
    }
    return behind(graph.join([value.flat()] + others.map { field($0) }))
  }

  private var placed: (sense: Sense, value: Value) { seen.first(where: isPlaced)! }

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
    if seen.count == 1 { return encoded(seen[0]) }
    return graph.join(seen.indices.map { field($0) })
  }

  private func field(_ index: Int) -> Value {
    graph.group("field\(index)") {
      let numbers = encoded(seen[index]).flat()
      // Beside a picture's many features a few numbers would hardly be heard.
      guard seen[index].sense.isVector, seen.contains(where: isPlaced) else { return numbers }
      return layer(numbers, 64, "vector", isMixed: false)
    }
  }

  private func encoded(_ input: (sense: Sense, value: Value)) -> Value {
    let (value, padding) = (numbers(input), settings.padding.kind)
    let features: Value
    switch settings.encoder.suited(to: input.sense) {
    case .nature: features = value.nature(width: settings.width, padding)
    case .impala: features = value.impala(width: settings.width)
    case .minatar: features = value.minAtar(width: settings.width, padding)
    case .mlp, .auto: return value.flat()
    }
    units.append(features)
    return features
  }

  /// Ids become vectors that are learned.
  private func numbers(_ input: (sense: Sense, value: Value)) -> Value {
    let (value, width) = (input.value, settings.embedding)
    switch input.sense {
    case .symbols(_, let bounds):
      let isGrid = value.shape.count == 3
      let kinds = bounds.count
      return (isGrid ? value : value.reshaped([value.count / kinds, kinds])).cells(bounds, width)
    case .choice(_, let bound): return value.reshaped([value.count, 1]).cells([bound], width)
    case .tokens(_, let bound): return value.words(bound, 2 * width)
    case .picture, .planes, .vector, .task, .allowed: return value
    }
  }

  private func layer(
    _ value: Value, _ units: Int, _ name: String, isMixed: Bool? = nil
  ) -> Value {
    let isMixed = isMixed ?? (settings.placement == .all)
    let plain = name == "vector" || name == "tokens" ? DenseKind.plain : kind
    let result = dense(value, units, nil, name, isMixed: isMixed, plain)
      .activated(settings.bend.activation)
    self.units.append(result)
    return result
  }

  // MARK: Experts

  private var experts: Int {
    settings.bottleneck == .task ? task?.count ?? 1 : settings.experts
  }

  private func experts(_ features: Value) -> Value {
    if settings.bottleneck == .task {
      let (numbers, width) = (features.flat(), settings.expertUnits)
      return graph.group("moe") {
        let lines = numbers.dense(experts * width, initialiser: .xavierUniform, name: "expert1")
          .relu().reshaped([experts, 1, width])
        units.append(lines.flat())
        return lines.denseEach(width, initialiser: .xavierUniform, name: "expert2").relu()
          .reshaped([experts, width]).row(task!.number)
      }
    }
    let tokens = features.tokens(settings.tokens)
    let places = tokens.slots(experts: experts, capacity: Double(settings.capacity))
    let rows = features.tokenRows(settings.tokens)
    func keep(_ shares: Value) {
      routes.append(shares.reshaped([rows, tokens.shape[0] / rows, experts]))
    }
    if settings.bottleneck == .softMoE {
      return tokens.softMoE(
        experts: experts, slots: places, hidden: settings.expertUnits,
        watch: {
          gates.append($0)
          keep($0)
        }, watchUnits: { units.append($0) })
    }
    return tokens.topOneMoE(
      experts: experts, places: places, hidden: settings.expertUnits,
      watch: {
        gates.append($0)
        penalise($0)
      }, watchSent: keep, watchUnits: { units.append($0) })
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
    _ value: Value, _ units: Int, _ initialiser: Initialiser?, _ name: String, isMixed: Bool,
    _ kind: DenseKind? = nil
  ) -> Value {
    let kind = kind ?? self.kind
    guard settings.bottleneck.isMixture, isMixed else {
      return value.dense(units, kind, initialiser: initialiser, name: name)
    }
    let each = initialiser ?? kind.initialiser ?? graph.weights
    let all = Initialiser.columns((0..<experts).map { _ in .init(units, each) })
    return graph.group("\(name)-moe") {
      let answers = value.dense(experts * units, kind, initialiser: all, name: "experts")
      return mixed(answers.reshaped([experts, units]), by: value)
    }
  }

  /// Experts' answers to one token, [experts, width], weighed by a router that reads `value`.
  private func mixed(_ answers: Value, by value: Value) -> Value {
    if settings.bottleneck == .task { return answers.row(task!.number) }
    let likelihoods = value.flat().router(experts).softmax(over: 0).reshaped([1, experts])
    gates.append(likelihoods)
    let isChoice = settings.bottleneck == .topOne
    let shares = isChoice ? likelihoods.routed(1, isWeighted: false) : likelihoods
    routes.append(shares.reshaped([1, 1, experts]))
    return (isChoice ? likelihoods.routed(1) : likelihoods).times(answers).flat()
  }
}
