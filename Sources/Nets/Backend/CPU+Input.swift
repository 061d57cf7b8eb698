import CLanes
import Foundation
import Lanes

extension CPU {
  public func read(
    _ input: Input, _ rows: Rows, steps: Int, first: Int, count: Int, _ output: MutableFloats
  ) {
    let reading = Reading(
      input: input, rows: rows, steps: steps, first: first, count: count, output: output)
    switch input.element {
    case .uint8: reading.readBytes()
    case .int32: reading.read(Int32.self) { Float($0) }
    case .float32: reading.read(Float.self) { $0 }
    case .float64: reading.read(Double.self) { Float($0) }
    }
  }

  public func cosines(_ numbers: Floats, _ count: Int, terms: Int, _ output: MutableFloats) {
    // cos (k + n) x = 2 cos n x cos k x - cos (k - n) x, one by one up to 8 x, then eight at a time.
    let line = AlignedBuffer<Double>(count: 9 + max(terms, 8))
    let cosine = line.pointer + 8
    for place in 0..<count {
      (cosine[0], cosine[1]) = (1, cos(Double(numbers[place]) * .pi))
      for index in 2...8 { cosine[index] = 2 * cosine[1] * cosine[index - 1] - cosine[index - 2] }
      for index in 1...8 { cosine[-index] = cosine[index] }
      let twice = 2 * cosine[8]
      for index in 9..<max(terms + 1, 9) {
        cosine[index] = twice * cosine[index - 8] - cosine[index - 16]
      }
      for index in 0..<terms { output[place * terms + index] = Float(cosine[index + 1]) }
    }
  }

  public func perturb(
    rows: [Float], columns: [Float], means: Floats, deviations: Floats, noise: MutableFloats,
    _ output: MutableFloats
  ) {
    for (row, factor) in rows.enumerated() {
      let line = row * columns.count
      for column in columns.indices {
        noise[line + column] = factor * columns[column]
        output[line + column] =
          means[line + column] + deviations[line + column] * noise[line + column]
      }
    }
  }
}

private struct Reading {
  let input: Input
  let rows: Rows
  let steps, first, count: Int
  let output: MutableFloats

  /// As `read`; planes that are the usual four, or lie as the network reads them, are taken as wholes.
  func readBytes() {
    let base = rows.base.assumingMemoryBound(to: UInt8.self)
    let isWhole = input.outer == 1 && rows.pictures == 1
    let isStack =
      input.outer == 4 && input.inner == 1 && (rows.pictures == 1 || rows.pictures == 4)
    if !isWhole && !isStack { return read(UInt8.self) { Float($0) } }
    for row in 0..<count {
      let target = output + row * input.count
      func plane(_ index: Int) -> UnsafePointer<UInt8> {
        let picture = row * rows.pictures + (rows.pictures == 1 ? 0 : index)
        let number = rows.picture(picture, from: first, steps: steps)
        return base + number * (input.count / rows.pictures)
          + (rows.pictures == 1 ? index * input.positions : 0)
      }
      if isWhole {
        lanes_bytes_to_floats(plane(0), input.count, input.scale, target)
      } else {
        lanes_planes_to_floats(
          plane(0), plane(1), plane(2), plane(3), input.positions, input.scale, target)
      }
    }
  }

  @inline(__always) func read<Number>(_: Number.Type, _ float: (Number) -> Float) {
    let base = rows.base.assumingMemoryBound(to: Number.self)
    if rows.pictures > 1 { return readPictures(base, float) }
    for row in 0..<count {
      let number = rows.number(of: first + row, steps: steps)
      let (source, target) = (base + number * input.count, output + row * input.count)
      // One source for all; the usual count is known to the compiler.
      if input.outer == 1 {
        copy(source, target, 1, input.positions * input.inner, 1, float)
      } else {
        copy(source, target, input.outer, input.positions, input.inner, float)
      }
    }
  }

  /// Each picture has its part of the planes.
  @inline(__always) private func readPictures<Number>(
    _ base: UnsafePointer<Number>, _ float: (Number) -> Float
  ) {
    let (pictures, scale) = (rows.pictures, input.scale)
    let (planes, line) = (input.outer / pictures, input.outer * input.inner)
    for index in 0..<count * pictures {
      let number = rows.picture(index, from: first, steps: steps)
      let source = base + number * planes * input.positions * input.inner
      let target =
        output + index / pictures * input.count + index % pictures * planes * input.inner
      for position in 0..<input.positions {
        for plane in 0..<planes {
          let from = source + (plane * input.positions + position) * input.inner
          let to = target + position * line + plane * input.inner
          for place in 0..<input.inner { to[place] = float(from[place]) * scale }
        }
      }
    }
  }

  @inline(__always) private func copy<Number>(
    _ source: UnsafePointer<Number>, _ target: MutableFloats, _ outer: Int, _ positions: Int,
    _ inner: Int, _ float: (Number) -> Float
  ) {
    let scale = input.scale
    for position in 0..<positions {
      for plane in 0..<outer {
        for index in 0..<inner {
          target[(position * outer + plane) * inner + index] =
            float(source[(plane * positions + position) * inner + index]) * scale
        }
      }
    }
  }
}
