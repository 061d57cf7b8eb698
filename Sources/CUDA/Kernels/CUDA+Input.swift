import CCUDA
import Nets

extension CUDA {
  /// Rows that the program has: packed, brought to the card, read there.
  public func read(
    _ input: Input, _ rows: Rows, steps: Int, first: Int, count: Int, _ output: MutableFloats
  ) {
    let bytes = input.count * input.element.bytes
    let packed = work(count * bytes)
    stage(count * bytes, to: packed) { memory in
      for row in 0..<count {
        let number = rows.number(of: first + row, steps: steps)
        (memory + row * bytes).copyMemory(from: rows.base + number * bytes, byteCount: bytes)
      }
    }
    let shape = KernelInput(
      outer: Int32(input.outer), positions: Int32(input.positions), inner: Int32(input.inner),
      scale: input.scale, first: 0, stride: 1, steps: 1)
    let all = count * input.count
    launch(
      input.element.reader, all, packed, nil as UnsafeRawPointer?, output, Int32(all), shape)
  }
}

extension Input.Element {
  fileprivate var bytes: Int {
    switch self {
    case .uint8: 1
    case .int32, .float32: 4
    case .float64: 8
    }
  }

  fileprivate var reader: Kernel {
    switch self {
    case .uint8: .readBytes
    case .int32: .readWhole
    case .float32: .readFloats
    case .float64: .readDoubles
    }
  }
}
