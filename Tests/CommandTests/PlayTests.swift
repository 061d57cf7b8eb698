import Catalog
import Environment
import Foundation
import Records
import Replay
import Synchronization
import TestSupport
import Testing
import Training
import Window

@testable import LockstepCommand

@Suite(.serialized, .oneScreen) struct PlayTests {
  init() {
    setenv("SDL_VIDEODRIVER", "dummy", 1)
    setenv("SDL_AUDIODRIVER", "dummy", 1)
    setenv("SDL_RENDER_DRIVER", "software", 1)
  }

  @Test("Without a display there is a line that names another way, and nothing is left behind")
  func noDisplay() throws {
    setenv("SDL_VIDEODRIVER", "nothing", 1)
    let folder = try Folder()
    let reason = complaint("play", "CartPole-v1")
    #expect(reason.hasPrefix("2: ") && reason.contains("'lockstep render'"))
    let train = ["train", "CartPole-v1", "--window", "--steps", "512", "--out", folder.file("run")]
    #expect(complaint(train).hasPrefix("2: there is no display"))
    #expect(folder.isEmpty)
  }

  @Test("A mosaic that cannot be shown is refused", arguments: ["8", "0x3", "65x1", "64x64", "x"])
  func mosaics(text: String) {
    #expect(complaint("play", "CartPole-v1", "--mosaic", text).hasPrefix("2: "))
  }

  @Test("Other wrong uses are refused")
  func wrong() throws {
    let folder = try Folder()
    let script = try folder.write("x", to: "s")
    for arguments in [
      ["play", "CartPole-v1", "--rewind", "61"], ["play", "CartPole-v1", "--agent", "bot"],
      ["play", "CartPole-v1", "--mosaic", "2x2", "--record", folder.file("r")],
      ["play", "CartPole-v1", "--env-set", "autoreset=same-step", "--record", folder.file("r")],
      ["play", "Nothing"], ["play", "CartPole-v1", "--script", script],
      ["play", "CartPole-v1", "--script", folder.file("none")],
    ] {
      #expect(complaint(arguments).hasPrefix("2: "), "\(arguments)")
    }
    #expect(!folder.has("r"))
  }

  @Test(
    "Recorded play is a data set with its steps, and a trace with its pictures",
    arguments: [
      (Catalog.standard, "right"), ("CartPole-v1", "left"), ("MountainCarContinuous-v0", "left"),
      ("MiniGrid-Empty-5x5-v0", "up"),
    ])
  func recording(id: String, key: String) throws {
    let folder = try Folder()
    let row = try Catalog.row(id)
    let taps = (0..<20).map { "\(10 * $0 + 3) press \(key)\n\(10 * $0 + 9) release \(key)" }
    let script = try folder.write(taps.joined(separator: "\n") + "\n250 close", to: "s")
    let (file, set) = (folder.file("actions"), folder.file("set"))
    #expect(
      complaint(
        "play", id, "--script", script, "--unpaced", "--record", file, "--dataset", set) == "0")
    let dataset = try Dataset(set)
    let width = dataset.spec.action.width
    let actions = try ActionFile.read(file)
    #expect(dataset.steps == actions.count / width && dataset.steps > 10)
    #expect(dataset.episodes >= 1)
    _ = try dataset.replay()
    // As the file's second line says.
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    let words = lines[1].split(separator: " ").map(String.init)
    #expect(words.prefix(3) == ["#", "lockstep", "trace"])
    var request = try parsed(Trace.self, Array(words.dropFirst(2))).request(row)
    let traced = Mutex<[String]>([])
    request.write = { line in traced.withLock { $0.append(line) } }
    try row.trace(request)
    let steps = traced.withLock { $0 }.filter { !$0.hasPrefix("reset") }
    #expect(steps.count == dataset.steps)
    // Observations as the trace has them, from the data set's own batch.
    if id == Catalog.standard {
      let batch = try row.make(1, ["preset": "raw", "autoreset": "disabled"], 1)
      let buffers = StepBuffers(spec: batch.spec, lanes: 1)
      try batch.reset(seeds: [1], buffers)
      for (step, action) in actions.enumerated() {
        if buffers.ended.of(UInt8.self)[0] != 0 { try batch.reset(buffers) }
        buffers.actions.writable(Int32.self)[0] = Int32(action)
        try batch.step(buffers)
        let sum = crc32(buffers.observations[0].row(0))
        #expect(steps[step].split(separator: " ").last.map(String.init) == sum, "step \(step)")
      }
    }
  }

  @Test("A trained agent is watched, alone and in a mosaic; training can be seen")
  func watch() throws {
    let folder = try Folder()
    let run = folder.file("run")
    #expect(
      complaint(
        "train", "CartPole-v1", "--steps", "1024", "--batch", "4", "--episodes", "0", "--window",
        "--out", run) == "0")
    let script = try folder.write(
      "20 picture \(folder.file("a.png"))\n40 tap t\n80 picture \(folder.file("b.png"))\n90 close",
      to: "s")
    #expect(complaint("play", run, "--script", script, "--unpaced", "--json") == "0")
    #expect(folder.has("a.png") && folder.has("b.png"))
    #expect(
      complaint("play", run, "--mosaic", "3x2", "--script", script, "--unpaced", "--greedy") == "0")
    #expect(complaint("play", run, "--agent", "bot").hasPrefix("2: "))
  }

  @Test("A programmed player is watched")
  func bot() throws {
    let folder = try Folder()
    let script = try folder.write("60 close", to: "s")
    #expect(
      complaint(
        "play", "BabyAI-GoToLocal-v0", "--agent", "bot", "--mosaic", "2x2", "--script", script,
        "--unpaced") == "0")
  }
}
