import Atari
import Environment
import Lanes

/// Every environment by its id. The one place that knows names and types.
public enum Catalog {
  /// What an id stands for.
  public struct Entry: Sendable {
    public let id: String
    /// What its results have been compared with; nil: with nothing yet.
    public let verification: Verification?
    /// Whether it can be made now; nil, or why not.
    public let missing: String?
  }

  /// All ids, our own first.
  public static var ids: [String] {
    Game.all.map(\.id).sorted { isOwn($0) == isOwn($1) ? $0 < $1 : isOwn($0) }
  }

  /// The id that runs on a fresh clone.
  public static let standard = "Lockstep/Courier-v0"

  public static func entries(store: ROMStore = .standard) -> [Entry] {
    ids.compactMap { id in
      guard let game = Game.all.first(where: { $0.id == id }) else { return nil }
      var missing: String?
      do { _ = try store.load(game) } catch { missing = "\(error)" }
      return Entry(id: id, verification: game.verification, missing: missing)
    }
  }

  /// A batch of `count` lanes of `id`.
  /// - Parameters:
  ///   - settings: by name, as `AtariBatch.Settings.init(_:)` takes them.
  ///   - pool: nil: one thread.
  /// - Throws: `CatalogError` for an unknown id; the environment's own errors.
  public static func make(
    id: String, count: Int, settings: [String: String] = [:], pool: ThreadPool? = nil,
    store: ROMStore = .standard
  ) throws -> any EnvironmentBatch<Int32> {
    try AtariBatch(
      game(id), count: count, settings: AtariBatch.Settings(settings), pool: pool, store: store)
  }

  /// The Atari game behind `id`, by Gymnasium id or ROM name.
  /// - Throws: `CatalogError.unknown`.
  public static func game(_ id: String) throws -> Game {
    do {
      return try Game.named(id)
    } catch {
      throw CatalogError.unknown(id, near: nearest(to: id, among: ids))
    }
  }

  private static func isOwn(_ id: String) -> Bool { id.hasPrefix("Lockstep/") }
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
