import Agents
import Environment
import Foundation
import Lanes
import Nets
import Records
import Testing

@testable import Training

struct TrainingTests {
  private let runs = Runs()

  @Test(
    "A run that was interrupted and resumed equals one that was not",
    arguments: AutoresetMode.allCases)
  func resuming(mode: AutoresetMode) throws {
    #expect(try runs.trainer("whole", mode).run() == .finished)
    var count = 0
    let first = try runs.trainer("parts", mode)
    #expect(try first.run(stop: { count >= 3 }, watch: { _ in count += 1 }) == .interrupted)
    #expect(try runs.trainer("parts", resume: true, mode).run() == .finished)
    #expect(try runs.updates("whole") == runs.updates("parts"))
    #expect(try runs.updates("whole").count == 6)
    let files = try ["whole", "parts"].map { try runs.tensors("\($0)/checkpoint.safetensors") }
    #expect(files[0].tensors == files[1].tensors)
    #expect(files[0].metadata["guesser"] == files[1].metadata["guesser"])
  }

  @Test("A finished run goes on to more steps as if it had been longer from the start")
  func extending() throws {
    _ = try runs.trainer("long", steps: 640).run()
    _ = try runs.trainer("short", steps: 256).run()
    #expect(try runs.trainer("short", resume: true, steps: 640).run() == .finished)
    #expect(try runs.updates("long") == runs.updates("short"))
  }

  @Test("A run that ended before its first update can be resumed")
  func earlyEnd() throws {
    let trainer = try runs.trainer("run")
    (trainer.agent as! Guesser).divergesAt = 1
    #expect(throws: AgentError.diverged(layer: "heads")) { try trainer.run() }
    #expect(trainer.savedSteps == 0)
    #expect(try runs.trainer("run", resume: true).run() == .finished)
    _ = try runs.trainer("whole").run()
    #expect(try runs.updates("run") == runs.updates("whole"))
  }

  @Test("Runs make whole updates, at most the steps they were asked for, and progress ends at 1")
  func steps() throws {
    let trainer = try runs.trainer("run", steps: 200)
    var seen: [RunProgress] = []
    _ = try trainer.run(watch: { seen.append($0) })
    #expect(trainer.totalSteps == 192 && trainer.steps == 192)
    #expect(seen.map(\.steps) == [64, 128, 192])
    let thirds: [Double] = [0, 64.0 / 192, 128.0 / 192, 1]
    #expect(seen.map(\.share) == Array(thirds.dropFirst()))
    #expect((trainer.agent as! Guesser).heard == Array(thirds.dropLast()))
    #expect(throws: RunError.tooFewSteps(63, 64)) { try runs.trainer("less", steps: 63) }
    #expect(try Trainer.plannedSteps(Int.max, perUpdate: 64) == Int.max - 63)
  }

  @Test("Lanes go on in every autoreset mode", arguments: AutoresetMode.allCases)
  func autoreset(mode: AutoresetMode) throws {
    var last = RunProgress()
    _ = try runs.trainer("run", steps: 640, mode).run(watch: { last = $0 })
    // 160 steps a lane; an episode takes five, and a sixth where a step resets.
    let episodes = mode == .nextStep ? 26 : 32
    #expect(last.episodes == 4 * episodes)
    #expect(last.meanLength == 5)
  }

  @Test("A lost life ends no episode of the statistics")
  func endings() throws {
    let spec = try Sides.batch(3).spec
    let buffers = StepBuffers(spec: spec, lanes: 3)
    for lane in 0..<3 {
      buffers.ended.written(UInt8.self)[lane] = UInt8(lane)
      buffers.terminated.written(UInt8.self)[lane] = 1
      buffers.episodeReturns.written(Double.self)[lane] = Double(lane + 10)
    }
    var episodes = RecentEpisodes()
    episodes.add(buffers)
    #expect(episodes.count == 1 && episodes.meanReturn == 11)
    for _ in 0..<98 { episodes.add(buffers) }
    #expect(!episodes.isFull)
    episodes.add(buffers)
    #expect(episodes.isFull)
    buffers.episodeReturns.written(Double.self)[1] = 111
    episodes.add(buffers)
    #expect(episodes.count == 101 && episodes.meanReturn == 12)
  }

  @Test("A diverged agent stops the run; the last good checkpoint stays")
  func divergence() throws {
    for spoils in [false, true] {
      let name = "run\(spoils)"
      let trainer = try runs.trainer(name)
      trainer.checkpointInterval = 0
      let agent = trainer.agent as! Guesser
      if spoils { agent.spoilsAt = 3 } else { agent.divergesAt = 3 }
      let layer = spoils ? "weight" : "heads"
      #expect(throws: AgentError.diverged(layer: layer)) { try trainer.run() }
      #expect(trainer.savedSteps == 128)
      let file = try runs.tensors(name + "/checkpoint.safetensors")
      try file.checkFinite()
      #expect(file.metadata["steps"] == "128")
    }
  }

  @Test("The best weights and the last numbered checkpoints are kept")
  func keeping() throws {
    let trainer = try runs.trainer("run", steps: 64 * 16, keepsBest: true)
    trainer.checkpointInterval = 0
    trainer.keptCheckpoints = 3
    var means: [Double] = []
    _ = try trainer.run(watch: { if $0.episodes >= 100 { means.append($0.meanReturn!) } })
    let best = try runs.tensors("run/best.safetensors")
    #expect(best.metadata["return_mean"].flatMap(Double.init) == means.max())
    #expect(Set(means).count > 1)
    let names = try FileManager.default.contentsOfDirectory(atPath: runs.file("run"))
    let numbered = names.filter { $0.hasPrefix("checkpoint-") }.sorted()
    #expect(numbered == ["0896", "0960", "1024"].map { "checkpoint-00000000\($0).safetensors" })
    let old = try runs.tensors("run/checkpoint-000000000896.safetensors")
    #expect(old.metadata["steps"] == "896")
  }

  @Test("Without a hundred episodes there is no best")
  func noBest() throws {
    _ = try runs.trainer("run", steps: 128, keepsBest: true).run()
    #expect(!FileManager.default.fileExists(atPath: runs.file("run/best.safetensors")))
  }

  @Test("A damaged checkpoint is refused")
  func damage() throws {
    _ = try runs.trainer("run", steps: 64).run()
    let paths = ["checkpoint", "previous"].map { runs.file("run/\($0).safetensors") }
    for path in paths {
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
    }
    #expect(throws: CheckpointError.self) { try runs.trainer("run", resume: true) }
    for path in paths { try FileManager.default.removeItem(atPath: path) }
    #expect(throws: CheckpointError.self) { try runs.trainer("run", resume: true) }
  }

  @Test("Folders that hold a run, hold none, or cannot be made are named")
  func folders() throws {
    let settings = try runs.trainer("run").settings
    #expect(throws: RunError.self) { try RunFolder.create(runs.file("run"), settings) }
    #expect(throws: RunError.self) { try RunFolder.create("/proc/none/run", settings) }
    #expect(throws: RunError.self) { try RunFolder(path: "/nonexistent").settings() }
    #expect(try RunFolder(path: runs.file("run")).settings() == settings)
  }

  @Test("Settings keep their types in a file, and those of earlier versions are read")
  func settingsFile() throws {
    let settings = try runs.trainer("run").settings
    let text = try String(contentsOfFile: runs.file("run/settings.json"), encoding: .utf8)
    #expect(text.contains("\"rollout\" : 16") && text.contains("\"autoreset\" : \"same-step\""))
    #expect(settings.agentSettings == ["rollout": 16])
    let old = """
      {"agent":"ppo","agentSettings":{"learningRate":"5e-4","epochs":"3"},"environment":"X",
      "environmentSettings":{"noop-max":"30"},"lanes":2,"seed":1,"steps":5}
      """
    try old.write(toFile: runs.file("run/settings.json"), atomically: true, encoding: .utf8)
    let read = try RunFolder(path: runs.file("run")).settings()
    #expect(read.agentSettings == ["learning-rate": "5e-4", "epochs": "3"])
    #expect(read.environmentSettings == ["noop-max": "30"])
  }
}
