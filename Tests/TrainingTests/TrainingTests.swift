import Agents
import Environment
import Foundation
import Lanes
import Nets
import TestSupport
import Testing

@testable import Training

struct TrainingTests {
  private let folder =
    FileManager.default.temporaryDirectory.path + "/lockstep-\(UUID().uuidString)"

  private func trainer(_ name: String, resume: Bool = false, steps: Int = 6 * 64) throws -> Trainer
  {
    let settings = RunSettings(
      environment: "Halves", environmentSettings: [:], agent: "ppo", agentSettings: [:], lanes: 4,
      steps: steps, seed: 3)
    var ppo = PPO.Settings()
    ppo.rolloutSteps = 16
    let environment = Halves(count: 4)
    let agent = try PPO(
      spec: environment.spec, lanes: 4, settings: ppo, seed: 3, pool: ThreadPool(threads: 2))
    let path = folder + "/" + name
    let run = resume ? RunFolder(path: path) : try RunFolder.create(path, settings)
    let trainer = Trainer(settings: settings, folder: run, environment: environment, agent: agent)
    if resume { try trainer.resume() }
    return trainer
  }

  /// The file of updates without what depends on the clock.
  private func updates(_ name: String) throws -> [String] {
    let text = try String(contentsOfFile: "\(folder)/\(name)/updates.jsonl", encoding: .utf8)
    return text.split(separator: "\n").map { line in
      line.split(separator: ",").filter {
        !$0.contains("seconds") && !$0.contains("per_s") && !$0.contains("share_")
      }.joined(separator: ",")
    }
  }

  @Test("A run that was interrupted and resumed equals one that was not")
  func resuming() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try trainer("whole").run() == .finished)
    var count = 0
    let first = try trainer("parts")
    #expect(try first.run(stop: { count >= 3 }, watch: { _ in count += 1 }) == .interrupted)
    #expect(try trainer("parts", resume: true).run() == .finished)
    #expect(try updates("whole") == updates("parts"))
    #expect(try updates("whole").count == 6)
    let files = try ["whole", "parts"].map {
      try SafeTensors(path: "\(folder)/\($0)/checkpoint.safetensors")
    }
    #expect(files[0].tensors == files[1].tensors)
  }

  @Test("A damaged checkpoint is refused")
  func damage() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try trainer("run", steps: 64).run()
    let path = folder + "/run/checkpoint.safetensors"
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
    #expect(throws: CheckpointError.self) { try trainer("run", resume: true) }
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: CheckpointError.self) { try trainer("run", resume: true) }
  }

  @Test("Folders that hold a run, hold none, or cannot be made are named")
  func folders() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let settings = try trainer("run").settings
    #expect(throws: RunError.self) { try RunFolder.create(folder + "/run", settings) }
    #expect(throws: RunError.self) { try RunFolder.create("/proc/none/run", settings) }
    #expect(throws: RunError.self) { try RunFolder(path: "/nonexistent").settings() }
    #expect(try RunFolder(path: folder + "/run").settings() == settings)
  }

  @Test("The evaluator plays one episode in every lane")
  func evaluation() throws {
    let result = try Evaluator.play(Halves(count: 40), .random, seed: 5)
    #expect(result.lengths == [Int](repeating: 5, count: 40))
    #expect(result.returns.allSatisfy { (0...5).contains($0) })
    #expect(abs(result.mean - 2.5) < 1)
    #expect(try Evaluator.play(Halves(count: 40), .random, seed: 5) == result)
  }

  @Test("The interquartile mean cuts a quarter from either end, by parts")
  func interquartileMean() {
    func iqm(_ returns: [Double]) -> Double {
      Evaluation(returns: returns, lengths: []).interquartileMean
    }
    #expect(iqm([100, 1, 2, -50]) == 1.5)
    #expect(iqm([1, 2, 3, 4, 5, 6, 7, 8]) == 4.5)
    // Of five, a quarter is one and a quarter: 0.75 of the second, the third, 0.75 of the fourth.
    #expect(abs(iqm([0, 2, 3, 8, 90]) - (0.75 * 2 + 3 + 0.75 * 8) / 2.5) < 1e-12)
    #expect(iqm([7]) == 7)
  }
}
