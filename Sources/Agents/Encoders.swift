import Nets

extension Graph {
  func inputs(_ senses: [Sense]) -> [Value] {
    senses.enumerated().map { input("\($0)", $1.input) }
  }

  /// Each picture through Nature's convolutions, planes through MinAtar's, the task's number as an
  /// embedding; all side by side.
  func encoded(_ senses: [Sense], _ inputs: [Value], _ padding: Padding) -> Value {
    join(
      senses.indices.compactMap { index in
        let value = inputs[index]
        switch senses[index] {
        case .picture: return group("picture\(index)") { value.nature(padding).flat() }
        case .planes: return group("planes\(index)") { value.minAtar(padding).flat() }
        case .vector: return value
        case .task(_, let count): return value.embedded(count, 32, name: "task").flat()
        // Says nothing of the state; who chooses actions heeds it.
        case .allowed: return nil
        }
      })
  }
}

extension Value {
  /// Hidden layers.
  func hidden(_ units: [Int], _ kind: DenseKind = .plain) -> Value {
    units.enumerated().reduce(self) { $0.dense($1.1, kind, name: "hidden\($1.0 + 1)").relu() }
  }
}
