import Glibc

/// The few functions of OpenBLAS that are called, on one thread: its own threads and ours would
/// fight.
public struct OpenBLAS: Sendable {
  /// `cblas_sgemm`: c = alpha a b + beta c; arguments as in `cblas.h`.
  public typealias Multiply =
    @convention(c) (
      _ order: Int32, _ transposeA: Int32, _ transposeB: Int32, _ m: Int32, _ n: Int32, _ k: Int32,
      _ alpha: Float, _ a: UnsafePointer<Float>, _ strideA: Int32, _ b: UnsafePointer<Float>,
      _ strideB: Int32, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ strideC: Int32
    ) -> Void

  /// The order and the two transpositions of `cblas.h`.
  public static let rowMajor: Int32 = 101
  public static let plain: Int32 = 111
  public static let transposed: Int32 = 112

  public let multiply: Multiply

  private static let opened = Result<OpenBLAS, ForeignError> { () throws(ForeignError) in
    try OpenBLAS()
  }

  /// Opened once for the whole program.
  /// - Throws: `ForeignError`.
  public static func open() throws(ForeignError) -> OpenBLAS { try opened.get() }

  private init() throws(ForeignError) {
    // Read by the library while it is loaded.
    let isOurs = Self.hasAVX512 && getenv(Self.kernels) == nil
    if isOurs { setenv(Self.kernels, "SkylakeX", 1) }
    setenv("OPENBLAS_NUM_THREADS", "1", 1)
    defer { if isOurs { unsetenv(Self.kernels) } }
    let library = try Library(["libopenblas.so.0", "libopenblas.so"], package: "libopenblas0")
    multiply = try library.function("cblas_sgemm", Multiply.self)
    let setThreads = try library.function(
      "openblas_set_num_threads", (@convention(c) (Int32) -> Void).self)
    setThreads(1)
  }

  /// OpenBLAS does not know every new processor and then falls back to old kernels; with AVX-512
  /// its SkylakeX kernels serve.
  private static let kernels = "OPENBLAS_CORETYPE"

  /// From the kernel's list of features.
  private static var hasAVX512: Bool {
    #if arch(x86_64)
      guard let file = fopen("/proc/cpuinfo", "r") else { return false }
      defer { fclose(file) }
      var line: UnsafeMutablePointer<CChar>?
      var size = 0
      defer { free(line) }
      while getline(&line, &size, file) > 0 {
        let text = String(cString: line!)
        guard text.hasPrefix("flags") else { continue }
        let names = Set(text.split { $0 == " " || $0 == "\n" })
        return ["avx512f", "avx512bw", "avx512vl", "avx512dq"].allSatisfy { names.contains($0) }
      }
    #endif
    return false
  }
}
