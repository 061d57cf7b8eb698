import Records

/// Papers and smaller codes.
extension AgentPreset {
  /// NAVIX's `baselines/ppo.py`.
  private static let navix = cleanRLPPO.with([
    "minibatches": 8, "epochs": 1, "net": "mlp", "separate": true, "hidden": "64-64",
  ])

  static let others: [AgentPreset] = [
    // Torch's epsilon of 0.01 stands behind the root; under it, its square.
    AgentPreset(
      "minatar-dqn", "dqn", "Young and Tian 2019, arXiv:1903.03176, MinAtar's examples/dqn.py",
      environment: ["minatar": ["sticky-action-prob": 0.1]], lanes: 1, steps: 5_000_000,
      [
        "learning-rate": 2.5e-4, "optimiser": "rmsprop", "optimiser-epsilon": 1e-4,
        "rmsprop-decay": 0.95, "huber": 1, "discount": 0.99, "batch": 32,
        "replay-capacity": 100_000, "replay-start": 5_000, "update-period": 1,
        "target-period": 1_000, "exploration-end": 0.1, "exploration-delay": 5_000,
        "exploration-decay": 100_000, "net": "minatar", "padding": "valid", "hidden": "128",
        "weights": "torch",
      ]),
    AgentPreset(
      "sac-cale", "sac", "Dopamine's labs/cale, sac_cale.gin, with Nature's encoder",
      environment: ["atari": ["preset": "machado2018", "continuous": true]], lanes: 1,
      steps: 50_000_000,
      [
        "actor-learning-rate": 6.25e-5, "critic-learning-rate": 6.25e-5,
        "temperature-learning-rate": 6.25e-5, "adam-epsilon": 1.5e-4, "discount": 0.99,
        "batch": 32, "replay-start": 20_000, "update-period": 4, "policy-period": 1,
        "target-share": 0.005, "entropy-share": 0.5, "temperature-form": "logarithm",
        "reward-scale": 0.1, "net": "nature", "padding": "same", "hidden": "512",
      ]),
    AgentPreset(
      "navix-ppo", "ppo", "NAVIX's baselines/ppo.py", environment: ["grid": ["preset": "navix"]],
      lanes: 16, steps: 1_000_000, navix),
  ]
}
