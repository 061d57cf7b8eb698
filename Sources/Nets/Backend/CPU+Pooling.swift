import CLanes

extension CPU {
  public func pool(
    _ kind: Pooling, _ window: Window, rows: Int, _ input: Floats, _ output: MutableFloats
  ) {
    let channels = window.channels
    for row in 0..<rows {
      let (picture, target) = (
        input + row * window.inputCount, output + row * window.positions * channels
      )
      window.forEachPosition { position, ys, xs in
        let most = target + position * channels
        let start: Float = kind == .most ? -.infinity : 0
        most.update(repeating: start, count: channels)
        let share = 1 / Float(max(ys.count * xs.count, 1))
        for y in ys {
          for x in xs {
            let numbers = picture + (y * window.width + x) * channels
            switch kind {
            case .most: lanes_keep_most(numbers, most, channels)
            case .mean: for index in 0..<channels { most[index] += numbers[index] * share }
            }
          }
        }
      }
    }
  }

  /// A maximum's slope goes to the first of the largest.
  public func poolSlopes(
    _ kind: Pooling, _ window: Window, rows: Int, _ input: Floats, _ output: Floats,
    slopeOfOutput: Floats, _ slopes: MutableFloats
  ) {
    let channels = window.channels
    slopes.update(repeating: 0, count: rows * window.inputCount)
    withRoom(channels) { left in
      for row in 0..<rows {
        window.forEachPosition { position, ys, xs in
          let place = (row * window.positions + position) * channels
          let share = kind == .mean ? 1 / Float(max(ys.count * xs.count, 1)) : 1
          for channel in 0..<channels { left[channel] = slopeOfOutput[place + channel] * share }
          for y in ys {
            for x in xs {
              let first = row * window.inputCount + (y * window.width + x) * channels
              if kind == .most {
                lanes_pass_most(input + first, output + place, left, slopes + first, channels)
              } else {
                for channel in 0..<channels { slopes[first + channel] += left[channel] }
              }
            }
          }
        }
      }
    }
  }
}

extension Window {
  /// By output position: rows and columns of the picture under the window.
  fileprivate func forEachPosition(_ body: (_ position: Int, Range<Int>, Range<Int>) -> Void) {
    for y in 0..<outputHeight {
      let rows = vertical.places(under: y)
      for x in 0..<outputWidth {
        body(y * outputWidth + x, rows, horizontal.places(under: x))
      }
    }
  }
}
