import Foundation
import Testing

struct HeaderTests {
  /// SwiftPM builds what imports a C target again when one of the target's objects has changed, and knows of
  /// headers through these alone: code that was built with an old layout crashes.
  @Test("Every header of a C target is read by a source file of the target")
  func headers() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    var count = 0
    for folder in ["Sources", "Tests"].map({ root.appendingPathComponent($0) }) {
      for target in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
        let files = files(in: folder.appendingPathComponent(target))
        let sources = files.filter { ["c", "cpp"].contains($0.pathExtension) }
        if sources.isEmpty { continue }
        let headers = files.filter { $0.path.contains("/include/") && $0.pathExtension == "h" }
        var read = Set<String>()
        for source in sources { try follow(source, headers, &read) }
        for header in headers {
          count += 1
          #expect(read.contains(header.lastPathComponent), "\(target): \(header.lastPathComponent)")
        }
      }
    }
    #expect(count > 10)
  }

  /// What a folder of headers makes a module of is looked up once and kept; a list of names is watched.
  @Test("A C target of several headers names them in a module map, or in the header of its name")
  func maps() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")
    for target in try FileManager.default.contentsOfDirectory(atPath: root.path) {
      let names = files(in: root.appendingPathComponent(target + "/include"))
        .map(\.lastPathComponent)
      let isNamed = names.contains("module.modulemap") || names.contains("\(target).h")
      #expect(isNamed || names.count { $0.hasSuffix(".h") } < 2, "\(target)")
    }
  }

  private func files(in folder: URL) -> [URL] {
    let names = FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String]
    return (names ?? []).map { folder.appendingPathComponent($0) }
  }

  private func follow(_ file: URL, _ headers: [URL], _ read: inout Set<String>) throws {
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    where line.hasPrefix("#include \"") {
      let name = line.dropFirst("#include \"".count).prefix { $0 != "\"" }
      guard read.insert(String(name)).inserted,
        let header = headers.first(where: { $0.lastPathComponent == name })
      else { continue }
      try follow(header, headers, &read)
    }
  }
}
