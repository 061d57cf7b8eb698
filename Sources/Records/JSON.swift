import FoundationEssentials

/// The one way in which JSON is made: keys in order, slashes as they are.
public enum JSON {
  public static func line(_ value: some Encodable) throws -> String {
    String(decoding: try encoder([]).encode(value), as: UTF8.self)
  }

  /// For files that people read.
  public static func pretty(_ value: some Encodable) throws -> Data {
    try encoder([.prettyPrinted]).encode(value)
  }

  private static func encoder(_ formatting: JSONEncoder.OutputFormatting) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    return encoder
  }
}
