import CPNG
import Pixels
import Records

/// Reads and writes PNG files through libpng.
public enum PNG {
  /// Replaces the file as a whole or leaves it as it was.
  /// - Parameter isSynced: see `PartFile`; false for one of many.
  /// - Throws: `FileError`, `PNGError`.
  public static func write(_ picture: Picture, to path: String, isSynced: Bool = true) throws {
    try write(try data(picture), to: path, isSynced: isSynced)
  }

  /// Writes grey bytes [height, width] as the other `write` does.
  /// - Throws: `FileError`, `PNGError`.
  public static func write(grey: [UInt8], width: Int, height: Int, to path: String) throws {
    precondition(grey.count == width * height)
    try write(try data(grey, width: width, height: height, format: 0), to: path, isSynced: true)
  }

  private static func write(_ bytes: [UInt8], to path: String, isSynced: Bool) throws {
    let file = try PartFile(path)
    try bytes.withUnsafeBytes { try file.add($0) }
    try file.finish(isSynced: isSynced)
  }

  /// The file's bytes.
  /// - Throws: `PNGError`.
  public static func data(_ picture: Picture) throws -> [UInt8] {
    try data(
      picture.rgb, width: picture.width, height: picture.height, format: PNG_FORMAT_FLAG_COLOR)
  }

  private static func data(
    _ pixels: [UInt8], width: Int, height: Int, format: UInt32
  ) throws -> [UInt8] {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = format
    defer { png_image_free(&image) }
    // Room for pixels that cannot be packed, as `PNG_IMAGE_PNG_SIZE_MAX` has it.
    var size = pixels.count + height
    size += size / 1000 * 2 + size / 4096 * 12 + 512
    var bytes = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&image, &bytes, &size, 0, pixels, 0, nil) != 0 else {
      throw PNGError.unpackable(message(image))
    }
    return Array(bytes.prefix(size))
  }

  /// Pixels of a picture that is read; more are refused before there is memory for them.
  private static let most = 1 << 26

  /// - Throws: `PNGError`.
  public static func read(_ path: String) throws -> Picture {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_file(&image, path) != 0 else {
      throw PNGError.unreadable(path, message(image))
    }
    guard Int(image.width) * Int(image.height) <= most else {
      throw PNGError.unreadable(path, "\(image.width) x \(image.height) pixels are too many")
    }
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    var rgb = [UInt8](repeating: 0, count: Int(image.width) * Int(image.height) * 3)
    guard png_image_finish_read(&image, nil, &rgb, 0, nil) != 0 else {
      throw PNGError.unreadable(path, message(image))
    }
    return Picture(width: Int(image.width), height: Int(image.height), rgb: rgb)
  }

  private static func message(_ image: png_image) -> String {
    withUnsafeBytes(of: image.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

public enum PNGError: Error, Equatable, CustomStringConvertible {
  case unpackable(String)
  case unreadable(String, String)

  public var description: String {
    switch self {
    case .unpackable(let reason): "a picture cannot be packed: \(reason)"
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    }
  }
}
