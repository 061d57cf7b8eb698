import Foundation
import Testing

@testable import Nets

/// Files that are not what was written.
struct FileTests {
  private static func file() -> SafeTensors {
    var file = SafeTensors()
    [Float](arrayLiteral: 1, -2, 3.5, 4).withUnsafeBufferPointer {
      file.set("a/b", $0, type: "F32", shape: [2, 2])
    }
    [UInt8](repeating: 7, count: 9).withUnsafeBufferPointer { file.set("c", $0, type: "U8") }
    [Double]().withUnsafeBufferPointer { file.set("none", $0, type: "F64") }
    file.metadata["steps"] = "12"
    return file
  }

  private static func bytes(_ file: SafeTensors) throws -> [UInt8] {
    let path = FileManager.default.temporaryDirectory.path + "/lockstep-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try file.write(to: path)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// A file with that header, and so many bytes behind it.
  private static func bytes(_ header: String, _ count: Int) -> [UInt8] {
    let header = Array(header.utf8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { [UInt8]($0) } + header
      + [UInt8](repeating: 0, count: count)
  }

  private static func reason(_ bytes: [UInt8], _ origin: SafeTensors.Origin = .any) -> String {
    do {
      _ = try SafeTensors(bytes, from: origin)
      return "none"
    } catch { return "\(error)" }
  }

  @Test("A file comes back, without what guards it")
  func whole() throws {
    let bytes = try Self.bytes(Self.file())
    let back = try SafeTensors(bytes, from: .own)
    #expect(back.tensors == Self.file().tensors && back.metadata == ["steps": "12"])
    #expect(bytes.count % 8 == (9 + 16) % 8)
  }

  @Test("Every byte is guarded: whichever is changed, the file is refused")
  func damage() throws {
    let bytes = try Self.bytes(Self.file())
    for place in bytes.indices {
      for bit in 0..<8 {
        var bad = bytes
        bad[place] ^= 1 << bit
        // White space may stand for white space.
        if bytes[place] == 0x20 && (0x09...0x0D).contains(bad[place]) { continue }
        #expect(throws: CheckpointError.self) { try SafeTensors(bad, from: .own) }
      }
    }
    for count in 0..<bytes.count {
      #expect(throws: CheckpointError.self) { try SafeTensors(Array(bytes[..<count]), from: .own) }
    }
    #expect(Self.reason(bytes + [0], .own).hasSuffix("1 bytes belong to no tensor"))
  }

  @Test("Formats before and after this one are named")
  func formats() throws {
    let old = Self.bytes(#"{"__metadata__":{"steps":"1"}}"#, 0)
    #expect(Self.reason(old) == "none")
    #expect(Self.reason(old, .own).contains("format 1, without checksums: an earlier version"))
    let new = Self.bytes(#"{"__metadata__":{"lockstep.format":"3"}}"#, 0)
    #expect(Self.reason(new, .own).contains("format 3, and this version reads 2: a newer one"))
    #expect(
      Self.reason(Self.bytes(#"{"__metadata__":{"lockstep.format":"2"}}"#, 0)).contains("header"))
  }

  @Test("Headers that do not describe the file are refused, whoever wrote it")
  func headers() {
    func entry(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
      "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offsets)]}"
    }
    let good = entry("a", "F32", "2", "0,8")
    #expect(Self.reason(Self.bytes("{\(good)}", 8)) == "none")
    for (header, count, word) in [
      (good + "," + good, 8, "twice"),
      (good + "," + entry("b", "U8", "8", "0,8"), 8, "does not follow"),
      (good + "," + entry("b", "U8", "4", "4,8"), 8, "does not follow"),
      (good + "," + entry("b", "U8", "4", "12,16"), 16, "does not follow"),
      (good, 9, "belong to no tensor"), (good, 7, "cut short"),
      (entry("a", "F32", "3", "0,8"), 8, "other bytes"),
      (entry("a", "F33", "2", "0,8"), 8, "unknown type"),
      (entry("a", "F32", "4611686018427387904,4", "0,8"), 8, "impossible shape"),
      (entry("a", "F32", "2", "8,0"), 8, "malformed"),
      (entry("a", "F32", "2", "0,8,8"), 8, "malformed"),
      (#""a":{"dtype":"F32","shape":[2]}"#, 8, "malformed"),
      (#""a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, 8, "two 'dtype'"),
      (#""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":[1]}"#, 8, "unknown 'x'"),
      (#""__metadata__":{"a":"1","a":"2"}"#, 0, "twice"),
      (#""__metadata__":{"a":1}"#, 0, "malformed"), (#""a":[]"#, 0, "malformed"),
    ] {
      #expect(Self.reason(Self.bytes("{\(header)}", count)).contains(word), "\(header)")
    }
    var long = Self.bytes("{}", 0)
    long[7] = 0x7F
    #expect(Self.reason(long).contains("cut short"))
  }

  @Test("A header of many entries takes time and memory by its length")
  func amplification() {
    let entries = (0..<40_000).map {
      "\"\($0)\":{\"dtype\":\"U8\",\"shape\":[1048576],\"data_offsets\":[0,1048576]}"
    }
    let bytes = Self.bytes("{\(entries.joined(separator: ","))}", 1 << 20)
    #expect(Self.reason(bytes).contains("does not follow"))
    let deep = String(repeating: "[", count: 100_000)
    #expect(Self.reason(Self.bytes("{\"a\":\(deep)", 0)).contains("malformed"))
  }

  @Test(
    "Counts of a file that no run has are refused", arguments: ["-1", "9223372036854775807", "x"])
  func counts(text: String) {
    var file = Self.file()
    file.metadata["steps"] = text
    #expect(throws: CheckpointError.mismatch("steps")) { try file.whole("steps") }
  }
}
