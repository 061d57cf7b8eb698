import Foundation
import PictureFiles
import Pixels
import Records

/// A PNG file small enough to stand in a page.
public struct InlinePicture: Sendable {
  public let width, height: Int
  public let bytes: [UInt8]

  /// Reads, and writes anew: what the file held beside its pixels stays behind. Shrunk until there
  /// is room for it.
  /// - Returns: nil for what is no picture or stays too large.
  public init?(_ path: String, room: Int) {
    guard (try? InputFile(path)) != nil, let whole = try? PNG.read(path) else { return nil }
    for scale in 1...8 {
      let picture = whole.shrunk(by: scale)
      guard let bytes = try? PNG.data(picture) else { return nil }
      if bytes.count <= room {
        (width, height, self.bytes) = (picture.width, picture.height, bytes)
        return
      }
    }
    return nil
  }

  var address: String { "data:image/png;base64," + Data(bytes).base64EncodedString() }
}
