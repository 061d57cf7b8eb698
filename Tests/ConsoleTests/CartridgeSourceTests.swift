import Foundation
import Testing

/// Our own cartridges are kept as source and binary; `Tools/assemble` compares the two.
struct CartridgeSourceTests {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Whether dasm is on the search path.
  static var hasAssembler: Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/dasm")
    }
  }

  @Test(.enabled(if: hasAssembler, "no dasm; to run this test: apt-get install dasm"))
  func binariesEqualTheirSources() throws {
    let tool = Process()
    tool.executableURL = Self.root.appendingPathComponent("Tools/assemble")
    try tool.run()
    tool.waitUntilExit()
    #expect(tool.terminationStatus == 0)
  }

  @Test func courierIsAPlainCartridgeOf4K() throws {
    let url = Self.root.appendingPathComponent("Roms/lockstep-courier.bin")
    let bytes = [UInt8](try Data(contentsOf: url))
    #expect(bytes.count == 4096)
    #expect(Array(bytes[0xFFC...0xFFD]) == [0x00, 0xF0])
  }
}
