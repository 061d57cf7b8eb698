import CCUDA
import Nets

extension CUDA {
  public func read(
    _ input: Input, _ rows: Rows, steps: Int, first: Int, count: Int, _ output: MutableFloats
  ) {
    let pictures = rows.pictures
    let found = find(
      rows, count * pictures, bytes: input.count / pictures * input.element.bytes
    ) { rows.picture($0, from: first, steps: steps) }
    let shape = KernelInput(
      outer: Int32(input.outer), positions: Int32(input.positions), inner: Int32(input.inner),
      scale: input.scale, pictures: Int32(pictures))
    let all = count * input.count
    if let moves = rows.moves {
      let size = count * MemoryLayout<KernelMove>.stride
      let place = work(size)
      stage(size, to: place) { memory in
        let written = memory.assumingMemoryBound(to: KernelMove.self)
        for row in 0..<count {
          let move = moves[first + row]
          written[row] = KernelMove(down: move.down, right: move.right, factor: move.factor)
        }
      }
      let places = KernelPlaces(height: Int32(input.readShape[0]), width: Int32(input.readShape[1]))
      return launch(
        .readMoved, all, found.base, found.numbers, place, output, Int32(all), shape, places)
    }
    launch(
      input.element.reader, all, found.base, found.numbers, output, Int32(all), shape)
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
