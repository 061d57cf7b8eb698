import Agents
import Environment
import Foundation
import Lanes
import Nets
import Records
import Testing

@testable import Training

/// Runs that are killed, damaged, mixed up or shared.
struct SturdinessTests {
  private let runs = Runs()

  private func damage(_ name: String) throws {
    let url = URL(fileURLWithPath: runs.file(name))
    var bytes = try Data(contentsOf: url)
    bytes[bytes.count - 3] ^= 4
    try bytes.write(to: url)
  }

  @Test("Where the newest checkpoint is damaged, the run goes on from the one before")
  func previous() throws {
    _ = try runs.trainer("whole").run()
    var count = 0
    let first = try runs.trainer("run")
    first.checkpointInterval = 0
    _ = try first.run(stop: { count >= 4 }, watch: { _ in count += 1 })
    #expect(try runs.tensors("run/previous.safetensors").metadata["steps"] == "192")
    try damage("run/checkpoint.safetensors")
    let again = try runs.trainer("run", resume: true)
    #expect(again.steps == 192)
    // The damaged one pushes nothing out.
    #expect(try runs.tensors("run/checkpoint.safetensors").metadata["steps"] == "192")
    #expect(try again.run() == .finished)
    #expect(try runs.updates("run") == runs.updates("whole"))
    #expect(try RunFolder(path: runs.file("run")).checkpoint().note == nil)
  }

  @Test("A person is told of the older checkpoint; where both are damaged, of the newest's damage")
  func notes() throws {
    _ = try runs.trainer("run", steps: 64).run()
    let folder = RunFolder(path: runs.file("run"))
    try FileManager.default.removeItem(atPath: runs.file("run/checkpoint.safetensors"))
    #expect(try folder.checkpoint().note?.hasSuffix("the checkpoint before it of step 0") == true)
    try damage("run/previous.safetensors")
    #expect(throws: CheckpointError.self) { try folder.checkpoint() }
  }

  @Test("A run that was killed before its first checkpoint begins anew")
  func nothing() throws {
    _ = try runs.trainer("run")
    let again = try runs.trainer("run", resume: true)
    #expect(again.savedSteps == nil && again.steps == 0)
    #expect(try again.run() == .finished)
    _ = try runs.trainer("whole").run()
    #expect(try runs.updates("run") == runs.updates("whole"))
    for name in ["checkpoint", "previous"] {
      try FileManager.default.removeItem(atPath: runs.file("run/\(name).safetensors"))
    }
    // Not where it has made updates: these would be lost.
    #expect(throws: CheckpointError.self) { try runs.trainer("run", resume: true) }
  }

  @Test("Another run's checkpoint is refused with the difference")
  func identity() throws {
    let trainer = try runs.trainer("run", steps: 64)
    _ = try trainer.run()
    var other = trainer.settings
    other.steps = 128
    #expect(other.difference(from: trainer.settings.identity) == nil)
    other.seed = 9
    let refusal = RunError.otherRun("its seed is 3, not 9")
    try RunFolder(path: runs.file("run")).write(other)
    let file = try runs.tensors("run/checkpoint.safetensors")
    #expect(throws: refusal) { try file.checkRun(other) }
    other.seed = 3
    other.agentSettings["rollout"] = 17
    #expect(other.difference(from: trainer.settings.identity) == "its rollout is 16, not 17")
    #expect(other.difference(from: "{") == "it does not say of which")
    var bad = file
    bad.metadata["run"] = nil
    #expect(throws: CheckpointError.missing("run")) { try bad.checkRun(other) }
  }

  @Test("Of many who want one folder, one gets it; new names never collide")
  func folders() throws {
    let settings = try runs.trainer("run").settings
    let path = runs.file("shared")
    let lock = try RunFolder.create(path, settings).lock
    #expect(throws: RunError.self) { try RunFolder.create(path, settings) }
    #expect(
      throws: RunError.folder(
        path, "cannot be trained in: it is in use by process \(getpid()) of this machine")
    ) { try RunFolder(path: path).lock() }
    // Locked and without settings: another process is about to write them.
    try FileManager.default.removeItem(atPath: path + "/settings.json")
    #expect(throws: RunError.self) { try RunFolder.create(path, settings) }
    withExtendedLifetime(lock) {}
    let names = try (0..<3).map { _ in
      try RunFolder.createNew(runs.file("new"), settings).folder.path
    }
    #expect(names == ["new", "new-2", "new-3"].map { runs.file($0) })
  }

  @Test("Who takes over a run in which another was killed cleans up")
  func leftovers() throws {
    _ = try runs.trainer("run")
    let part = runs.file("run/checkpoint.safetensors.part-1")
    try AtomicFile.write(Data(), to: part)
    _ = try RunFolder(path: runs.file("run")).lock()
    #expect(!FileManager.default.fileExists(atPath: part))
  }

  @Test(
    "A folder in the way of what a run writes at its end is found at its start",
    arguments: [
      "updates.jsonl", "previous.safetensors", "best.safetensors", "evaluation.json",
      "episode.png", "curve.svg", "report.html", "updates.csv",
    ])
  func inTheWay(name: String) throws {
    _ = try runs.trainer("run")
    let path = runs.file("run")
    try? FileManager.default.removeItem(atPath: path + "/" + name)
    mkdir(path + "/" + name, 0o777)
    let refusal = RunError.folder(path, "cannot be trained in: its \(name) is a folder")
    #expect(throws: refusal) { try RunFolder(path: path).lock() }
  }

  @Test("Lines of updates are trimmed by their number, whatever is in them")
  func lines() throws {
    _ = try runs.trainer("run", steps: 128).run()
    let (folder, path) = (RunFolder(path: runs.file("run")), runs.file("run/updates.jsonl"))
    try Data([0xFF, 0x0A, 0x80, 0x0A, 0x7B, 0x0A, 0x7B]).write(to: URL(fileURLWithPath: path))
    try folder.trimUpdates(after: 2)
    #expect(try InputFile.bytes(path) == [0xFF, 0x0A, 0x80, 0x0A])
    // What a loss of power has taken is not made up for, and stops nobody.
    try folder.trimUpdates(after: 9)
    #expect(try InputFile.bytes(path).count == 4)
    unlink(path)
    try folder.trimUpdates(after: 9)
    mkfifo(path, 0o600)
    #expect(throws: FileError.unreadable(path, "it is no regular file")) {
      try folder.trimUpdates(after: 2)
    }
    #expect(throws: RunError.self) { try LineFile(path) }
  }

  @Test("What a slow update would lose is kept, and written once")
  func spare() throws {
    let spare = Spare()
    #expect(spare.take { _ in true } == nil)
    let kept = Spare()
    try kept.whileSaving(steps: 64) {}
    kept.keep(SafeTensors(), steps: 128)
    #expect(kept.take { _ in true } == 128)
    #expect(kept.take { _ in true } == nil)
    let failing = Spare()
    try failing.whileSaving(steps: 64) {}
    failing.keep(SafeTensors(), steps: 128)
    #expect(failing.take { _ in false } == 64)
    let over = Spare()
    try over.whileSaving(steps: 64, isLast: true) {}
    #expect(over.take { _ in true } == nil)
  }

  @Test("A trainer leaves what it was before the update that takes too long")
  func slowUpdate() throws {
    _ = try runs.trainer("whole").run()
    let trainer = try runs.trainer("run")
    let agent = trainer.agent as! Guesser
    agent.seconds = Spare.patience * 1.2
    var taken: Int?
    let outcome = try trainer.run(stop: {
      // In the midst of the third rollout.
      if trainer.steps == 64 * 2 + 4 { taken = trainer.saveSpare() }
      return taken != nil && agent.isBetweenUpdates
    })
    #expect(taken == 128 && outcome == .interrupted)
    let file = try runs.tensors("run/checkpoint.safetensors")
    #expect(["128", "192"].contains(file.metadata["steps"]))
    #expect(try runs.trainer("run", resume: true).run() == .finished)
    #expect(try runs.updates("run") == runs.updates("whole"))
  }

  @Test("Room on the disk is asked for before there is work to lose")
  func room() throws {
    let folder = try RunFolder.create(runs.file("run"), runs.trainer("other").settings).folder
    try folder.checkRoom(1)
    #expect(throws: RunError.self) { try folder.checkRoom(.max / 2) }
  }
}
