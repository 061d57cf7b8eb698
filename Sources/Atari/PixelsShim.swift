// Temporary: goes when Pixels has these.
struct Palette { var grey: [UInt8] = (0..<256).map { UInt8($0) }
  static func named(_ pal: Bool) -> Palette { Palette() }
  func rgb(_ i: Int) -> [UInt8] { [UInt8(i), UInt8(i), UInt8(i)] } }
struct AreaResize: Sendable { final class Scratch {}
  init(from: (width: Int, height: Int), to: (width: Int, height: Int)) {}
  func makeScratch() -> Scratch { Scratch() }
  func resize(_ s: UnsafePointer<UInt8>, into d: UnsafeMutablePointer<UInt8>, scratch: Scratch) {} }
