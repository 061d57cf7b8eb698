import Foundation

/// How features become tokens, [tokens, width].
/// Source: Obando-Ceron et al. 2024, arXiv:2402.08609.
public enum Tokens: String, CaseIterable, Sendable {
  /// One for each place of a picture.
  case perConv = "per-conv"
  /// One for each feature map.
  case perFeature = "per-feature"
  /// All in one.
  case perSample = "per-sample"
  /// One for each 3 x 3 patch, its mean.
  case perPatch = "per-patch"
}

extension Value {
  /// Of a picture's features; a vector is one token.
  public func tokens(_ kind: Tokens) -> Value {
    guard shape.count == 3 else { return reshaped([1, count]) }
    let places = reshaped([shape[0] * shape[1], channels])
    switch kind {
    case .perConv: return places
    case .perFeature: return places.transposed()
    case .perSample: return reshaped([1, count])
    case .perPatch:
      let patches = meanPool(3, stride: 3, .same)
      return patches.reshaped([patches.shape[0] * patches.shape[1], channels])
    }
  }

  /// Rows in which people see its tokens: places as they lie, feature maps in a block.
  public func tokenRows(_ kind: Tokens) -> Int {
    guard shape.count == 3 else { return 1 }
    switch kind {
    case .perConv: return shape[0]
    case .perPatch: return (shape[0] + 2) / 3
    case .perSample: return 1
    case .perFeature:
      return (1...channels).last { channels.isMultiple(of: $0) && $0 * $0 <= channels } ?? 1
    }
  }

  /// Mean of each feature map. Sokar and Castro 2025, arXiv:2505.17749.
  public func spatialMean() -> Value { joined().mean(over: 0) }

  /// [tokens, width] both ways. `slots` of each expert; `hidden` units in each.
  /// - Parameters:
  ///   - watch: sees what each expert says of a token, [tokens, experts], of sum 1.
  ///   - watchUnits: sees the experts' hidden units, [slots, experts * hidden].
  /// Source: Puigcerver et al. 2023, arXiv:2308.00951; in agents Obando-Ceron et al. 2024.
  public func softMoE(
    experts: Int, slots: Int, hidden: Int = 512, watch: (Value) -> Void = { _ in },
    watchUnits: (Value) -> Void = { _ in }
  ) -> Value {
    graph.group("moe") {
      let logits = router(experts * slots)
      let mixed = logits.softmax(over: 0).transposed().times(self)
      let shares = logits.softmax(over: 1)
      watch(shares.reshaped([shape[0], experts, slots]).sum(over: 2))
      return shares.times(mixed.answered(experts, hidden, watchUnits))
    }
  }

  /// Slots of each expert by which there are as many as tokens, times `capacity`.
  public func slots(experts: Int, capacity: Double = 1) -> Int {
    max(1, Int((Double(shape[0]) * capacity / Double(experts)).rounded(.up)))
  }

  /// Each token goes to its likeliest expert, times that likelihood; an expert takes `places` of them
  /// in order, what is over gives 0.
  /// - Parameters:
  ///   - watch: sees the likelihoods, [tokens, experts], for penalties.
  ///   - watchSent: sees which expert takes which token: 1, else 0, [tokens, experts].
  ///   - watchUnits: sees the experts' hidden units, [places, experts * hidden].
  /// Source: Fedus et al. 2022, arXiv:2101.03961; in agents Obando-Ceron et al. 2024.
  public func topOneMoE(
    experts: Int, places: Int, hidden: Int = 512, watch: (Value) -> Void = { _ in },
    watchSent: (Value) -> Void = { _ in }, watchUnits: (Value) -> Void = { _ in }
  ) -> Value {
    graph.group("moe") {
      let gates = router(experts).softmax(over: 1)
      watch(gates)
      let taken = gates.routed(places, isWeighted: false)
      watchSent(taken.reshaped([shape[0], experts, places]).sum(over: 2))
      let sent = taken.transposed().times(self)
      return gates.routed(places).times(sent.answered(experts, hidden, watchUnits))
    }
  }

  /// Linear, without a bias.
  public func router(_ units: Int) -> Value {
    dense(units, initialiser: .lecunNormal, bias: false, name: "router")
  }

  /// Slots of all experts, [experts * slots, width], each through its own expert.
  private func answered(_ experts: Int, _ hidden: Int, _ watch: (Value) -> Void) -> Value {
    let units = split(experts)
      .denseEach(hidden, initialiser: .xavierUniform, name: "expert1").relu()
    watch(units.permuted([1, 0, 2]).reshaped([units.shape[1], experts * hidden]))
    return units.denseEach(channels, initialiser: .xavierUniform, name: "expert2").joined()
  }

  // MARK: Penalties of routers, of likelihoods [tokens, experts]

  /// (deviation / mean)^2 of what all tokens give each expert.
  /// Source: Shazeer et al. 2017, arXiv:1701.06538, eq. 6.
  public func importance() -> Value {
    let sums = sum(over: 0)
    let (square, squares) = (sums.sum(over: 0).square(), sums.square().sum(over: 0))
    return (squares * square.reciprocal()).scaled(Float(channels), plus: -1)
  }

  /// 1 - entropy / log experts, of the mean over tokens.
  public func concentration() -> Value {
    precondition(channels > 1, "one expert has no entropy")
    let mean = mean(over: 0)
    let entropy = (mean * mean.log()).sum(over: 0)
    return entropy.scaled(1 / Foundation.log(Float(channels)), plus: 1)
  }
}
