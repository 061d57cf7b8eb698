import Foundation
import PictureFiles
import Pixels
import Training

/// What becomes of pictures, by the name of what they are written to.
enum PictureTarget: Equatable {
  case folder(String), sheet(String), animation(String), video(String)

  /// - Throws: `UsageError` for a kind of file that nothing here makes.
  init(_ path: String) throws {
    let ending = (path as NSString).pathExtension.lowercased()
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    switch ending {
    case _ where exists && isFolder.boolValue: self = .folder(path)
    case "": self = .folder(path)
    case "png": self = .sheet(path)
    case "apng": self = .animation(path)
    case "mp4", "mkv", "webm", "gif": self = .video(path)
    case "jpg", "jpeg", "avi", "mov", "svg", "webp":
      throw UsageError(
        "--out \(path): pictures become .png, .apng, .mp4, .mkv, .webm or .gif files")
    default: self = .folder(path)
    }
  }

  /// - Parameter rate: pictures a second.
  func sink(rate: Double) throws -> any PictureSink {
    switch self {
    case .folder(let path): PictureFolder(path)
    case .sheet(let path): SheetFile(path)
    case .animation(let path):
      AnimationFile(try AnimatedPNG(path, framesPerSecond: rate), path)
    case .video(let path): try Video(path, rate: rate)
    }
  }
}

/// Takes pictures of one size.
protocol PictureSink: AnyObject {
  func add(_ picture: Picture) throws
  /// - Returns: what has been made, in words.
  func finish() throws -> String
}

private final class PictureFolder: PictureSink {
  private let path: String
  private var (count, sheet) = (0, Sheet())

  init(_ path: String) { self.path = path }

  func add(_ picture: Picture) throws {
    if count == 0 { try makeFolder() }
    let file = path + "/" + String(format: "%05d.png", count)
    try PNG.write(picture, to: file, isSynced: false)
    sheet.add(picture, step: count)
    count += 1
  }

  private func makeFolder() throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw RunError.folder(path, "cannot be made")
    }
  }

  func finish() throws -> String {
    try PNG.write(sheet.picture, to: path + "/sheet.png")
    return "\(count) pictures and sheet.png in \(path)"
  }
}

private final class SheetFile: PictureSink {
  private let path: String
  private var (count, sheet) = (0, Sheet())

  init(_ path: String) { self.path = path }

  func add(_ picture: Picture) {
    sheet.add(picture, step: count)
    count += 1
  }

  func finish() throws -> String {
    try PNG.write(sheet.picture, to: path)
    return "moments of \(count) steps in \(path)"
  }
}

private final class AnimationFile: PictureSink {
  private let animation: AnimatedPNG
  private let path: String
  private var count = 0

  init(_ animation: AnimatedPNG, _ path: String) {
    self.animation = animation
    self.path = path
  }

  func add(_ picture: Picture) throws {
    try animation.add(picture)
    count += 1
  }

  func finish() throws -> String {
    try animation.finish()
    return "\(count) pictures in \(path)"
  }
}
