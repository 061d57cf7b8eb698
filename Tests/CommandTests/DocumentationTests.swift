import Agents
import ArgumentParser
import Catalog
import Foundation
import Testing

@testable import LockstepCommand

/// Commands of the README and the documentation, each of which has to work.
struct DocumentationTests {
  private static let root =
    ProcessInfo.processInfo.environment["LOCKSTEP_ROOT"].map { URL(fileURLWithPath: $0) }
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let pages = "Sources/LockstepCommand/Documentation.docc"

  private static let files: [String] = {
    let folder = root.appendingPathComponent(pages).path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return ["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "\(pages)/\($0)" }
  }()

  private static func text(_ file: String) -> String {
    (try? String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)) ?? ""
  }

  /// Lines of blocks that name no language, without their comments.
  private static func commands(_ file: String) -> [String] {
    text(file).components(separatedBy: "```").enumerated()
      .filter { $0.offset % 2 == 1 && $0.element.hasPrefix("\n") }
      .flatMap { $0.element.split(separator: "\n") }
      .map { $0.components(separatedBy: " #")[0].trimmingCharacters(in: .whitespaces) }
  }

  @Test("There are commands to try in every tutorial")
  func there() {
    #expect(Self.files.count >= 10)
    for name in ["README.md", "Training.md", "Looking.md", "AddingATask.md", "AddingAnAgent.md"] {
      let file = Self.files.first { $0.hasSuffix(name) } ?? ""
      #expect(Self.commands(file).count { $0.hasPrefix("Tools/lockstep ") } >= 2, "\(name)")
    }
  }

  @Test(
    "Every command of a page works, one after another, in a folder of its own", arguments: files)
  func works(file: String) throws {
    let folder = try Folder()
    _ = try folder.write("0 2 3 3 0\n", to: "actions.txt")
    _ = try folder.write("20 close\n", to: "script.txt")
    for line in Self.commands(file) where line.hasPrefix("Tools/lockstep") {
      var words = line.split(separator: " ").dropFirst().map(String.init)
      if needsCartridge(words) { continue }
      words = Self.small(words)
      let (status, said) = try run(words, in: folder.path)
      #expect(status == 0, "\(file): \(line)\n\(said)")
    }
  }

  private func needsCartridge(_ words: [String]) -> Bool {
    words.dropFirst().contains { (try? Catalog.row($0))?.missing() != nil }
  }

  /// The same with little to do: what stands last counts.
  private static func small(_ words: [String]) -> [String] {
    switch words.first {
    case "train" where !words.contains("--resume"):
      words + ["--steps", "512", "--batch", "4", "--threads", "1", "--episodes", "0"]
    case "train": words + ["--threads", "1", "--episodes", "0"]
    case "play": words + ["--script", "script.txt", "--unpaced", "--threads", "1"]
    case "evaluate": words + ["--episodes", "2", "--threads", "1"]
    case "render": words + ["--frames", "3"]
    case "bench": words + ["--seconds", "0.02", "--batch", "2", "--threads", "1"]
    default: words
    }
  }

  private func run(
    _ words: [String], with program: URL = tool, in folder: String
  ) throws -> (status: Int32, said: String) {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = program
    process.arguments = words
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    // Windows that nobody sees.
    process.environment = ProcessInfo.processInfo.environment.merging([
      "SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy", "SDL_RENDER_DRIVER": "software",
    ]) { $1 }
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let said = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said.suffix(2000), as: UTF8.self))
  }

  /// Beside the tests, built with them.
  private static let tool = URL(fileURLWithPath: CommandLine.arguments[0])
    .deletingLastPathComponent().appendingPathComponent("lockstep")

  @Test("Files and pages that are named are there", arguments: files)
  func named(file: String) {
    let text = Self.text(file)
    let links = text.matches(of: /\]\(([^)#:]+)\)/).map { String($0.1) }
    let folder = Self.root.appendingPathComponent(file).deletingLastPathComponent()
    for link in links {
      #expect(
        FileManager.default.fileExists(atPath: folder.appendingPathComponent(link).path), "\(link)")
    }
    for name in text.matches(of: /`((?:Tools|Sources|Tests|Roms)\/[A-Za-z0-9_\/.+-]*)/).map({
      String($0.1)
    }) {
      #expect(
        FileManager.default.fileExists(atPath: Self.root.appendingPathComponent(name).path),
        "\(name)")
    }
    for page in text.matches(of: /<doc:([A-Za-z]+)>/).map({ String($0.1) }) {
      #expect(Self.files.contains("\(Self.pages)/\(page).md"), "\(page)")
    }
  }

  /// DocC's compiler, of Swift's toolchain.
  private static let docc: URL? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { URL(fileURLWithPath: "\($0)/docc") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  @Test("DocC has nothing to say of the catalogue", .enabled(if: docc != nil, "no docc"))
  func catalogue() throws {
    let folder = try Folder()
    let (status, said) = try run(
      [
        "convert", Self.root.appendingPathComponent(Self.pages).path, "--output-path",
        folder.file("out"),
      ]
        + ["--fallback-display-name", "Lockstep", "--fallback-bundle-identifier", "lockstep"],
      with: #require(Self.docc), in: folder.path)
    #expect(status == 0 && !said.contains("warning:"), "\(said)")
  }

  @Test("The manual page names every command and every option")
  func manual() throws {
    let text = try ManualPage(help: Lockstep._dumpHelp()).text.replacing("\\-", with: "-")
    for command in Lockstep.configuration.subcommands where command.configuration.shouldDisplay {
      #expect(text.contains(".SS lockstep \(command._commandName)"))
    }
    for option in ["--env-set", "--mosaic", "--generate-completion-script", "--keep"] {
      #expect(text.contains(option), "\(option)")
    }
    #expect(!text.contains("\n.\n") && !text.contains("\n\n"))
  }

  @Test("Completions know environments and agents", arguments: [CompletionShell.bash, .zsh, .fish])
  func completions(shell: CompletionShell) {
    let script = Lockstep.completionScript(for: shell)
    #expect(script.contains("rainbow") && script.contains("mosaic"))
  }
}
