/// What values and policies are read from, of features [width].
extension Value {
  /// Numbers of each action: one value, or logits of atoms, or quantiles: [actions, numbers].
  public func values(_ actions: Int, numbers: Int = 1, _ kind: DenseKind = .plain) -> Value {
    dense(actions * numbers, kind, name: "values").reshaped([actions, numbers])
  }

  /// The state's numbers plus each action's, whose mean is taken off: [actions, numbers].
  /// Source: Wang et al. 2016, arXiv:1511.06581, eq. 9; both read the same layer, as in Dopamine.
  public func dueling(_ actions: Int, numbers: Int = 1, _ kind: DenseKind = .plain) -> Value {
    let advantages = values(actions, numbers: numbers, kind)
    return advantages - advantages.mean(over: 0) + dense(numbers, kind, name: "state")
  }

  /// [samples] fractions and features [width] to [samples, width]: implicit quantiles.
  /// Source: Dabney et al. 2018, arXiv:1806.06923, eq. 4.
  public func quantiles(at fractions: Value) -> Value {
    fractions.cosines(64).dense(count, name: "fractions").relu() * self
  }
}
