import Foundation
import Testing

@testable import Records

/// A folder that is gone with the test.
private final class Place {
  let path = FileManager.default.temporaryDirectory.path + "/lockstep-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  func text(_ name: String) throws -> String { try InputFile.text(file(name)) }
}

struct FileTests {
  private let place: Place

  init() throws { place = try Place() }

  @Test("A file is replaced as a whole, and the one before is kept where that is asked for")
  func replacing() throws {
    let (path, older) = (place.file("a"), place.file("b"))
    try AtomicFile.write(Data("one".utf8), to: path)
    for text in ["two", "three"] {
      try AtomicFile.write(to: path, older: older) { file throws(FileError) in
        try text.utf8CString.withUnsafeBytes { bytes in
          Result { () throws(FileError) in try file.add(.init(rebasing: bytes.dropLast())) }
        }.get()
      }
    }
    #expect(try place.text("a") == "three" && place.text("b") == "two")
    #expect(place.names == ["a", "b"])
    #expect(throws: FileError.self) {
      try AtomicFile.write(to: path, older: older) { _ throws(FileError) in
        throw .unwritable(path, "no room")
      }
    }
    #expect(try place.text("a") == "three" && place.text("b") == "two")
    #expect(place.names == ["a", "b"])
    // Two names of one file stay two.
    try AtomicFile.keep(path, as: older)
    try AtomicFile.keep(path, as: older)
    #expect(try place.text("b") == "three" && place.names == ["a", "b"])
  }

  /// In a process of its own: all its files have the limit.
  @Test("A file that outgrows its limit is an error that leaves the old one")
  func fullDisk() async {
    await #expect(processExitsWith: .success) {
      let place = try Place()
      let path = place.file("a")
      try AtomicFile.write(Data("old".utf8), to: path)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      limit.rlim_cur = 4096
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      #expect(throws: FileError.unwritable(path, "File too large")) {
        try AtomicFile.write(Data(repeating: 1, count: 10_000), to: path)
      }
      #expect(try place.text("a") == "old" && place.names == ["a"])
    }
  }

  @Test("What a killed process has left half written is cleaned, and nothing else")
  func cleaning() throws {
    for name in ["a.part-123", "a.part-x", "a", "part-1"] {
      try AtomicFile.write(Data(), to: place.file(name))
    }
    AtomicFile.clean(place.path)
    #expect(place.names == ["a", "a.part-x", "part-1"])
  }

  @Test("Pipes, folders and files that do not fit are refused with the reason")
  func inputs() throws {
    mkfifo(place.file("pipe"), 0o600)
    func reason(_ path: String, atMost most: Int = .max) -> String {
      do {
        _ = try InputFile.bytes(path, atMost: most)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(reason(place.file("pipe")).hasSuffix("it is no regular file"))
    #expect(reason(place.path).hasSuffix("it is a folder"))
    #expect(reason(place.file("none")).hasSuffix("no such file"))
    #expect(reason("/dev/zero").hasSuffix("it is no regular file"))
    try AtomicFile.write(Data("long".utf8), to: place.file("long"))
    #expect(reason(place.file("long"), atMost: 3).hasSuffix("too many for such a file"))
    // Sparse: it has no such bytes, and nobody the memory for them.
    let descriptor = open(place.file("huge"), O_WRONLY | O_CREAT, 0o600)
    ftruncate(descriptor, 1 << 42)
    close(descriptor)
    #expect(reason(place.file("huge")).contains("4096 GB do not fit the memory"))
    #expect(throws: FileError.self) { try InputFile.text("/proc/self/exe", atMost: 1 << 40) }
  }

  @Test("A folder's lock is one's own, names its owner, and ends with it")
  func locks() throws {
    var first: FolderLock? = try FolderLock(place.path)
    let reason = "it is in use by process \(getpid()) of this machine"
    #expect(throws: FileError.unwritable(place.path, reason)) { try FolderLock(place.path) }
    withExtendedLifetime(first) {}
    first = nil
    #expect(place.names.isEmpty)
    // Left behind by a process that was killed.
    try AtomicFile.write(Data("1 elsewhere\n".utf8), to: place.file(FolderLock.name))
    let second = try FolderLock(place.path)
    #expect(try place.text(FolderLock.name).hasPrefix("\(getpid()) "))
    withExtendedLifetime(second) {}
    #expect(throws: FileError.self) { try FolderLock("/proc/none") }
  }

  @Test("JSON of a known form is read strictly")
  func json() throws {
    var found: [String: [Int]] = [:]
    func read(_ text: String) throws {
      found = [:]
      var reader = StrictJSON(Array(text.utf8))
      try reader.object { key, reader in found[key] = try reader.wholes() }
      try reader.end()
    }
    try read(#" { "a\u00e9\ud83d\ude00\/" : [ 1,23 , 0 ] , "b":[] } "#)
    #expect(found == ["aé😀/": [1, 23, 0], "b": []])
    for wrong in [
      "", "{", "[]", #"{"a":1}"#, #"{"a":[1,]}"#, #"{"a":[01]}"#, #"{"a":[-1]}"#, #"{"a":[1.5]}"#,
      #"{"a":[99999999999999999999]}"#, #"{"a":[1]}x"#, #"{"a":[1],}"#, #"{a:[1]}"#,
      #"{"\ud800":[1]}"#, #"{"\x":[1]}"#, "{\"a\n\":[1]}", #"{"a":[[1]]}"#, #"{"a" [1]}"#,
    ] {
      #expect(throws: StrictJSON.Failure.self) { try read(wrong) }
    }
    #expect(throws: StrictJSON.Failure.self) {
      var reader = StrictJSON([0x22, 0xFF, 0x22])
      _ = try reader.text()
    }
  }
}
