import CCUDA

/// What a card is asked for, in order: it can be compared with what was asked before, and asked for
/// again.
struct Tape: Equatable {
  enum Command: UInt64 { case kernel, bring, fetch, copy, clear, bringLines }

  private(set) var words: [UInt64] = []
  private(set) var kernels = 0
  /// Bytes that go to the card, and that come from it.
  private(set) var brought = 0
  private(set) var fetched = 0

  var isEmpty: Bool { words.isEmpty }

  mutating func removeAll() {
    words.removeAll(keepingCapacity: true)
    (kernels, brought, fetched) = (0, 0, 0)
  }

  /// - Parameters:
  ///   - numbers: as `CUDA.issue` reads them.
  mutating func add(_ command: Command, _ numbers: (UInt64, UInt64, UInt64)) {
    if command == .bring { brought += Int(numbers.2) }
    if command == .fetch { fetched += Int(numbers.2) }
    words.append(command.rawValue)
    words.append(numbers.0)
    words.append(numbers.1)
    words.append(numbers.2)
  }

  /// `height` lines of `width` bytes, `pitch` bytes apart in both.
  mutating func addLines(
    to target: UInt64, from source: UInt64, pitch: Int, width: Int, height: Int
  ) {
    add(.bringLines, (target, source, UInt64(pitch)))
    brought += width * height
    words.append(UInt64(width))
    words.append(UInt64(height))
  }

  /// A kernel; `arguments` of them follow.
  mutating func addKernel(
    _ place: Int, grid: (Int, Int, Int), block: Int, arguments: Int
  ) {
    kernels += 1
    words.append(
      Command.kernel.rawValue | UInt64(place) << 8 | UInt64(arguments) << 24
        | UInt64(block) << 32)
    words.append(UInt64(grid.0) | UInt64(grid.1) << 32)
    words.append(UInt64(grid.2))
  }

  mutating func addArgument<Value: BitwiseCopyable>(_ value: Value) {
    let size = (MemoryLayout<Value>.size + 7) / 8
    words.append(UInt64(size))
    let first = words.count
    for _ in 0..<size { words.append(0) }
    words.withUnsafeMutableBytes {
      $0.storeBytes(of: value, toByteOffset: 8 * first, as: Value.self)
    }
  }
}

extension CUDA {
  /// Asks the card for all of it.
  func issue(_ tape: Tape) {
    tape.words.withUnsafeBufferPointer { words in
      var place = 0
      while place < words.count && failure == nil {
        place += issue(words.baseAddress! + place)
      }
    }
  }

  /// - Returns: words of the command.
  private func issue(_ words: UnsafePointer<UInt64>) -> Int {
    switch Tape.Command(rawValue: words[0] & 0xff)! {
    case .kernel:
      return issueKernel(words)
    case .bring:
      let source = UnsafeRawPointer(bitPattern: UInt(words[2]))!
      expect(
        driver.cuMemcpyHtoDAsync_v2(words[1], source, Int(words[3]), stream), "cuMemcpyHtoDAsync")
    case .fetch:
      let target = UnsafeMutableRawPointer(bitPattern: UInt(words[1]))!
      expect(
        driver.cuMemcpyDtoHAsync_v2(target, words[2], Int(words[3]), stream), "cuMemcpyDtoHAsync")
    case .copy:
      expect(
        driver.cuMemcpyDtoDAsync_v2(words[1], words[2], Int(words[3]), stream),
        "cuMemcpyDtoDAsync")
    case .clear:
      expect(
        driver.cuMemsetD8Async(words[1], UInt8(words[2]), Int(words[3]), stream),
        "cuMemsetD8Async")
    case .bringLines:
      var lines = CULines()
      (lines.toKind, lines.toDevice, lines.fromKind) = (2, words[1], 1)
      lines.fromHost = UnsafeRawPointer(bitPattern: UInt(words[2]))
      (lines.toPitch, lines.fromPitch) = (Int(words[3]), Int(words[3]))
      (lines.width, lines.height) = (Int(words[4]), Int(words[5]))
      expect(driver.cuMemcpy2DAsync_v2(&lines, stream), "cuMemcpy2DAsync")
      return 6
    }
    return 4
  }

  private func issueKernel(_ words: UnsafePointer<UInt64>) -> Int {
    let count = Int(words[0] >> 24 & 0xff)
    return withUnsafeTemporaryAllocation(
      of: UnsafeMutableRawPointer?.self, capacity: max(count, 1)
    ) { places in
      var next = 3
      for index in 0..<count {
        places[index] = UnsafeMutableRawPointer(mutating: words + next + 1)
        next += 1 + Int(words[next])
      }
      let kernel = Int(words[0] >> 8 & 0xffff)
      expect(
        driver.cuLaunchKernel(
          functions[kernel], UInt32(words[1] & 0xffff_ffff), UInt32(words[1] >> 32),
          UInt32(words[2]), UInt32(words[0] >> 32), 1, 1, 0, stream, places.baseAddress, nil),
        Kernel.allCases[kernel].rawValue)
      return next
    }
  }
}
