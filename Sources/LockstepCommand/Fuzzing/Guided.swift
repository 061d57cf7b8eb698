import Foundation
import Lanes
import Records

/// libFuzzer's loop over a reader: inputs grow towards code that none has reached. In builds that carry
/// libFuzzer, which `Tools/fuzz` makes.
/// Source: LLVM's `compiler-rt/include/fuzzer/FuzzerInterface.h`.
enum Guided {
  private typealias Input = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
  private typealias Driver =
    @convention(c) (
      UnsafeMutablePointer<Int32>,
      UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
      Input
    ) -> Int32

  nonisolated(unsafe) private static var reader: (any ByteReading)?

  /// Ends the process, as libFuzzer does.
  /// - Parameter folder: for what was found, and for inputs that reach further than others.
  /// - Throws: `UsageError` where libFuzzer is missing.
  static func run(_ row: ByteReaders.Row, inputs: Int, seed: UInt64, folder: String) throws {
    guard let symbol = dlsym(UnsafeMutableRawPointer(bitPattern: 0), "LLVMFuzzerRunDriver") else {
      throw UsageError("this build has no libFuzzer; Tools/fuzz makes one that has")
    }
    let driver = unsafeBitCast(symbol, to: Driver.self)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let reader = try row.make()
    Self.reader = reader
    let arguments =
      try [
        "lockstep", "-runs=\(inputs)", "-seed=\(UInt32(truncatingIfNeeded: seed))",
        "-artifact_prefix=\(folder)/", "-print_final_stats=1",
        "-rss_limit_mb=4096", "-timeout=60", "-verbosity=0",
      ] + dictionary(reader, folder) + [corpus(reader, folder)]
    var count = Int32(arguments.count)
    var words = arguments.map { strdup($0) } + [nil]
    let status = words.withUnsafeMutableBufferPointer { words in
      var base = words.baseAddress
      return driver(&count, &base) { bytes, count in
        Guided.read(UnsafeBufferPointer(start: bytes, count: count))
        return 0
      }
    }
    Foundation.exit(status)
  }

  private static func read(_ bytes: UnsafeBufferPointer<UInt8>) {
    let bytes = [UInt8](bytes)
    // The same choices for the same input.
    var generator = SplitMix64(seed: fnv1a(bytes))
    do { try reader?.read(bytes, &generator) } catch {}
  }

  private static func corpus(_ reader: any ByteReading, _ folder: String) throws -> String {
    let corpus = folder + "/corpus"
    try FileManager.default.createDirectory(atPath: corpus, withIntermediateDirectories: true)
    for (index, sample) in reader.samples.enumerated() {
      try Data(sample).write(to: URL(fileURLWithPath: "\(corpus)/sample-\(index)"))
    }
    return corpus
  }

  private static func dictionary(_ reader: any ByteReading, _ folder: String) throws -> [String] {
    if reader.words.isEmpty { return [] }
    let lines = reader.words.map { word in
      "\"" + word.map { "\\x" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        + "\"\n"
    }
    try lines.joined().write(toFile: folder + "/words", atomically: false, encoding: .utf8)
    return ["-dict=\(folder)/words"]
  }
}
