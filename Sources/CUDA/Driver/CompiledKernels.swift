import CCUDA
import Foundation
import Nets

/// The kernels, compiled for a kind of card and kept for the next time.
struct CompiledKernels {
  let image: [UInt8]

  /// The user's cache.
  static var folder: String {
    let environment = ProcessInfo.processInfo.environment
    let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/tmp") + "/.cache"
    return cache + "/lockstep"
  }

  /// - Parameters:
  ///   - capability: 80 for 8.0.
  ///   - isKept: looks into the cache first, and leaves the image there.
  /// - Throws: `CUDAError`.
  init(
    _ compiler: CUDACompiler?, capability: Int, _ precision: Precision, isKept: Bool
  ) throws {
    let text = String(cString: ccuda_kernels())
    let file = "\(Self.folder)/kernels-\(Self.hash(text))-\(capability)-\(precision).cubin"
    if isKept, let data = FileManager.default.contents(atPath: file), !data.isEmpty {
      image = [UInt8](data)
      return
    }
    guard let compiler else { throw CUDAError.noCompiler }
    image = try Self.compile(text, compiler, capability, precision)
    guard isKept else { return }
    // Who cannot keep it compiles again.
    try? FileManager.default.createDirectory(
      atPath: Self.folder, withIntermediateDirectories: true)
    try? Data(image).write(to: URL(fileURLWithPath: file), options: .atomic)
  }

  private static func compile(
    _ text: String, _ compiler: CUDACompiler, _ capability: Int, _ precision: Precision
  ) throws -> [UInt8] {
    var program: nvrtcProgram?
    func check(_ status: Int32, _ name: String) throws {
      if status != 0 { throw CUDAError.call(name, "status \(status)") }
    }
    try check(
      compiler.nvrtcCreateProgram(&program, text, "kernels.cu", 0, nil, nil), "nvrtcCreateProgram")
    defer { _ = compiler.nvrtcDestroyProgram(&program) }
    let options = [
      "--gpu-architecture=sm_\(capability)", "--std=c++17", "-DPRECISION=\(precision.number)",
    ]
    let copies = options.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    let status = copies.map { UnsafePointer($0) }.withUnsafeBufferPointer {
      compiler.nvrtcCompileProgram(program, Int32(options.count), $0.baseAddress!)
    }
    if status != 0 { throw CUDAError.compiler(log(compiler, program)) }
    var size = 0
    try check(compiler.nvrtcGetCUBINSize(program, &size), "nvrtcGetCUBINSize")
    return try [UInt8](unsafeUninitializedCapacity: size) { image, count in
      try check(compiler.nvrtcGetCUBIN(program, image.baseAddress!), "nvrtcGetCUBIN")
      count = size
    }
  }

  private static func log(_ compiler: CUDACompiler, _ program: nvrtcProgram?) -> String {
    var size = 0
    guard compiler.nvrtcGetProgramLogSize(program, &size) == 0, size > 0 else { return "" }
    var text = [CChar](repeating: 0, count: size + 1)
    guard compiler.nvrtcGetProgramLog(program, &text) == 0 else { return "" }
    return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// FNV-1a.
  private static func hash(_ text: String) -> String {
    let sum = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return String(sum, radix: 16)
  }
}

extension Precision {
  /// As kernels know it.
  fileprivate var number: Int { Self.allCases.firstIndex(of: self)! }
}
