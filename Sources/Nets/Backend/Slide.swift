/// A window's way along one axis of a picture.
struct Slide {
  let size, kernel, stride, outputs: Int
  /// Zeros before the first number.
  let before: Int

  /// Taps of an output that lie in the picture.
  func taps(of output: Int) -> Range<Int> {
    let corner = output * stride - before
    let lower = max(0, -corner)
    return lower..<max(lower, min(kernel, size - corner))
  }

  /// What lies under them.
  func places(under output: Int) -> Range<Int> {
    let (taps, corner) = (taps(of: output), output * stride - before)
    return corner + taps.lowerBound..<corner + taps.upperBound
  }

  /// Outputs of which a tap lies in the picture.
  func outputs(of tap: Int) -> Range<Int> {
    let lower = max(0, (before - tap + stride - 1) / stride)
    let last = size - 1 + before - tap
    return lower..<max(lower, last < 0 ? 0 : min(outputs, last / stride + 1))
  }

  /// Stretches of outputs that meet the same taps.
  func forEachStretch(_ body: (_ outputs: Range<Int>, _ taps: Range<Int>) -> Void) {
    stretches(of: 0..<outputs, taps(of:), body)
  }

  /// Stretches of taps that meet the same outputs.
  func forEachTapStretch(_ body: (_ taps: Range<Int>, _ outputs: Range<Int>) -> Void) {
    stretches(of: 0..<kernel, outputs(of:), body)
  }

  /// Places of the picture that leave the rest `number` when they, counted from the first zero, are
  /// divided by the stride.
  func rest(_ number: Int) -> Rest { Rest(slide: self, number: number) }

  /// Place i is i strides and `number` from the first zero; it meets the last tap of output
  /// i - taps + 1, and so on to the first of output i.
  struct Rest {
    let slide: Slide
    let number: Int

    var taps: Int { max(0, (slide.kernel - number + slide.stride - 1) / slide.stride) }
    /// Of the kernel, counted from the last.
    func tap(_ index: Int) -> Int { number + (taps - 1 - index) * slide.stride }
    func place(_ index: Int) -> Int { index * slide.stride + number - slide.before }
    /// Of the first of some places, by the first of some taps.
    func output(_ places: Range<Int>, _ taps: Range<Int>) -> Int {
      places.lowerBound - self.taps + 1 + taps.lowerBound
    }

    /// Stretches of places that meet the same taps, counted from the last.
    func forEachStretch(_ body: (_ places: Range<Int>, _ taps: Range<Int>) -> Void) {
      let lower = max(0, (slide.before - number + slide.stride - 1) / slide.stride)
      let last = slide.size - 1 + slide.before - number
      let upper = last < 0 ? lower : max(lower, last / slide.stride + 1)
      stretches(
        of: lower..<upper,
        { place in
          let first = max(0, taps - 1 - place)
          return first..<max(first, min(taps, slide.outputs - 1 - place + taps))
        }, body)
    }
  }
}

/// The longest stretches of numbers with the same answer.
private func stretches(
  of numbers: Range<Int>, _ answer: (Int) -> Range<Int>,
  _ body: (_ numbers: Range<Int>, _ answer: Range<Int>) -> Void
) {
  var first = numbers.lowerBound
  while first < numbers.upperBound {
    let own = answer(first)
    var next = first + 1
    while next < numbers.upperBound && answer(next) == own { next += 1 }
    body(first..<next, own)
    first = next
  }
}

extension Window {
  var vertical: Slide {
    Slide(size: height, kernel: kernel, stride: stride, outputs: outputHeight, before: top)
  }
  var horizontal: Slide {
    Slide(size: width, kernel: kernel, stride: stride, outputs: outputWidth, before: left)
  }
}
