import CCUDA

/// The first card that the driver shows.
public struct Card: @unchecked Sendable {
  public let name: String
  /// Of computing: 80 for 8.0.
  public let capability: Int
  let context: CUcontext?

  /// What kernels need: products of bfloat16.
  static let oldest = 80

  /// - Throws: `CUDAError` where there is none that serves.
  init(_ driver: CUDADriver) throws {
    guard driver.cuInit(0) == 0 else { throw CUDAError.noCard }
    var (count, device) = (0 as Int32, 0 as Int32)
    guard driver.cuDeviceGetCount(&count) == 0, count > 0, driver.cuDeviceGet(&device, 0) == 0
    else { throw CUDAError.noCard }
    var text = [CChar](repeating: 0, count: 256)
    try driver.check(driver.cuDeviceGetName(&text, 255, device), "cuDeviceGetName")
    name = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    func attribute(_ number: Int32) throws -> Int {
      var value: Int32 = 0
      try driver.check(
        driver.cuDeviceGetAttribute(&value, number, device), "cuDeviceGetAttribute")
      return Int(value)
    }
    // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR.
    capability = try 10 * attribute(75) + attribute(76)
    if capability < Self.oldest {
      throw CUDAError.tooOld(card: name, capability: capability)
    }
    var context: CUcontext?
    try driver.check(driver.cuDevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain")
    self.context = context
    try driver.check(driver.cuCtxSetCurrent(context), "cuCtxSetCurrent")
  }
}
