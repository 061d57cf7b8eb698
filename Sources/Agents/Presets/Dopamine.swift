import Records

/// Dopamine's gin files for Atari (`dopamine/jax/agents/*/configs`), one lane; steps are agent steps.
extension AgentPreset {
  private static let atari: [String: [String: SettingValue]] = [
    "atari": ["preset": "machado2018"]
  ]

  private static let common: [String: SettingValue] = [
    "learning-rate": 6.25e-5, "optimiser": "adam", "optimiser-epsilon": 1.5e-4, "discount": 0.99,
    "n-steps": 1, "batch": 32, "replay-capacity": 1_000_000, "replay-start": 20_000,
    "update-period": 4, "target-period": 8_000, "exploration-end": 0.01,
    "exploration-delay": 20_000, "exploration-decay": 250_000, "exploration-evaluation": 0.001,
    "prioritized": false, "net": "nature", "padding": "same", "hidden": "512",
    "weights": "xavier",
  ]
  private static let categorical = common.with([
    "weights": "fan-in", "values": "c51", "atoms": 51, "value-min": -10, "value-max": 10,
  ])
  private static let rainbow = categorical.with(["n-steps": 3, "prioritized": true])
  private static let quick = rainbow.with([
    "n-steps": 10, "learning-rate": 1e-4, "replay-start": 1_600, "update-period": 1,
    "replay-capacity": 100_000, "exploration-delay": 1_600, "double": true, "dueling": true,
  ])
  private static let still: [String: SettingValue] = [
    "noisy-deviation": 0.1, "exploration-start": 0, "exploration-end": 0,
    "exploration-evaluation": 0,
  ]

  private static func row(
    _ name: String, _ agent: String, _ file: String, steps: Int = 50_000_000,
    _ settings: [String: SettingValue]
  ) -> AgentPreset {
    AgentPreset(
      "dopamine-\(name)", agent, file, environment: atari, lanes: 1, steps: steps, settings)
  }

  /// `labs/environments/minatar`, one file a game, all alike.
  private static func minatar(
    _ name: String, _ agent: String, _ file: String, _ settings: [String: SettingValue]
  ) -> AgentPreset {
    let all = settings.with([
      "learning-rate": 2.5e-4, "optimiser-epsilon": 3.125e-4, "replay-capacity": 100_000,
      "replay-start": 1_000, "target-period": 1_000, "exploration-delay": 1_000,
      "net": "minatar", "hidden": "none",
    ])
    return AgentPreset(
      "dopamine-minatar-\(name)", agent, "labs/environments/minatar, \(file)_*.gin",
      environment: ["minatar": ["sticky-action-prob": 0.1]], lanes: 1, steps: 10_000_000, all)
  }

  static let dopamine: [AgentPreset] = [
    row("dqn", "dqn", "dqn.gin", common),
    AgentPreset(
      "dopamine-dqn-nature", "dqn", "dqn_nature.gin",
      environment: ["atari": ["preset": "machado2018", "sticky": 0]], lanes: 1,
      steps: 50_000_000,
      common.with([
        "optimiser": "rmsprop", "learning-rate": 2.5e-4, "optimiser-epsilon": 1e-5,
        "rmsprop-decay": 0.95, "huber": 1, "replay-start": 50_000, "target-period": 10_000,
        "exploration-end": 0.1, "exploration-evaluation": 0.05, "exploration-delay": 50_000,
        "exploration-decay": 1_000_000,
      ])),
    row(
      "c51", "c51", "c51.gin",
      categorical.with(["learning-rate": 2.5e-4, "optimiser-epsilon": 3.125e-4])),
    row("rainbow", "rainbow", "rainbow.gin", rainbow),
    row(
      "full-rainbow", "full-rainbow", "full_rainbow.gin",
      rainbow.with(["double": true, "dueling": true]).with(still)),
    row(
      "qr-dqn", "qr-dqn", "quantile.gin",
      common.with([
        "n-steps": 3, "prioritized": true, "learning-rate": 5e-5, "optimiser-epsilon": 3.125e-4,
        "weights": "fan-in", "values": "quantile", "quantiles": 200,
      ])),
    minatar("dqn", "dqn", "dqn", common),
    minatar(
      "rainbow", "rainbow", "rainbow",
      rainbow.with(["weights": "xavier", "value-min": -100, "value-max": 100])),
    minatar(
      "qr-dqn", "qr-dqn", "quantile",
      common.with([
        "n-steps": 3, "prioritized": true, "weights": "fan-in", "values": "quantile",
        "quantiles": 200,
      ])),
    row(
      "iqn", "iqn", "implicit_quantile.gin",
      common.with([
        "n-steps": 3, "learning-rate": 5e-5, "optimiser-epsilon": 3.125e-4, "weights": "fan-in",
        "values": "iqn", "quantiles": 64, "acting-quantiles": 32,
      ])),
    row(
      "der", "der", "labs/atari_100k, DER.gin", steps: 100_000,
      quick.with(["target-period": 2_000]).with(still)),
    row(
      "drq-eps", "drq-eps", "labs/atari_100k, DrQ_eps.gin", steps: 100_000,
      common.with([
        "n-steps": 10, "learning-rate": 1e-4, "replay-start": 1_600, "update-period": 1,
        "replay-capacity": 100_000, "target-period": 1, "exploration-delay": 1_600,
        "exploration-decay": 5_000, "double": true, "dueling": true, "shift": 4,
        "intensity": 0.05,
      ])),
    row(
      "otrainbow", "otrainbow", "labs/atari_100k, OTRainbow.gin", steps: 100_000,
      rainbow.with([
        "replay-start": 20_000, "update-period": 1, "updates": 8, "replay-capacity": 100_000,
        "target-period": 500, "exploration-decay": 50_000,
      ])),
    row(
      "cql", "cql", "labs/offline_rl; name the steps with --set dataset=DIR",
      common.with([
        "learning-rate": 5e-5, "optimiser-epsilon": 3.125e-4, "conservatism": 0.1,
      ])),
    row(
      "cql-c51", "cql-c51", "labs/offline_rl; name the steps with --set dataset=DIR",
      categorical.with([
        "n-steps": 3, "conservatism": 0.1, "double": true, "dueling": true,
      ])),
  ]
}
