/// Products of large square matrices, for measuring: one on every thread, or a few on a device.
public final class SquareProducts {
  private let size: Int
  private let workshop: Workshop
  private let matrices: [Buffer]

  public init(_ workshop: Workshop, size: Int) {
    self.size = size
    self.workshop = workshop
    let pairs = workshop.backend.device == nil ? workshop.pool.threads : 4
    matrices = (0..<pairs).map { _ in Buffer(count: 3 * size * size, workshop.backend) }
  }

  /// Multiply-adds of a call.
  public var count: Int { size * size * size * matrices.count }

  /// Returns when all are there.
  public func multiply() {
    if let device = workshop.backend.device {
      for matrix in matrices { multiply(matrix) }
      return device.wait()
    }
    workshop.pool.forEach(matrices.count) { item, _ in multiply(matrices[item]) }
  }

  private func multiply(_ matrix: Buffer) {
    let a = matrix.address
    workshop.backend.multiply(
      Product(size, size, size), Floats(a), Floats(a + size * size), a + 2 * size * size)
  }
}
