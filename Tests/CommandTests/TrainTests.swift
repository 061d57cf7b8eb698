import Agents
import Atari
import Catalog
import Environment
import Foundation
import Nets
import Records
import Replay
import Testing
import Training

@testable import LockstepCommand

/// An environment as `train` is asked for it.
struct TrainCase: CustomTestStringConvertible, Sendable {
  let row: EnvironmentRow
  let settings: [String]

  var testDescription: String { ([row.id] + settings).joined(separator: " ") }

  /// What makes pictures, and with them networks, small enough for a test.
  var shrinking: [String] {
    guard row.settings().contains(where: { $0.name == "image-size" }) else { return [] }
    return settings.contains("preset=raw") ? ["observation=ram"] : ["image-size=36x36", "stack=1"]
  }

  /// A row of every family and kind of action, under every autoreset mode and every preset.
  static let all: [TrainCase] = {
    var cases: [TrainCase] = []
    for row in representatives {
      let kinds = row.settings()
      func flags(_ name: String) -> [String?] {
        kinds.contains { $0.name == name } ? [nil, "\(name)=true"] : [nil]
      }
      for mode in AutoresetMode.allCases {
        for preset in presets(kinds) {
          for continuous in flags("continuous") {
            let pieces = ["autoreset=\(mode.rawValue)", preset, continuous]
            cases.append(TrainCase(row: row, settings: pieces.compactMap { $0 }))
          }
        }
      }
    }
    return cases
  }()

  private static func presets(_ settings: [SettingDescription]) -> [String?] {
    guard let preset = settings.first(where: { $0.name == "preset" }) else { return [nil] }
    // 'a', 'b' or 'c'
    return preset.kind.allowed.split(separator: "'").filter { !$0.contains(" ") }
      .map { "preset=\($0)" }
  }

  /// The first row of a family and a kind of action that is there on every machine.
  private static let representatives: [EnvironmentRow] = {
    var seen = Set<String>()
    return Catalog.rows.filter { row in
      guard row.missing() == nil, let spec = try? row.make(1, [:], 1).spec, spec.players == 1 else {
        return false
      }
      let fields = spec.observation.map { "\($0.role)" }.joined()
      return seen.insert("\(row.family) \(spec.action.element) \(fields)").inserted
    }
  }()
}

struct TrainTests {
  private let folder: Folder
  /// Small enough to be quick.
  private static let small = [
    "--batch", "2", "--threads", "1", "--episodes", "0", "--seed", "3", "--set",
    "rollout-steps=16", "--set", "minibatches=1", "--set", "epochs=1",
  ]

  init() throws { folder = try Folder() }

  @Test("Training works in every family, mode, preset and kind of action", arguments: TrainCase.all)
  func train(what: TrainCase) throws {
    let settings = (what.settings + what.shrinking).flatMap { ["--env-set", $0] }
    let out = folder.file("run")
    let answer = complaint(
      ["train", what.row.id, "--steps", "200", "--out", out] + Self.small + settings)
    #expect(answer == "0")
    let text = try String(contentsOfFile: out + "/updates.jsonl", encoding: .utf8)
    #expect(text.split(separator: "\n").count == 6)
    let file = try SafeTensors(path: out + "/checkpoint.safetensors")
    #expect(file.metadata["steps"] == "192")
    #expect(complaint(["train", "--resume", out, "--steps", "224", "--episodes", "0"]) == "0")
  }

  @Test("PPO and DQN can read every grid world, and the others where their actions suit")
  func readsGrids() throws {
    let rows = Catalog.rows.filter { $0.family == "grid" && $0.missing() == nil }
    #expect(rows.count > 150)
    for row in rows {
      let spec = try row.make(1, [:], 1).spec
      for agent in AgentRow.all where agent.name != "td3" {
        #expect(agent.refuses(spec) == nil, "\(agent.name) on \(row.id)")
      }
    }
  }

  @Test(
    "Agents with a replay train on grid worlds",
    arguments: ["MiniGrid-DoorKey-5x5-v0", "BabyAI-PutNextLocal-v0"],
    ["dqn", "full-rainbow", "sac"])
  func replaysGrids(id: String, agent: String) throws {
    let out = folder.file("run")
    let arguments = [
      "train", id, "--agent", agent, "--batch", "2", "--threads", "1", "--episodes", "2",
      "--steps", "1200", "--set", "replay-start=100", "--set", "batch=8", "--set",
      "update-period=40", "--set", "replay-capacity=500", "--set", "hidden=16", "--env-set",
      "max-steps=40", "--out", out,
    ]
    #expect(complaint(arguments) == "0")
    let lines = try String(contentsOfFile: out + "/updates.jsonl", encoding: .utf8)
    #expect(lines.contains("\"updates\":"))
  }

  @Test("A run's steps become a data set, from which another learns offline")
  func offline() throws {
    let (run, data, other) = (folder.file("run"), folder.file("data"), folder.file("other"))
    let quick = [
      "--threads", "1", "--batch", "2", "--seed", "3", "--episodes", "0", "--set",
      "replay-capacity=3000", "--set", "batch=8", "--set", "hidden=16",
    ]
    #expect(
      complaint(
        [
          "train", "CartPole-v1", "--agent", "dqn", "--steps", "1000", "--out", run, "--set",
          "replay-start=900",
        ] + quick) == "0")
    #expect(complaint(["record", run, "--replay", "--out", data]) == "0")
    let kept = try Dataset(data)
    #expect(kept.steps > 900 && kept.steps <= 1000 && kept.spec.id == "CartPole-v1")
    #expect(
      complaint([
        "record", run, "--steps", "600", "--random", "0.5", "--out", folder.file("new"),
      ]) == "0")
    let new = try Dataset(folder.file("new"))
    #expect(new.steps > 400 && new.steps <= 602)
    #expect(complaint(["record", run, "--out", data]).contains("holds a data set already"))
    let learn = [
      "train", "CartPole-v1", "--agent", "cql", "--out", other, "--set", "dataset=\(data)",
      "--set", "update-period=10",
    ]
    #expect(complaint(learn + quick + ["--steps", "1000"]) == "0")
    let lines = try String(contentsOfFile: other + "/updates.jsonl", encoding: .utf8)
    #expect(lines.contains("\"replay\":\(kept.steps)") && lines.contains("\"updates\":100"))
    #expect(complaint(["train", "--resume", other, "--steps", "2000", "--episodes", "0"]) == "0")
    let wrong = [
      "train", "Acrobot-v1", "--agent", "cql", "--set", "dataset=\(data)", "--out",
      folder.file("wrong"),
    ]
    #expect(complaint(wrong).hasPrefix("2: setting dataset: "))
    #expect(!folder.has("wrong"))
  }

  @Test("Presets are shown with their names, and wrong names with near ones")
  func presets() throws {
    for preset in AgentPreset.all {
      let ids = ["grid": "MiniGrid-Empty-5x5-v0", "minatar": "MinAtar/Freeway-v1"]
      let id = preset.environment.keys.compactMap { ids[$0] }.first ?? "Lockstep/Courier-v0"
      let suited =
        preset.environment.isEmpty
        ? (["sac", "td3"].contains(preset.agent) || preset.name.hasSuffix("continuous")
          ? "Pendulum-v1" : "CartPole-v1") : id
      let command = try parsed(
        Train.self, "train", suited, "--preset", preset.name, "--show-settings")
      let plan = try command.plan()
      #expect(plan.settings.agent == preset.agent && plan.settings.lanes == preset.lanes)
      let text = try ShownSettings(plan).text()
      for name in preset.settings.keys {
        let line = text.split(separator: "\n").first { $0.hasPrefix("  \(name) ") }
        #expect(line?.hasSuffix("[preset \(preset.name)]") == true, "\(preset.name): \(name)")
      }
    }
    let rainbow = try parsed(
      Train.self, "train", "Lockstep/Courier-v0", "--preset", "dopamine-rainbow", "--set",
      "n-steps=5", "--show-settings")
    let plan = try rainbow.plan()
    #expect(plan.settings.environmentSettings["preset"] == "machado2018")
    #expect(plan.settings.agentSettings["n-steps"] == 5 && plan.settings.steps == 50_000_000)
    let wrong = complaint(["train", "--preset", "dopamine-rainbw"])
    #expect(wrong.hasPrefix("2: ") && wrong.contains("'dopamine-rainbow'"))
    #expect(
      complaint(["train", "--preset", "cleanrl-ppo", "--agent", "dqn"]).hasPrefix("2: preset"))
  }

  @Test("Whole pictures of the console train, too")
  func wholePictures() throws {
    let small = Self.small.map { $0 == "rollout-steps=16" ? "rollout-steps=100" : $0 }
    let out = folder.file("run")
    #expect(
      complaint(["train", "--steps", "200", "--out", out, "--env-set", "preset=raw"] + small) == "0"
    )
  }

  @Test("There are cases of every family, preset and mode")
  func cases() {
    let families = Set(TrainCase.all.map(\.row.family))
    #expect(families == Set(Catalog.rows.map(\.family)))
    let words = Set(TrainCase.all.flatMap(\.settings))
    for preset in AtariBatch.Preset.allCases {
      #expect(words.contains("preset=\(preset.rawValue)"))
    }
    for mode in AutoresetMode.allCases { #expect(words.contains("autoreset=\(mode.rawValue)")) }
  }

  @Test("What cannot be learned from is refused before there is a folder")
  func folders() throws {
    let out = folder.file("run")
    for arguments in [
      ["--steps", "1"], ["--set", "nothing=1"], ["--env-set", "nothing=1"], ["--agent", "none"],
      ["--set", "clip=-1"], ["--env-set", "players=2"],
      ["--groups", "2", "--agent", "dqn"], ["--groups", "2", "--set", "normalize-rewards=true"],
    ] {
      #expect(complaint(["train", "--out", out] + arguments).hasPrefix("2: "))
    }
    #expect(folder.isEmpty)
  }

  @Test("A run can be made longer, cannot be made shorter than it is, and lends its weights")
  func oldRuns() throws {
    let (one, two) = (folder.file("one"), folder.file("two"))
    let small = Self.small + ["--env-set", "image-size=36x36", "--env-set", "stack=1"]
    #expect(
      complaint(["train", "--out", one, "--steps", "64", "--keep", "2", "--keep", "best"] + small)
        == "0")
    #expect(folder.has("one/checkpoint-000000000000.safetensors"))
    let shorter = complaint(["train", "--resume", one, "--steps", "32", "--episodes", "0"])
    #expect(shorter == "2: the run has made 64 steps: --steps must be 96 or more to go on")
    #expect(try RunFolder(path: one).settings().steps == 64)
    #expect(complaint(["train", "--resume", one, "--steps", "96", "--episodes", "0"]) == "0")
    #expect(try RunFolder(path: one).settings().steps == 96)
    #expect(
      complaint([
        "train", "--from", one, "--out", two, "--steps", "32", "--episodes", "0",
        "--set", "learning-rate=0",
      ]) == "0")
    let settings = try RunFolder(path: two).settings()
    #expect(settings.environmentSettings["image-size"] == "36x36" && settings.lanes == 2)
    #expect(settings.agentSettings["learning-rate"] == 0)
    let old = try SafeTensors(path: one + "/checkpoint.safetensors")
    let new = try SafeTensors(path: two + "/checkpoint.safetensors")
    let weights = old.tensors.filter {
      $0.value.type == "F32" && !$0.key.contains("adam") && new.tensors[$0.key] != nil
    }
    // A learning rate of 0 leaves them as they were lent.
    #expect(!weights.isEmpty && weights.allSatisfy { new.tensors[$0.key]?.bytes == $0.value.bytes })
    #expect(complaint(["evaluate", one, "--episodes", "1", "--env-set", "frame-limit=100"]) == "0")
    #expect(complaint(["evaluate", one, "--env-set", "image-size=50x50"]).hasPrefix("2: "))
    let pictures = folder.file("pictures")
    #expect(complaint(["render", one, "--out", pictures, "--frames", "3"]) == "0")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: pictures).sorted()
        == ["00000.png", "00001.png", "00002.png", "sheet.png"])
  }

  @Test("Weights that are no numbers are refused with the name of their layer")
  func divergence() throws {
    let out = folder.file("run")
    let small = Self.small + ["--env-set", "image-size=36x36", "--env-set", "stack=1"]
    #expect(complaint(["train", "--out", out, "--steps", "32"] + small) == "0")
    let path = out + "/checkpoint.safetensors"
    var file = try SafeTensors(path: path)
    let name = try #require(file.tensors.filter { $0.value.type == "F32" }.map(\.key).min())
    file.tensors[name]!.bytes.replaceSubrange(0..<4, with: [0, 0, 0xC0, 0x7F])
    try file.write(to: path)
    for command in [
      ["evaluate", out], ["train", "--resume", out], ["render", out, "--out", "x"],
    ] {
      let answer = complaint(command)
      #expect(answer.hasPrefix("1: training has diverged: \(name) holds values"))
    }
  }

  @Test("Shown settings have a value, a range, a meaning and a source, and make no run")
  func shown() throws {
    let command = try parsed(
      Train.self, "train", "--env-set", "noop-max=7", "--set", "epochs=2", "--show-settings")
    let text = try ShownSettings(command.plan()).text()
    func line(_ name: String) -> String {
      text.split(separator: "\n").first { $0.hasPrefix("  \(name) ") }.map(String.init) ?? ""
    }
    #expect(line("noop-max").contains(" 7  [command line]"))
    #expect(line("life-loss-info").contains(" true  [training]"))
    #expect(line("frame-skip").contains(" 4  [default]"))
    #expect(line("epochs").contains(" 2  [command line]"))
    #expect(line("minibatches").contains(" 16  [standard of Lockstep/Courier-v0]"))
    #expect(line("discount").contains(" 0.99  [default]"))
    #expect(text.contains("a whole number, 1 to 1000. "))
    let preset = try parsed(Train.self, "train", "--env-set", "preset=dqn2015", "--show-settings")
    #expect(try ShownSettings(preset.plan()).text().contains("true  [preset dqn2015]"))
    // What suits as many lanes as the run has.
    let remembering = try parsed(
      Train.self, "train", "MiniGrid-MemoryS7-v0", "--set", "memory=gru", "--show-settings")
    #expect(try ShownSettings(remembering.plan()).text().contains("gru  [command line]"))
    let wrong = try parsed(Train.self, "train", "--set", "nothing=1", "--show-settings")
    #expect(throws: SettingError.self) { try ShownSettings(wrong.plan()).text() }
  }
}
