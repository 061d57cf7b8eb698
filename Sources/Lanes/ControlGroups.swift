import FoundationEssentials

/// The control groups that a process is in: its own and those around it.
struct ControlGroups: Sendable {
  /// Where the groups' folders are.
  let root: String
  /// Of the process, below the root; "" for the root itself.
  private let path: String

  static let own = ControlGroups(
    root: "/sys/fs/cgroup",
    membership: (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? "")

  /// - Parameter membership: as in `/proc/self/cgroup`; of version 2 is the line `0::/path`.
  init(root: String, membership: String) {
    self.root = root
    let line = membership.split(separator: "\n").first { $0.hasPrefix("0::/") }
    let path = line.map { String($0.dropFirst(3)) } ?? ""
    // Seen from within a namespace, a group outside of it has dots.
    self.path = path.contains("..") || path == "/" ? "" : path
  }

  /// The words of the files of that name, the innermost group's first.
  func words(_ name: String) -> [[Substring]] {
    folders.compactMap { folder in
      (try? String(contentsOfFile: folder + "/" + name, encoding: .utf8))?
        .split(whereSeparator: \.isWhitespace)
    }
  }

  /// Bytes that the tightest of them leaves; nil: none limits memory. Memory that holds copies of files
  /// is given up when it is wanted.
  var freeMemory: Int? {
    var left = folders.compactMap { folder -> Int? in
      guard let limit = number(folder + "/memory.max"),
        let used = number(folder + "/memory.current")
      else { return nil }
      return limit - max(0, used - fileMemory(folder))
    }
    let old = root + "/memory/memory."  // version 1
    if let limit = number(old + "limit_in_bytes"), let used = number(old + "usage_in_bytes") {
      left.append(limit - used)
    }
    return left.min().map { max(0, $0) }
  }

  private func number(_ path: String) -> Int? {
    let text = try? String(contentsOfFile: path, encoding: .utf8)
    return text.flatMap { Int($0.prefix { !$0.isWhitespace }) }
  }

  private func fileMemory(_ folder: String) -> Int {
    guard let text = try? String(contentsOfFile: folder + "/memory.stat", encoding: .utf8) else {
      return 0
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("inactive_file ") }
    return line.flatMap { Int($0.dropFirst("inactive_file ".count)) } ?? 0
  }

  private var folders: [String] {
    var (folders, rest) = ([String](), path)
    while !rest.isEmpty {
      folders.append(root + rest)
      rest = String(rest[..<(rest.lastIndex(of: "/") ?? rest.startIndex)])
    }
    return folders + [root]
  }
}
