import Nets
import Records

/// Which network an agent learns with: rows of its settings, the same for every agent.
public struct NetworkSettings: Equatable, Sendable {
  /// What makes features of pictures.
  public enum Encoder: String, CaseIterable, Sendable {
    /// By the field: nature for pictures, minatar for planes and cells, mlp for vectors.
    case auto
    case nature, impala, minatar
    /// Numbers of any kind side by side.
    case mlp
  }

  public enum Padding: String, CaseIterable, Sendable {
    case valid, same

    var kind: Nets.Padding { self == .same ? .same : .valid }
  }
  public enum Bend: String, CaseIterable, Sendable { case relu, tanh, elu, silu }

  /// What stands between features and hidden layers.
  public enum Bottleneck: String, CaseIterable, Sendable {
    case flat, average
    case tokenMean = "token-mean"
    case softMoE = "soft-moe"
    case topOne = "top1-moe"
    case task = "task-moe"

    var isMixture: Bool { self == .softMoE || self == .topOne || self == .task }
  }

  /// Where experts stand. Willi et al. 2024, arXiv:2406.18420.
  public enum Placement: String, CaseIterable, Sendable { case middle, final, all, big }

  public enum Balance: String, CaseIterable, Sendable { case none, importance, entropy }
  public enum TaskUse: String, CaseIterable, Sendable { case none, heads, embedding }

  public var encoder = Encoder.auto
  public var width = 1
  public var padding = Padding.valid
  /// Numbers that stand for an id.
  public var embedding = 16
  public var hidden = [512]
  public var bend = Bend.relu
  public var bottleneck = Bottleneck.flat
  public var tokens = Tokens.perConv
  public var placement = Placement.middle
  public var experts = 8
  public var expertUnits = 512
  public var capacity: Float = 1
  public var balance = Balance.none
  public var balanceWeight: Float = 0.01
  public var taskUse = TaskUse.heads

  public init() {}

  public static let settings: [Setting<Self>] = [
    .choice(
      "net", \.encoder,
      "what makes features of pictures and planes; auto: nature, minatar or mlp, by the field"),
    .whole("net-width", \.width, 1...64, "times as many feature maps")
      .absent { $0.encoder == .mlp ? "net mlp" : nil },
    .choice("padding", \.padding, "of convolutions in nature and minatar")
      .absent { [.mlp, .impala].contains($0.encoder) ? "net \($0.encoder)" : nil },
    .whole(
      "embedding", \.embedding, 1...4096, "learned numbers that stand for an id; for a word twice"),
    .layers("hidden", \.hidden, "layers behind the features; of mlp all layers"),
    .choice("activation", \.bend, "of hidden layers"),
    .choice(
      "bottleneck", \.bottleneck,
      "between features and hidden layers: as they are, means over places, or experts"),
    .choice(
      "placement", \.placement,
      "experts stand behind the features, in the last layer, in all dense layers, or are whole nets"
    ).absent { $0.bottleneck.isMixture ? nil : "a network without experts" },
    .choice("tokens", \.tokens, "what experts and token-mean read of pictures")
      .absent { $0.readsTokens ? nil : "a network without tokens" },
    .whole("experts", \.experts, 1...256, "so many; task-moe has one a task")
      .absent { $0.hasRouter ? nil : "a network without routers" },
    .whole("expert-hidden", \.expertUnits, 1...65_536, "units of each expert")
      .absent { $0.hasTwoLayers ? nil : "a network without experts of two layers" },
    .number("expert-capacity", \.capacity, 0.01...64, "places of all experts, by tokens")
      .absent { $0.hasTwoLayers && $0.hasRouter ? nil : "a network without places" },
    .choice("balance", \.balance, "penalty for the unequal use of experts")
      .absent { $0.bottleneck == .topOne && $0.hasTwoLayers ? nil : "a network without top1-moe" },
    .number("balance-weight", \.balanceWeight, 0...100, "of that penalty")
      .absent { $0.balance == .none ? "balance none" : nil },
    .choice(
      "task-use", \.taskUse,
      "of a field 'task': a head a task, or a learned vector added to the features"),
  ]

  /// Experts with layers of their own behind the features; elsewhere an expert is what it replaces.
  var hasTwoLayers: Bool { bottleneck.isMixture && placement == .middle }
  private var hasRouter: Bool { bottleneck == .softMoE || bottleneck == .topOne }
  private var readsTokens: Bool { bottleneck == .tokenMean || hasTwoLayers && hasRouter }
}

extension NetworkSettings.Bend {
  var activation: Activation {
    switch self {
    case .relu: .relu
    case .tanh: .tanh
    case .elu: .elu
    case .silu: .silu
    }
  }
}
