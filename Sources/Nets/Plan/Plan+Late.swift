import Lanes

/// A layer whose gradient is one product over all rows of a batch, when they have gone through.
///
/// Its weights are so many that sums for each shard would cost more on their way from memory and back
/// than what they are made of: its rows and their slopes, kept here.
final class Late {
  let layer: Dense
  /// Of the sample.
  private let fold: Int
  /// [rows, inputs] and [rows, units].
  private var inputs = AlignedBuffer<Float>(count: 0)
  private var slopes = AlignedBuffer<Float>(count: 0)

  init(_ layer: Dense, fold: Int) {
    self.layer = layer
    self.fold = fold
  }

  /// Makes room for a batch.
  func reserve(_ count: Int) {
    let rows = count * fold
    if slopes.count >= rows * layer.units { return }
    inputs = AlignedBuffer(count: rows * layer.inputs)
    slopes = AlignedBuffer(count: rows * layer.units)
  }

  func keep(_ run: Run) {
    (inputs.pointer + run.first * layer.inputs).update(
      from: run.input(0), count: run.count * layer.inputs)
    (slopes.pointer + run.first * layer.units).update(
      from: run.slope, count: run.count * layer.units)
  }

  /// Writes the gradient of a batch.
  func finish(_ count: Int, _ gradients: MutableFloats, _ workshop: Workshop) {
    let (inputs, slopes) = (Floats(inputs.pointer), Floats(slopes.pointer))
    let target = gradients + layer.weights.offset
    workshop.forEachPart(
      of: 0..<layer.inputs, size: max(1, (1 << 16) / layer.units), nanoseconds: .max
    ) { part in
      var product = Product(part.count, layer.units, count * fold, transposesA: true)
      product.lineA = layer.inputs
      workshop.backend.multiply(
        product, inputs + part.lowerBound, slopes, target + part.lowerBound * layer.units)
    }
  }
}

extension Schedule {
  /// By step.
  var late: [Late?] {
    steps.map { step in
      guard step.learns && step.goesBack, let layer = step.operation.late else { return nil }
      return Late(layer, fold: step.fold)
    }
  }
}

extension Layout {
  /// What is not a late layer's weights.
  func ranges(without late: [Late?]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var first = 0
    for slice in late.compactMap({ $0?.layer.weights.range }).sorted(by: {
      $0.lowerBound < $1.lowerBound
    }) {
      if first < slice.lowerBound { ranges.append(first..<slice.lowerBound) }
      first = slice.upperBound
    }
    return first < count ? ranges + [first..<count] : ranges
  }
}
