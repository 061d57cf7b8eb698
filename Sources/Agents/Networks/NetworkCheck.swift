import Nets

extension NetworkSettings.Encoder {
  /// What makes features of such a field; mlp: its numbers are read as they are.
  func suited(to sense: Sense) -> Self {
    switch (self, sense) {
    case _ where !sense.isGrid: .mlp
    case (.auto, .picture): .nature
    case (.auto, _): .minatar
    default: self
    }
  }
}

extension NetworkSettings {
  /// - Throws: `AgentError.setting` for what cannot be made of such fields.
  func check(_ senses: [Sense]) throws {
    let seen = senses.filter(\.isSeen)
    let placed = seen.filter { encoder.suited(to: $0) != .mlp }
    let tasks = senses.contains { if case .task = $0 { true } else { false } }
    if placed.isEmpty, encoder != .auto, encoder != .mlp {
      throw AgentError.setting("net", "\(encoder) reads pictures or planes, here are none")
    }
    for sense in placed where encoder == .nature && padding == .valid {
      let size = sense.input.readShape.prefix(2)
      guard size.min()! < 36 else { continue }
      let text = size.map(String.init).joined(separator: " x ")
      throw AgentError.setting(
        "net", "nature needs 36 x 36 numbers or more, or padding=same; here are \(text)")
    }
    try checkBottleneck(placed.count)
    if bottleneck == .task && !tasks {
      throw AgentError.setting("bottleneck", "task-moe needs a field 'task': train with --tasks")
    }
  }

  /// - Parameter placed: fields of which there are features of places.
  private func checkBottleneck(_ placed: Int) throws {
    func refuse(_ reason: String) -> AgentError {
      .setting("bottleneck", "\(bottleneck.rawValue) \(reason)")
    }
    if placed == 0, bottleneck == .average || bottleneck == .tokenMean {
      throw refuse("needs places, a vector has none")
    }
    if placed > 1, readsPlaces {
      throw refuse("reads one field of places, here are \(placed)")
    }
  }

  private var readsPlaces: Bool {
    bottleneck == .average || bottleneck == .tokenMean
      || hasTwoLayers && (bottleneck == .softMoE || bottleneck == .topOne)
  }
}
