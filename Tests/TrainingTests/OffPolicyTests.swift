import Agents
import Environment
import Foundation
import Lanes
import Nets
import Testing

@testable import Training

/// Agents with a replay in the one loop.
struct OffPolicyTests {
  private let runs = Runs()

  private func trainer(
    _ name: String, _ kind: String, steps: Int = 3000, resume: Bool = false, capacity: Int = 400
  ) throws -> Trainer {
    let isBox = kind != "dqn"
    let settings = RunSettings(environment: "Sides", agent: kind, lanes: 4, steps: steps, seed: 7)
    let path = runs.file(name)
    let folder = resume ? RunFolder(path: path) : try RunFolder.create(path, settings).folder
    let batch = try Sides.batch(4, isBox: isBox)
    let row = try #require(AgentRow.all.first { $0.name == kind })
    var values = row.defaults(batch.spec)
    values["replay-start"] = 100
    values["replay-capacity"] = .whole(capacity)
    values["batch"] = 16
    values["hidden"] = "8"
    values["update-period"] = 16
    let pool = ThreadPool(threads: 2)
    let agent = try row.make(batch.spec, 4, values, 7, Workshop(pool: pool))
    let trainer = try Trainer(
      settings: settings, folder: folder, environment: batch, agent: agent, pool: pool)
    if resume { try trainer.resume() }
    return trainer
  }

  private func lines(_ name: String) throws -> Int {
    try String(contentsOfFile: runs.file("\(name)/updates.jsonl"), encoding: .utf8)
      .split(separator: "\n").count
  }

  @Test("Interrupted equals whole, line for line", arguments: ["dqn", "sac", "td3"])
  func resuming(kind: String) throws {
    _ = try trainer("whole", kind).run()
    let first = try trainer("parts", kind)
    #expect(try first.run(stop: { first.steps == 1332 }) == .interrupted)
    _ = try trainer("parts", kind, resume: true).run()
    let (whole, parts) = (try runs.checkpoint("whole"), try runs.checkpoint("parts"))
    #expect(whole.tensors == parts.tensors && whole.metadata == parts.metadata)
    #expect(try lines("whole") == 3 && lines("parts") == 3)
  }

  @Test("A finished run goes on to more steps as if it had been longer from the start")
  func extending() throws {
    _ = try trainer("long", "dqn", steps: 2600).run()
    _ = try trainer("short", "dqn", steps: 1500).run()
    _ = try trainer("short", "dqn", steps: 2600, resume: true).run()
    let (long, short) = (try runs.checkpoint("long"), try runs.checkpoint("short"))
    #expect(long.tensors == short.tensors && long.metadata == short.metadata)
  }

  @Test("A replay in a file asks for checkpoints before it writes over what one needs")
  func files() throws {
    let trainer = try trainer("run", "dqn", steps: 4000, capacity: 5_000_000)
    _ = try trainer.run()
    let file = try FileManager.default.attributesOfItem(atPath: runs.file("run/replay.bin"))
    #expect(file[.size] as? Int ?? 0 > 64 << 20)
    let resumed = try self.trainer(
      "run", "dqn", steps: 4400, resume: true, capacity: 5_000_000)
    _ = try resumed.run()
    #expect(resumed.steps == 4400)
  }
}
