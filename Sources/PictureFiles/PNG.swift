import CPNG
import Glibc
import Pixels

/// Reads and writes PNG files through libpng.
public enum PNG {
  /// Replaces the file as a whole or leaves it as it was.
  /// - Throws: `PNGError`.
  public static func write(_ picture: Picture, to path: String) throws {
    try write(
      picture.rgb, width: picture.width, height: picture.height, format: PNG_FORMAT_FLAG_COLOR,
      to: path)
  }

  /// Writes grey bytes [height, width] as the other `write` does.
  /// - Throws: `PNGError`.
  public static func write(grey: [UInt8], width: Int, height: Int, to path: String) throws {
    precondition(grey.count == width * height)
    try write(grey, width: width, height: height, format: 0, to: path)
  }

  private static func write(
    _ pixels: [UInt8], width: Int, height: Int, format: UInt32, to path: String
  ) throws {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = format
    defer { png_image_free(&image) }
    let temporary = path + ".part-\(getpid())"
    guard png_image_write_to_file(&image, temporary, 0, pixels, 0, nil) != 0 else {
      unlink(temporary)
      throw PNGError.unwritable(path, message(image))
    }
    guard rename(temporary, path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      throw PNGError.unwritable(path, reason)
    }
  }

  /// The file's bytes.
  /// - Throws: `PNGError`.
  public static func data(_ picture: Picture) throws -> [UInt8] {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(picture.width)
    image.height = png_uint_32(picture.height)
    image.format = PNG_FORMAT_FLAG_COLOR
    defer { png_image_free(&image) }
    // Room for pixels that cannot be packed, as `PNG_IMAGE_PNG_SIZE_MAX` has it.
    var size = picture.rgb.count + picture.height
    size += size / 1000 * 2 + size / 4096 * 12 + 512
    var bytes = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&image, &bytes, &size, 0, picture.rgb, 0, nil) != 0 else {
      throw PNGError.unwritable("a picture", message(image))
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
  case unwritable(String, String)
  case unreadable(String, String)

  public var description: String {
    switch self {
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    }
  }
}
