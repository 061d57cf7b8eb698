import Foundation
import Lanes
import Records

/// Named arrays and text in one file, in the safetensors format: 8 bytes of header length, a JSON
/// header, raw little-endian bytes.
///
/// Files that are written here have a format number and checksums of every tensor and of the header
/// among their metadata; other programs read over them.
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

  /// A count from a file: nothing that a sum or a product of a few could overflow with.
  public func whole(_ key: String, _ range: ClosedRange<Int> = 0...1 << 53) throws -> Int {
    guard let number = Int(try text(key)), range.contains(number) else {
      throw CheckpointError.mismatch(key)
    }
    return number
  }
}

/// What is wrong with a checkpoint, its parts or its file.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  /// It cannot be had: no file, no right to read it.
  case unreadable(String, String)
  /// Its bytes are not those that were written.
  case damaged(String, String)
  case unwritable(String, String)
  case missing(String)
  case mismatch(String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    case .missing(let name): "the checkpoint has no '\(name)'"
    case .mismatch(let name): "the checkpoint's '\(name)' does not fit this run"
    }
  }

  init(_ error: FileError) {
    switch error {
    case .unreadable(let path, let reason): self = .unreadable(path, reason)
    case .unwritable(let path, let reason): self = .unwritable(path, reason)
    }
  }
}
