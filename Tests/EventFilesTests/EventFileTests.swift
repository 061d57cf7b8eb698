import Foundation
import Pixels
import Testing

@testable import EventFiles

struct EventFileTests {
  private let folder = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// RFC 3720, B.4.
  @Test("CRC-32C of known data")
  func sums() {
    #expect(Record.crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(Record.crc32c([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(Record.crc32c(Array(0..<32)) == 0x46DD_794E)
  }

  @Test("Fields are laid out as Protocol Buffers' guide has it")
  func fields() {
    var message = ProtoMessage()
    message.whole(1, 150)
    message.text(2, "testing")
    message.message(3) { $0.whole(1, 150) }
    message.float(4, 1)
    message.whole(5, -1)
    #expect(
      message.bytes == [
        0x08, 0x96, 0x01, 0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67,
        0x1A, 0x03, 0x08, 0x96, 0x01, 0x25, 0, 0, 0x80, 0x3F, 0x28,
      ]
        + [UInt8](repeating: 0xFF, count: 9) + [0x01])
  }

  /// The bodies of a file's records; checksums must hold.
  private func records(_ path: String) throws -> [[UInt8]] {
    let file = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    func number(_ place: Int, _ count: Int) -> Int {
      file[place..<(place + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    var (found, place): ([[UInt8]], Int) = ([], 0)
    while place < file.count {
      let length = number(place, 8)
      let body = Array(file[(place + 12)..<(place + 12 + length)])
      #expect(number(place + 8, 4) == Int(Record.masked(Array(file[place..<(place + 8)]))))
      #expect(number(place + 12 + length, 4) == Int(Record.masked(body)))
      found.append(body)
      place += 16 + length
    }
    return found
  }

  @Test("A file says its version first; numbers that are none are left out; two files do not meet")
  func files() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (first, second) = (
      try EventFile(folder: folder), try EventFile(folder: folder, resumedAt: 7)
    )
    #expect(first.path != second.path && first.path.contains("/events.out.tfevents."))
    try first.add([("a", .nan)], step: 1)
    try first.add([("return_mean", 2.5), ("b", .infinity)], step: 300)
    let read = try records(first.path)
    #expect(read.count == 2)
    #expect(Array(read[0].suffix(13)) == Array("brain.Event:2".utf8))
    let value: [UInt8] = [0x0A, 11] + Array("return_mean".utf8) + [0x15, 0, 0, 0x20, 0x40]
    let wanted = [0x10, 0xAC, 0x02, 0x2A, 20, 0x0A, 18] + value
    #expect(Array(read[1].dropFirst(9)) == wanted)
    #expect(Array(try records(second.path)[1].dropFirst(9)) == [0x10, 7, 0x3A, 2, 0x08, 1])
  }

  @Test("A folder that is not there is an error of one line")
  func failures() {
    let error = #expect(throws: EventFileError.self) { try EventFile(folder: "/nonexistent") }
    #expect(error.map { $0.description.hasPrefix("cannot write /nonexistent/events.out") } == true)
  }
}
