import ArgumentParser
import Catalog
import Foundation

/// The manual page, from the same declarations as the help.
struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The manual page of all commands, for man.",
    discussion: """
      lockstep manual > lockstep.1; man -l lockstep.1. Completions for a shell come from \
      --generate-completion-script bash, zsh or fish.
      """)

  func run() throws { print(try ManualPage(help: Lockstep._dumpHelp()).text, terminator: "") }
}

/// Of commands and their options, in man's macros.
struct ManualPage {
  private let root: Command

  /// - Parameter help: JSON, as `--experimental-dump-help` prints it.
  init(help: String) throws {
    root = try JSONDecoder().decode(Tool.self, from: Data(help.utf8)).command
  }

  var text: String {
    let commands = (root.subcommands ?? []).filter { $0.shouldDisplay ?? true }
    var lines = [
      ".TH LOCKSTEP 1 \"\" \"lockstep \(lockstepVersion)\" \"User Commands\"", ".SH NAME",
      "lockstep \\- \(Self.plain(root.abstract ?? ""))", ".SH SYNOPSIS", ".B lockstep",
      ".I command", "[\\fIoptions\\fR]", ".SH COMMANDS",
    ]
    for command in commands where command.commandName != "help" { lines += section(command) }
    lines += [
      ".SH FILES", ".TP", ".I runs/", "Folders of runs, one each.", ".TP", ".I Roms/",
      "Cartridges; ALE_ROMS_DIR names another folder.", ".SH EXIT STATUS",
      "0: it went well. 1: it failed. 2: wrong usage. 130: stopped by ctrl\\-C, and saved.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func section(_ command: Command) -> [String] {
    let arguments = (command.arguments ?? []).filter(\.isShown)
    let positional = arguments.filter { $0.kind == "positional" }
      .map { $0.isOptional ? "[\($0.word)]" : $0.word }
    var lines = [".SS lockstep \(([command.commandName] + positional).joined(separator: " "))"]
    lines += [command.abstract, command.discussion].compactMap { $0 }.map(Self.body)
    for argument in arguments {
      lines += [".TP", argument.head, Self.body(argument.abstract ?? "")]
      if let value = argument.defaultValue { lines.append("Default: \(Self.plain(value)).") }
    }
    return lines
  }

  /// A paragraph: lines may not begin with a macro's mark.
  private static func body(_ text: String) -> String {
    text.split(separator: "\n").map { line in
      let line = plain(String(line))
      return line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }.joined(separator: "\n.br\n")
  }

  fileprivate static func plain(_ text: String) -> String {
    text.replacingOccurrences(of: "\\", with: "\\e").replacingOccurrences(of: "-", with: "\\-")
  }

  private struct Tool: Decodable { let command: Command }

  private struct Command: Decodable {
    let commandName: String
    let abstract, discussion: String?
    let shouldDisplay: Bool?
    let subcommands: [Command]?
    let arguments: [Argument]?
  }

  private struct Argument: Decodable {
    struct Name: Decodable {
      let kind, name: String
    }

    let kind: String
    let shouldDisplay, isOptional: Bool
    let names: [Name]?
    let valueName, defaultValue, abstract: String?

    /// Those of every command are not repeated.
    var isShown: Bool {
      shouldDisplay && !(names ?? []).contains { ["help", "version"].contains($0.name) }
    }

    var word: String { ManualPage.plain(valueName ?? "value") }

    var head: String {
      let flags = (names ?? []).map { ($0.kind == "short" ? "-" : "--") + $0.name }
      let words = flags.map { "\\fB\(ManualPage.plain($0))\\fR" }.joined(separator: ", ")
      let value = kind == "flag" ? "" : "\\fI\(word)\\fR"
      return [words, value].filter { !$0.isEmpty }.joined(separator: " ")
    }
  }
}
