import Foundation
import Glibc

/// Named arrays and text in one file, in the safetensors format: 8 bytes of header length, a JSON
/// header, raw little-endian bytes.
///
/// Written to a temporary file, synced and renamed: a reader sees the old file or the new one.
public struct SafeTensors: Sendable {
  public struct Tensor: Sendable, Equatable {
    /// `F32`, `U8`, `I64` and so on.
    public var type: String
    public var shape: [Int]
    public var bytes: [UInt8]
  }

  public var tensors: [String: Tensor] = [:]
  public var metadata: [String: String] = [:]

  public init() {}

  public mutating func set<Element: BitwiseCopyable>(
    _ name: String, _ values: UnsafeBufferPointer<Element>, type: String, shape: [Int]? = nil
  ) {
    tensors[name] = Tensor(
      type: type, shape: shape ?? [values.count], bytes: [UInt8](UnsafeRawBufferPointer(values)))
  }

  /// Copies a tensor into `values`.
  /// - Throws: `CheckpointError` when it is missing or of another size or type.
  public func copy<Element: BitwiseCopyable>(
    _ name: String, to values: UnsafeMutableBufferPointer<Element>, type: String
  ) throws {
    guard let tensor = tensors[name] else { throw CheckpointError.missing(name) }
    let target = UnsafeMutableRawBufferPointer(values)
    guard tensor.type == type, tensor.bytes.count == target.count else {
      throw CheckpointError.mismatch(name)
    }
    target.copyBytes(from: tensor.bytes)
  }

  public func text(_ key: String) throws -> String {
    guard let value = metadata[key] else { throw CheckpointError.missing(key) }
    return value
  }

  // MARK: Files

  /// - Throws: `CheckpointError.unwritable`.
  public func write(to path: String) throws {
    var header: [String: Any] = ["__metadata__": metadata]
    var offset = 0
    let names = tensors.keys.sorted()
    for name in names {
      let tensor = tensors[name]!
      header[name] = [
        "dtype": tensor.type, "shape": tensor.shape,
        "data_offsets": [offset, offset + tensor.bytes.count],
      ]
      offset += tensor.bytes.count
    }
    var json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])
    while json.count % 8 != 0 { json.append(0x20) }
    var data = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    data.append(json)
    for name in names { data.append(contentsOf: tensors[name]!.bytes) }
    try AtomicFile.write(data, to: path)
  }

  /// - Throws: `CheckpointError` for a file that is missing, cut short or damaged.
  public init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CheckpointError.unreadable(path, "no such file")
    }
    func damaged(_ reason: String) -> CheckpointError { .unreadable(path, reason) }
    guard data.count >= 8 else { throw damaged("\(data.count) bytes are too few") }
    let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= UInt64(data.count - 8) else { throw damaged("the header is cut short") }
    let start = 8 + Int(length)
    guard
      let header = try? JSONSerialization.jsonObject(with: data.subdata(in: 8..<start))
        as? [String: Any]
    else { throw damaged("the header is not JSON") }
    for (name, value) in header {
      if name == "__metadata__" {
        metadata = value as? [String: String] ?? [:]
        continue
      }
      guard let row = value as? [String: Any], let type = row["dtype"] as? String,
        let shape = row["shape"] as? [Int], let offsets = row["data_offsets"] as? [Int],
        offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1]
      else { throw damaged("the entry '\(name)' is malformed") }
      guard offsets[1] <= data.count - start else { throw damaged("'\(name)' is cut short") }
      let bytes = [UInt8](data[(start + offsets[0])..<(start + offsets[1])])
      tensors[name] = Tensor(type: type, shape: shape, bytes: bytes)
    }
  }
}

public enum AtomicFile {
  /// Replaces the file as a whole or leaves it as it was.
  /// - Throws: `CheckpointError.unwritable`.
  public static func write(_ data: Data, to path: String) throws {
    let temporary = path + ".part-\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0 else { throw CheckpointError.unwritable(path, reason()) }
    var failure: String?
    data.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count <= 0 {
          failure = reason()
          return
        }
        done += count
      }
    }
    if failure == nil, fsync(descriptor) != 0 { failure = reason() }
    close(descriptor)
    if failure == nil, rename(temporary, path) != 0 { failure = reason() }
    if let failure {
      unlink(temporary)
      throw CheckpointError.unwritable(path, failure)
    }
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}

public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  case unreadable(String, String)
  case unwritable(String, String)
  case missing(String)
  case mismatch(String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    case .missing(let name): "the checkpoint has no '\(name)'"
    case .mismatch(let name): "the checkpoint's '\(name)' does not fit this run"
    }
  }
}
