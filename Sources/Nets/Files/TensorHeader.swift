import Records

/// What a safetensors header says of a tensor.
struct TensorEntry {
  var name = "", type = "", shape: [Int] = []
  /// Of the bytes behind the header.
  var range = 0..<0

  private static let sizes = [
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2,
    "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4, "F64": 8, "I64": 8, "U64": 8,
  ]

  /// - Throws: `Flaw` where type, shape and place do not fit each other.
  func check() throws {
    guard var bytes = Self.sizes[type] else { throw Flaw("'\(name)' is of unknown type '\(type)'") }
    for size in shape {
      let (product, isMany) = bytes.multipliedReportingOverflow(by: size)
      if isMany { throw Flaw("'\(name)' has an impossible shape") }
      bytes = product
    }
    if bytes != range.count { throw Flaw("'\(name)' has other bytes than its shape") }
  }
}

/// The JSON header of a safetensors file, and nothing else that is JSON: read in one pass, in time and
/// memory proportional to its length.
struct TensorHeader {
  /// As the format's own library has it.
  static let most = 100_000_000

  private(set) var entries: [TensorEntry] = []
  private(set) var metadata: [String: String] = [:]

  /// - Throws: `Flaw`.
  init(_ bytes: [UInt8]) throws {
    var reader = StrictJSON(bytes)
    var names = Set<String>()
    do {
      try reader.object { name, reader in
        guard names.insert(name).inserted else { throw Flaw("'\(name)' is there twice") }
        if name == "__metadata__" {
          try reader.object { key, reader in
            guard metadata.updateValue(try reader.text(), forKey: key) == nil else {
              throw Flaw("'\(key)' is there twice")
            }
          }
        } else {
          entries.append(try Self.entry(name, &reader))
        }
      }
      try reader.end()
    } catch let error as StrictJSON.Failure {
      throw Flaw("the header is malformed at byte \(error.place)")
    }
  }

  private static func entry(_ name: String, _ reader: inout StrictJSON) throws -> TensorEntry {
    var (entry, seen, offsets) = (TensorEntry(), Set<String>(), [Int]())
    entry.name = name
    try reader.object { key, reader in
      guard seen.insert(key).inserted else { throw Flaw("'\(name)' has two '\(key)'") }
      switch key {
      case "dtype": entry.type = try reader.text()
      case "shape": entry.shape = try reader.wholes()
      case "data_offsets": offsets = try reader.wholes()
      default: throw Flaw("'\(name)' has an unknown '\(key)'")
      }
    }
    guard seen.count == 3, offsets.count == 2, offsets[0] <= offsets[1] else {
      throw Flaw("the entry '\(name)' is malformed")
    }
    entry.range = offsets[0]..<offsets[1]
    return entry
  }

  /// That the tensors lie one behind the other and fill the file.
  /// - Throws: `Flaw`.
  func check(dataBytes: Int) throws {
    var next = 0
    let inOrder = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for entry in inOrder {
      guard entry.range.lowerBound == next else {
        throw Flaw("'\(entry.name)' does not follow the tensor before it")
      }
      guard entry.range.upperBound <= dataBytes else { throw Flaw("'\(entry.name)' is cut short") }
      try entry.check()
      next = entry.range.upperBound
    }
    if next != dataBytes { throw Flaw("\(dataBytes - next) bytes belong to no tensor") }
  }
}
