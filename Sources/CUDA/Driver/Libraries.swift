import CCUDA
import Foreign
import Foundation

/// Where the driver's and the compiler's functions come from.
public struct CUDALibraries: Sendable {
  let driver: CUDADriver
  /// nil: it is missing.
  let compiler: CUDACompiler?

  /// A function's address by its name; nil: there is none.
  public typealias Finder = (String) -> UnsafeMutableRawPointer?

  /// - Throws: `CUDAError` where the driver has not all that is called.
  public init(driver: Finder, compiler: Finder?) throws {
    var missing = "libcuda.so.1"
    func fill<Table>(
      _: Table.Type, _ names: UnsafePointer<UnsafePointer<CChar>?>, _ find: Finder
    ) -> Table? {
      let count = MemoryLayout<Table>.size / MemoryLayout<UnsafeRawPointer>.size
      var addresses: [UnsafeMutableRawPointer] = []
      for index in 0..<count {
        let name = String(cString: names[index]!)
        guard let address = find(name) else {
          missing = name
          return nil
        }
        addresses.append(address)
      }
      return addresses.withUnsafeBytes { $0.loadUnaligned(as: Table.self) }
    }
    guard let table = fill(CUDADriver.self, ccuda_driver_names(), driver) else {
      throw CUDAError.call("the driver is too old", "it has no function \(missing)")
    }
    self.driver = table
    self.compiler = compiler.flatMap { fill(CUDACompiler.self, ccuda_compiler_names(), $0) }
  }

  private static let opened = Result<CUDALibraries, any Error> { try CUDALibraries() }

  /// NVIDIA's, opened once for the whole program.
  /// - Throws: `CUDAError`.
  public static func open() throws -> CUDALibraries { try opened.get() }

  private init() throws {
    guard let driver = try? Library(["libcuda.so.1"], package: "NVIDIA's driver") else {
      throw CUDAError.noDriver
    }
    let compiler = Self.openCompiler()
    try self.init(
      driver: { driver.address($0) },
      compiler: compiler.map { library in { library.address($0) } })
  }

  /// Folders where the compiler may lie, the user's choice first.
  private static var folders: [String] {
    let environment = ProcessInfo.processInfo.environment
    let own = environment["LOCKSTEP_NVRTC"].map { [$0] } ?? []
    return own + [CompiledKernels.folder + "/nvrtc", "/usr/local/cuda/lib64"]
  }

  private static func openCompiler() -> Library? {
    for version in ["12", "13"] {
      for folder in folders {
        // The library finds this one by its name alone, so it must be open already.
        let builtins = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let names = builtins.filter { $0.hasPrefix("libnvrtc-builtins.so.\(version)") }
        guard !names.isEmpty else { continue }
        _ = try? Library(names.map { "\(folder)/\($0)" }, package: "nvidia-cuda-nvrtc")
        let library = "\(folder)/libnvrtc.so.\(version)"
        if let found = try? Library([library], package: "nvidia-cuda-nvrtc") { return found }
      }
    }
    return try? Library(["libnvrtc.so.12", "libnvrtc.so.13"], package: "nvidia-cuda-nvrtc")
  }
}
