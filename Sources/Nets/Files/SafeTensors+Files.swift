import Foundation
import Lanes
import Records

extension SafeTensors {
  /// Of what is written here. 1 had no checksums.
  public static let format = 2
  private static let formatKey = "lockstep.format"
  private static let headerKey = "lockstep.header"
  private static let sumsKey = "lockstep.tensors"

  /// Which files are read.
  public enum Origin: Sendable {
    /// Any; checksums are compared where there are some.
    case any
    /// Those of this tool alone.
    case own
  }

  // MARK: Writing

  /// - Parameter older: gets what the file was before.
  /// - Throws: `CheckpointError.unwritable`.
  public func write(to path: String, older: String? = nil) throws {
    let names = tensors.keys.sorted()
    let header = try header(names)
    do {
      try AtomicFile.write(to: path, older: older) { file throws(FileError) in
        func add(_ bytes: [UInt8]) throws(FileError) {
          try bytes.withUnsafeBytes { bytes in
            Result { () throws(FileError) in try file.add(bytes) }
          }.get()
        }
        try add(withUnsafeBytes(of: UInt64(header.count).littleEndian) { [UInt8]($0) })
        try add(header)
        for name in names { try add(tensors[name]!.bytes) }
      }
    } catch { throw CheckpointError(error) }
  }

  private func header(_ names: [String]) throws -> [UInt8] {
    var header: [String: Any] = [:]
    var offset = 0
    for name in names {
      let tensor = tensors[name]!
      header[name] = [
        "dtype": tensor.type, "shape": tensor.shape,
        "data_offsets": [offset, offset + tensor.bytes.count],
      ]
      offset += tensor.bytes.count
    }
    header["__metadata__"] = signed(names)
    var json = [UInt8](
      try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys]))
    json += [UInt8](repeating: 0x20, count: (8 - json.count % 8) % 8)
    return json
  }

  /// The metadata with format and checksums.
  private func signed(_ names: [String]) -> [String: String] {
    var signed = metadata
    signed[Self.formatKey] = String(Self.format)
    signed[Self.sumsKey] = names.map { Self.digits(fnv1a(tensors[$0]!.bytes)) }.joined()
    let entries = names.map {
      TensorEntry(name: $0, type: tensors[$0]!.type, shape: tensors[$0]!.shape)
    }
    signed[Self.headerKey] = Self.headerSum(signed, entries)
    return signed
  }

  private static func digits(_ sum: UInt64) -> String {
    let digits = String(sum, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Of all that the header says but for this and where the tensors lie.
  private static func headerSum(_ metadata: [String: String], _ entries: [TensorEntry]) -> String {
    var bytes: [UInt8] = []
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != headerKey {
      bytes += Array(key.utf8) + [0] + Array(value.utf8) + [0]
    }
    for entry in entries {
      bytes += Array("\(entry.name)\0\(entry.type)\0\(entry.shape)\0".utf8)
    }
    return digits(fnv1a(bytes))
  }

  // MARK: Reading

  /// - Throws: `CheckpointError` for a file that is missing, damaged, or of another format.
  public init(path: String, from origin: Origin = .any) throws {
    do {
      let file = try InputFile(path)
      try file.checkRoom()
      try self.init(path, size: file.size, from: origin) { try file.read($0, at: $1) }
    } catch let error as FileError { throw CheckpointError(error) }
  }

  /// A file's bytes.
  public init(_ bytes: [UInt8], from origin: Origin = .any) throws {
    try self.init("the file", size: bytes.count, from: origin) { target, place in
      bytes.withUnsafeBytes {
        target.copyMemory(from: .init(rebasing: $0[place...].prefix(target.count)))
      }
    }
  }

  private init(
    _ path: String, size: Int, from origin: Origin,
    _ read: (UnsafeMutableRawBufferPointer, Int) throws -> Void
  ) throws {
    func bytes(_ count: Int, at place: Int) throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      try bytes.withUnsafeMutableBytes { if count > 0 { try read($0, place) } }
      return bytes
    }
    do {
      guard size >= 8 else { throw Flaw("\(size) bytes are too few") }
      let length = try bytes(8, at: 0).withUnsafeBytes {
        UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
      }
      guard length <= UInt64(size - 8) else { throw Flaw("the header is cut short") }
      guard length <= TensorHeader.most else { throw Flaw("the header is too long") }
      let header = try TensorHeader(try bytes(Int(length), at: 8))
      try header.check(dataBytes: size - 8 - Int(length))
      metadata = header.metadata
      let isSigned = try checkHeader(header, path, origin)
      for entry in header.entries {
        let place = 8 + Int(length) + entry.range.lowerBound
        tensors[entry.name] = Tensor(
          type: entry.type, shape: entry.shape, bytes: try bytes(entry.range.count, at: place))
      }
      if isSigned { try checkSums() }
    } catch let flaw as Flaw { throw CheckpointError.damaged(path, flaw.reason) }
  }

  /// - Returns: whether there are checksums.
  private mutating func checkHeader(
    _ header: TensorHeader, _ path: String, _ origin: Origin
  ) throws -> Bool {
    guard let text = metadata[Self.formatKey] else {
      if origin == .any { return false }
      throw CheckpointError.unreadable(
        path, "it is of format 1, without checksums: an earlier version of this tool wrote it")
    }
    if let format = Int(text), format > Self.format {
      throw CheckpointError.unreadable(
        path,
        "it is of format \(format), and this version reads \(Self.format): a newer one wrote it")
    }
    let entries = header.entries.sorted { $0.name < $1.name }
    guard text == String(Self.format),
      metadata[Self.headerKey] == Self.headerSum(metadata, entries)
    else { throw Flaw("the checksum of the header differs") }
    return true
  }

  private mutating func checkSums() throws {
    let sums = metadata[Self.sumsKey] ?? ""
    var place = sums.startIndex
    for name in tensors.keys.sorted() {
      let end = sums.index(place, offsetBy: 16, limitedBy: sums.endIndex) ?? sums.endIndex
      guard sums[place..<end] == Self.digits(fnv1a(tensors[name]!.bytes)) else {
        throw Flaw("the checksum of '\(name)' differs")
      }
      place = end
    }
    for key in [Self.formatKey, Self.headerKey, Self.sumsKey] { metadata[key] = nil }
  }
}

/// Why bytes are no such file.
struct Flaw: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
