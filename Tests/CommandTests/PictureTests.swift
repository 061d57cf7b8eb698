import Catalog
import Foundation
import PictureFiles
import Pixels
import Testing

@testable import LockstepCommand

struct PictureTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func render(_ out: String, _ more: String..., id: String = Catalog.standard) -> String {
    complaint(["render", id, "--out", folder.file(out)] + more)
  }

  private func frame(_ folder: String, _ number: Int) throws -> Picture {
    try PNG.read(self.folder.file(folder + String(format: "/%05d.png", number)))
  }

  @Test("Atari's pixels are 12:7 wide, as near as whole numbers come")
  func aspect() throws {
    #expect(render("a", "--frames", "2") == "0")
    let picture = try frame("a", 0)
    #expect(picture.width == 160 * 5 && picture.height == 210 * 3)
    #expect(render("b", "--frames", "1", "--scale", "1") == "0")
    let small = try frame("b", 0)
    #expect(small.width == 320 && small.height == 210)
    #expect(small.enlarged(across: 5, down: 6).shrunk(by: 2) == picture)
    #expect(render("c", "--frames", "1", "--scale", "2", id: "CartPole-v1") == "0")
    #expect(try frame("c", 0).width == 600)
  }

  @Test("A saved state and the rest of the actions show what the whole file shows")
  func states() throws {
    let actions = (0..<24).map { [1, 2, 0, 2, 2][$0 % 5] }
    func file(_ name: String, _ part: ArraySlice<Int>) throws -> String {
      try folder.write(part.map(String.init).joined(separator: "\n"), to: name)
    }
    let all = try file("all", actions[...]), first = try file("first", actions[..<14])
    let rest = try file("rest", actions[14...]), state = folder.file("state")
    #expect(render("whole", "--actions", all, "--scale", "1") == "0")
    #expect(render("one", "--actions", first, "--save-state", state, "--scale", "1") == "0")
    #expect(render("two", "--actions", rest, "--state", state, "--scale", "1") == "0")
    #expect(folder.has("whole/00024.png") && !folder.has("whole/00025.png"))
    for number in 0...14 { #expect(try frame("one", number) == frame("whole", number)) }
    for number in 0...10 { #expect(try frame("two", number) == frame("whole", 14 + number)) }
    #expect(try frame("whole", 0) != frame("whole", 24))
    let damaged = try folder.write("nothing", to: "damaged")
    #expect(render("x", "--state", damaged).hasPrefix("1: saved environment state refused"))
    let wrong = try folder.write("0.5", to: "wrong")
    #expect(render("x", "--actions", wrong) == "2: action 0.5 is no whole number")
    #expect(render("x", "--actions", try folder.write("99", to: "far")).hasPrefix("2: action 99"))
  }

  @Test("A mosaic has every lane's picture in its place")
  func mosaics() throws {
    #expect(render("m", "--mosaic", "3x2", "--frames", "3", "--scale", "1") == "0")
    let picture = try frame("m", 2)
    #expect(picture.width == 3 * 322 + 2 && picture.height == 2 * 212 + 2)
    let large = render("l.png", "--mosaic", "8x8", "--frames", "2", id: "CartPole-v1")
    #expect(large == "0" && folder.has("l.png"))
  }

  @Test("Captions stand below, as high in every picture; missions are words")
  func captions() throws {
    let id = "MiniGrid-DoorKey-5x5-v0"
    #expect(render("plain", "--frames", "3", id: id) == "0")
    #expect(render("drawn", "--frames", "3", "--show", "all", id: id) == "0")
    let (plain, drawn) = (try frame("plain", 2), try frame("drawn", 2))
    #expect(drawn.width == plain.width && drawn.height > plain.height + 20)
    #expect(Array(drawn.rgb.prefix(plain.rgb.count)) == plain.rgb)
    #expect(try frame("drawn", 1).height == drawn.height)
    #expect(try frame("drawn", 1).rgb != frame("drawn", 2).rgb)
    #expect(render("mission", "--frames", "1", "--show", "mission", id: id) == "0")
    let strip = try frame("mission", 0).rgb.dropFirst(plain.rgb.count)
    #expect(Set(strip).count > 20, "letters have soft edges")
  }

  @Test("The value that is drawn in is the agent's")
  func values() throws {
    let run = folder.file("run")
    let small = ["--steps", "256", "--batch", "2", "--episodes", "0", "--quiet"]
    #expect(complaint(["train", "CartPole-v1", "--out", run] + small) == "0")
    #expect(render("v", "--frames", "2", "--show", "value", id: run) == "0")
    #expect(render("n", "--frames", "2", id: run) == "0")
    #expect(try frame("v", 0).height > frame("n", 0).height)
    // Random play has none, and then there is no line.
    #expect(render("r", "--frames", "1", "--show", "value", id: "CartPole-v1") == "0")
    #expect(try frame("r", 0).height == frame("n", 0).height)
  }

  @Test("An animated PNG's first picture is the first frame; a contact sheet has its moments")
  func animations() throws {
    #expect(render("a", "--frames", "6", "--scale", "1") == "0")
    #expect(render("a.apng", "--frames", "6", "--scale", "1") == "0")
    #expect(render("sheet.png", "--frames", "6", "--scale", "1") == "0")
    #expect(try PNG.read(folder.file("a.apng")) == frame("a", 0))
    #expect(try PNG.read(folder.file("sheet.png")) == PNG.read(folder.file("a/sheet.png")))
  }

  @Test("Without ffmpeg a video is refused with what to do")
  func missing() {
    #expect(Video.program(in: "/nonexistent:") == nil)
    let error = #expect(throws: Failure.self) { try Video("x.mp4", rate: 15, program: nil) }
    #expect(error?.description.contains("apt-get install ffmpeg") == true)
    #expect(error?.description.hasSuffix("--out x.apng") == true)
  }

  @Test("Videos and animations have the frames", .enabled(if: Video.program() != nil, "no ffmpeg"))
  func videos() throws {
    #expect(render("f", "--frames", "9", "--scale", "1") == "0")
    for (name, mark) in [("v.mp4", 28.0), ("v.gif", 25), ("v.apng", 99)] {
      #expect(render(name, "--frames", "9", "--scale", "1") == "0")
      let frames = try decode(name)
      let wanted = try (0..<9).map { try frame("f", $0) }
      // An animated PNG stores equal frames once.
      let distinct = wanted.enumerated().filter {
        $0.offset == 0 || wanted[$0.offset - 1] != $0.element
      }
      let expected = name.hasSuffix("apng") ? distinct.map(\.element) : wanted
      #expect(frames.count == expected.count, "\(name)")
      for (seen, picture) in zip(frames, expected) { #expect(noise(seen, picture.rgb) > mark) }
    }
  }

  private func decode(_ name: String) throws -> [[UInt8]] {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: try #require(Video.program()))
    process.arguments =
      ["-loglevel", "error", "-i", folder.file(name), "-vsync", "passthrough"]
      + ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    process.standardOutput = pipe
    try process.run()
    let bytes = [UInt8](try pipe.fileHandleForReading.readToEnd() ?? Data())
    process.waitUntilExit()
    let size = 320 * 210 * 3
    return (0..<bytes.count / size).map { Array(bytes[$0 * size..<($0 + 1) * size]) }
  }

  /// Peak signal to noise in dB; 100 where both are equal.
  private func noise(_ one: [UInt8], _ other: [UInt8]) -> Double {
    let sum = zip(one, other).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    return sum == 0 ? 100 : 10 * log10(255 * 255 * Double(one.count) / sum)
  }
}
