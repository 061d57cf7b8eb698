import Records

/// CleanRL's files of one algorithm each.
extension AgentPreset {
  private static let game: [String: [String: SettingValue]] = ["atari": ["preset": "dqn2015"]]

  private static let dqn: [String: SettingValue] = [
    "learning-rate": 2.5e-4, "optimiser": "adam", "optimiser-epsilon": 1e-8, "discount": 0.99,
    "n-steps": 1, "batch": 128, "replay-capacity": 10_000, "replay-start": 10_000,
    "update-period": 10, "target-period": 500, "exploration-end": 0.05,
    "exploration-evaluation": 0.05, "exploration-delay": 0, "exploration-decay": 250_000,
    "hidden": "120-84", "weights": "torch",
  ]
  private static let dqnAtari = dqn.with([
    "learning-rate": 1e-4, "batch": 32, "replay-capacity": 1_000_000, "replay-start": 80_000,
    "update-period": 4, "target-period": 1_000, "exploration-end": 0.01,
    "exploration-decay": 1_000_000, "net": "nature", "padding": "valid", "hidden": "512",
  ])

  static let cleanRLPPO: [String: SettingValue] = [
    "learning-rate": 2.5e-4, "anneal": true, "rollout-steps": 128, "discount": 0.99,
    "lambda": 0.95, "minibatches": 4, "epochs": 4, "clip": 0.2, "clip-value-loss": true,
    "entropy-coefficient": 0.01, "value-coefficient": 0.5, "max-gradient-norm": 0.5,
    "normalize-advantages": true, "adam-epsilon": 1e-5, "separate": true, "hidden": "64-64",
    "activation": "tanh",
  ]

  private static let sac: [String: SettingValue] = [
    "actor-learning-rate": 3e-4, "critic-learning-rate": 1e-3, "temperature-learning-rate": 1e-3,
    "discount": 0.99, "batch": 256, "replay-capacity": 1_000_000, "replay-start": 5_000,
    "update-period": 1, "policy-period": 2, "target-period": 1, "target-share": 0.005,
    "automatic-temperature": true, "temperature-form": "temperature", "entropy-share": 1,
    "hidden": "256-256",
  ]

  private static func row(
    _ name: String, _ agent: String, _ file: String,
    environment: [String: [String: SettingValue]] = [:], lanes: Int = 1, steps: Int,
    _ settings: [String: SettingValue]
  ) -> AgentPreset {
    AgentPreset(
      "cleanrl-\(name)", agent, file, environment: environment, lanes: lanes, steps: steps,
      settings)
  }

  static let cleanRL: [AgentPreset] = [
    row("dqn", "dqn", "dqn.py", steps: 500_000, dqn),
    row(
      "c51", "c51", "c51.py", steps: 500_000,
      dqn.with(["atoms": 101, "value-min": -100, "value-max": 100])),
    row("dqn-atari", "dqn", "dqn_atari.py", environment: game, steps: 10_000_000, dqnAtari),
    row(
      "c51-atari", "c51", "c51_atari.py", environment: game, steps: 10_000_000,
      dqnAtari.with([
        "learning-rate": 2.5e-4, "optimiser-epsilon": 3.125e-4, "target-period": 10_000,
        "atoms": 51, "value-min": -10, "value-max": 10,
      ])),
    row("ppo", "ppo", "ppo.py", lanes: 4, steps: 500_000, cleanRLPPO),
    row(
      "ppo-atari", "ppo", "ppo_atari.py", environment: game, lanes: 8, steps: 10_000_000,
      cleanRLPPO.with([
        "clip": 0.1, "separate": false, "net": "nature", "padding": "valid", "hidden": "512",
        "activation": "relu",
      ])),
    row(
      "ppo-continuous", "ppo", "ppo_continuous_action.py", steps: 1_000_000,
      cleanRLPPO.with([
        "learning-rate": 3e-4, "rollout-steps": 2048, "minibatches": 32, "epochs": 10,
        "entropy-coefficient": 0, "normalize-observations": true, "normalize-rewards": true,
      ])),
    row("sac", "sac", "sac_continuous_action.py", steps: 1_000_000, sac),
    row(
      "sac-atari", "sac", "sac_atari.py", environment: game, steps: 5_000_000,
      sac.with([
        "critic-learning-rate": 3e-4, "temperature-learning-rate": 3e-4, "adam-epsilon": 1e-4,
        "batch": 64, "replay-start": 20_000, "update-period": 4, "policy-period": 1,
        "target-period": 2_000, "target-share": 1, "entropy-share": 0.89, "net": "nature",
        "padding": "valid", "hidden": "512",
      ])),
    row(
      "td3", "td3", "td3_continuous_action.py", steps: 1_000_000,
      [
        "learning-rate": 3e-4, "discount": 0.99, "batch": 256, "replay-capacity": 1_000_000,
        "replay-start": 25_000, "update-period": 1, "policy-period": 2, "target-share": 0.005,
        "exploration-noise": 0.1, "target-noise": 0.2, "target-noise-bound": 0.5,
        "hidden": "256-256",
      ]),
  ]
}
