import Atari
import Control
import Environment
import Examples
import GridWorld
import MinAtar
import Records

/// Every environment: a family is a line here.
public enum Catalog {
  public static let rows: [EnvironmentRow] =
    AtariFamily.rows + MinAtarFamily.rows + GridFamily.rows + ControlFamily.rows
    + [Corridor.row]

  /// The id that runs on a fresh clone.
  public static let standard = "Lockstep/Courier-v0"

  /// Where the user's own files belong that rows name.
  public static var filesFolder: String { ROMStore.userFolder }

  /// By id, or by another of a row's names: `pong`; several tasks in one batch by theirs, with commas.
  public static func row(_ id: String) throws(CatalogError) -> EnvironmentRow {
    if id.contains(",") { return try tasks(id) }
    let found = rows.first { $0.id == id } ?? rows.first { $0.names.contains(id) }
    if let found { return found }
    var near: [String] = []
    for name in nearest(to: id, among: rows.flatMap { [$0.id] + $0.names }) {
      guard let row = rows.first(where: { $0.id == name || $0.names.contains(name) }),
        !near.contains(row.id)
      else { continue }
      near.append(row.id)
    }
    throw .unknown(id, near: near)
  }
}

public enum CatalogError: Error, Equatable, CustomStringConvertible {
  case unknown(String, near: [String])

  public var description: String {
    switch self {
    case .unknown(let id, let near):
      near.isEmpty
        ? "unknown environment '\(id)'; 'lockstep envs' lists them all"
        : "unknown environment '\(id)'; did you mean \(near.quotedList)?"
    }
  }
}
