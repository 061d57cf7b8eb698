/// Instructions that cannot be decoded once for all, as they were decoded last: code in RAM is mostly
/// the same again.
final class SingleSteps {
  private static let count = 256
  /// The place and the three bytes there; plus 1, so that nothing has the key 0.
  private var keys = [UInt64](repeating: 0, count: count)
  private var steps = [UnsafeMutablePointer<MicroOperation>?](repeating: nil, count: count)

  deinit { for steps in steps { steps?.deallocate() } }

  /// Valid until the next call.
  /// - Parameter bytes: the lowest first.
  func steps(
    of bytes: UInt32, at place: Int32, _ program: Program
  ) -> UnsafePointer<MicroOperation> {
    let key = (UInt64(UInt32(bitPattern: place)) << 24 | UInt64(bytes)) + 1
    let index = Int((key &* 0x9E37_79B9_7F4A_7C15) >> 56)
    if keys[index] != key {
      steps[index]?.deallocate()
      let list = (0..<3).map { UInt8(truncatingIfNeeded: bytes >> UInt32(8 * $0)) }
      let decoded = program.translate(list, at: Int(place & 0xFFFF), state: place >> 16)
      steps[index] = BasicBlock(place: place, steps: decoded).steps
      keys[index] = key
    }
    return UnsafePointer(steps[index].unsafelyUnwrapped)
  }
}
