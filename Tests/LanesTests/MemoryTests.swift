import Foundation
import Testing

@testable import Lanes

struct MemoryTests {
  @Test("The tightest control group limits memory, and files that it holds are no use of it")
  func groups() throws {
    let root = FileManager.default.temporaryDirectory.path + "/lockstep-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    func write(_ text: String, _ path: String) throws {
      let file = URL(fileURLWithPath: root + "/" + path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    try write("max\n", "a/b/memory.max")
    try write("500\n", "a/b/memory.current")
    #expect(ControlGroups(root: root, membership: "0::/a/b\n").freeMemory == nil)
    try write("1000\n", "a/memory.max")
    try write("900\n", "a/memory.current")
    try write("anon 600\ninactive_file 250\nactive_file 50\n", "a/memory.stat")
    try write("150000 100000\n", "a/cpu.max")
    let own = ControlGroups(root: root, membership: "1:name=x:/y\n0::/a/b\n")
    #expect(own.freeMemory == 350)
    #expect(own.words("cpu.max") == [["150000", "100000"]])
    try write("200\n", "a/b/memory.max")
    #expect(own.freeMemory == 0)
    // Outside of the namespace nothing can be read.
    #expect(ControlGroups(root: root + "/a", membership: "0::/../c\n").freeMemory == 350)
    try write("4096\n", "memory/memory.limit_in_bytes")
    try write("96\n", "memory/memory.usage_in_bytes")
    #expect(ControlGroups(root: root, membership: "").freeMemory == 4000)
  }

  @Test("Buffers are counted while they live")
  func counting() {
    let (buffer, bytes) = Memory.kept { AlignedBuffer<Double>(count: 1 << 20) }
    #expect(bytes >= 8 << 20 && bytes < 9 << 20)
    #expect(Memory.room < Memory.free || Memory.room > 0)
    withExtendedLifetime(buffer) {}
    #expect(Memory.text(12_345_678_901) == "11 GB" && Memory.text(5 << 20) == "5120 KB")
  }

  @Test("A buffer that memory cannot hold ends the process with one line")
  func refusal() async {
    let result = await #expect(
      processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
    ) { _ = AlignedBuffer<Double>(count: 1 << 50) }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasPrefix("lockstep: out of memory: 8388608 GB more are wanted"))
    #expect(text.hasSuffix("are free\n") && text.split(separator: "\n").count == 1)
  }

  @Test("A buffer of more bytes than there are numbers for ends the process with one line")
  func overflow() async {
    await #expect(processExitsWith: .exitCode(1)) { _ = AlignedBuffer<Double>(count: .max) }
  }
}
