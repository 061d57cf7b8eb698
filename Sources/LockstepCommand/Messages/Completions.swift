import Agents
import ArgumentParser
import Catalog

extension CompletionKind {
  /// Ids of environments.
  static var environments: CompletionKind {
    .custom { _, _, prefix in Catalog.rows.map(\.id).filter { $0.hasPrefix(prefix) } }
  }

  static var agents: CompletionKind { .list(AgentRow.all.map(\.name)) }
}
