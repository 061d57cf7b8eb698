import Foundation
import PictureFiles
import Pixels

/// A TensorBoard event file that grows: numbers and pictures by tag and step.
///
/// Each record is there as a whole once the call returns, so TensorBoard may read while it grows.
/// - Source: TensorFlow `event.proto`, `summary.proto`, `record_writer.cc`; checked with TensorBoard.
public final class EventFile {
  /// `events.out.tfevents.SECONDS.HOST.PROCESS.NUMBER`; TensorBoard wants the third word.
  public let path: String
  private let descriptor: Int32

  /// - Parameter step: where a run goes on that was interrupted; what older files of the folder say of
  ///   later steps no longer counts. nil: a run begins.
  /// - Throws: `EventFileError`.
  public init(folder: String, resumedAt step: Int? = nil) throws {
    let now = Date().timeIntervalSince1970
    let name = "events.out.tfevents.\(Int(now)).\(Self.host).\(getpid())"
    var (number, opened): (Int, Int32) = (0, -1)
    repeat {
      opened = open("\(folder)/\(name).\(number)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      if opened >= 0 || errno != EEXIST { break }
      number += 1
    } while number < 10_000
    path = "\(folder)/\(name).\(number)"
    descriptor = opened
    if descriptor < 0 { throw failure }
    try add { $0.text(3, "brain.Event:2") }
    if let step {
      // SessionLog START.
      try add(step: step) { $0.message(7) { $0.whole(1, 1) } }
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// - Parameter numbers: what is not finite is left out: charts break on it.
  /// - Throws: `EventFileError`.
  public func add(_ numbers: [(tag: String, value: Double)], step: Int) throws {
    let finite = numbers.filter(\.value.isFinite)
    if finite.isEmpty { return }
    try add(step: step) { event in
      event.message(5) { summary in
        for (tag, value) in finite {
          summary.message(1) {
            $0.text(1, tag)
            $0.float(2, Float(value))
          }
        }
      }
    }
  }

  /// - Throws: `EventFileError`, `PNGError`.
  public func add(_ picture: Picture, tag: String, step: Int) throws {
    let png = try PNG.data(picture)
    try add(step: step) { event in
      event.message(5) { summary in
        summary.message(1) { value in
          value.text(1, tag)
          value.message(4) {
            $0.whole(1, picture.height)
            $0.whole(2, picture.width)
            $0.whole(3, 3)  // RGB
            $0.bytes(4, png)
          }
        }
      }
    }
  }

  private func add(step: Int = 0, _ body: (inout ProtoMessage) -> Void) throws {
    var event = ProtoMessage()
    event.double(1, Date().timeIntervalSince1970)
    if step != 0 { event.whole(2, step) }
    body(&event)
    var rest = Record.framed(event.bytes)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw failure }
      rest = rest.dropFirst(count)
    }
  }

  private var failure: EventFileError {
    EventFileError(description: "cannot write \(path): \(String(cString: strerror(errno)))")
  }

  /// The machine's name, as a part of a file's.
  private static var host: String {
    let name = ProcessInfo.processInfo.hostName.filter {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")
    }
    return name.isEmpty ? "host" : String(name.prefix(60))
  }
}

public struct EventFileError: Error, CustomStringConvertible {
  public let description: String
}
