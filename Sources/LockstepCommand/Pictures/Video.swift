@preconcurrency import Foundation
import Pixels

/// A video through `ffmpeg`, which gets the pictures as plain pixels.
final class Video: PictureSink {
  private let path: String
  private let rate: Double
  private let program: String
  private var process: Process?
  private var pixels: FileHandle?
  private var complaints: Pipe?
  private var count = 0

  /// - Throws: `Failure` where ffmpeg is not installed.
  init(_ path: String, rate: Double, program: String? = Video.program()) throws {
    (self.path, self.rate) = (path, rate)
    guard let program else {
      throw Failure(
        "videos need ffmpeg, which is not installed (apt-get install ffmpeg); an animated PNG does "
          + "not: --out \((path as NSString).deletingPathExtension).apng")
    }
    self.program = program
  }

  /// ffmpeg, where one of these folders has it.
  static func program(
    in path: String = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
  ) -> String? {
    path.split(separator: ":").map { $0 + "/ffmpeg" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  deinit {
    try? pixels?.close()
    if process?.isRunning == true { process?.terminate() }
  }

  func add(_ picture: Picture) throws {
    if count == 0 { try begin(picture) }
    count += 1
    do { try pixels?.write(contentsOf: Data(picture.rgb)) } catch { throw ended() }
  }

  private func begin(_ picture: Picture) throws {
    signal(SIGPIPE, SIG_IGN)  // ffmpeg that ends early is an error, not our end
    let (process, input, complaints) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments =
      ["-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
      + ["-s", "\(picture.width)x\(picture.height)", "-r", "\(rate)", "-i", "-"] + coding
      + ["file:" + path]
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = complaints
    do { try process.run() } catch { throw Failure("\(program) cannot be started: \(error)") }
    (self.process, self.complaints) = (process, complaints)
    pixels = input.fileHandleForWriting
  }

  private var coding: [String] {
    switch (path as NSString).pathExtension.lowercased() {
    case "gif": ["-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse", "-loop", "0"]
    case "webm": ["-vf", Self.even, "-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0"]
    // What every player takes: halved colours, hence an even number of rows and columns.
    default:
      ["-vf", Self.even, "-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p"]
        + ["-movflags", "+faststart"]
    }
  }

  private static let even = "pad=ceil(iw/2)*2:ceil(ih/2)*2"

  func finish() throws -> String {
    try? pixels?.close()
    process?.waitUntilExit()
    guard let process, process.terminationStatus == 0 else { throw ended() }
    return "\(count) pictures in \(path)"
  }

  /// What ffmpeg has to say of its end.
  private func ended() -> Failure {
    try? pixels?.close()
    let said = complaints.flatMap { try? $0.fileHandleForReading.readToEnd() } ?? Data()
    let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
    return Failure("ffmpeg could not write \(path): \(lines.last ?? "it gave no reason")")
  }
}
