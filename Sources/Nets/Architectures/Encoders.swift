/// What makes features of pictures: [height, width, channels] to the same with other sizes.
extension Value {
  /// Mnih et al. 2015, doi:10.1038/nature14236; Dopamine pads "same".
  public func nature(width: Int = 1, _ padding: Padding = .valid) -> Value {
    conv(32 * width, 8, stride: 4, padding).relu()
      .conv(64 * width, 4, stride: 2, padding).relu()
      .conv(64 * width, 3, padding).relu()
  }

  /// Espeholt et al. 2018, arXiv:1802.01561, the deep one.
  public func impala(width: Int = 1) -> Value {
    [16, 32, 32].reduce(self) {
      $0.conv($1 * width, 3, .same).maxPool(3, stride: 2, .same).residual().residual()
    }.relu()
  }

  private func residual() -> Value {
    self + relu().conv(channels, 3, .same).relu().conv(channels, 3, .same)
  }

  /// Young and Tian 2019, arXiv:1903.03176.
  public func minAtar(width: Int = 1, _ padding: Padding = .valid) -> Value {
    conv(16 * width, 3, padding).relu()
  }
}

/// What makes features of ids.
extension Value {
  /// Cells of ids, [..., kinds], each kind below its own bound: the sum of their learned vectors,
  /// [..., width].
  /// Source: Hui et al. 2020, arXiv:2007.12770: a cell as a bag of words.
  public func cells(_ bounds: [Int], _ width: Int, name: String = "cells") -> Value {
    precondition(channels == bounds.count, "\(bounds.count) bounds of \(shape)")
    let (last, share) = (shape.count - 1, Double(width) / Double(bounds.count))
    // One table: each kind's lines follow those of the kinds before.
    let lines = graph.join(
      bounds.indices.map { kind in
        part(kind..<kind + 1, of: last)
          .scaled(1, plus: Float(bounds[..<kind].reduce(0, +)))
      }, axis: last)
    return lines.embedded(
      bounds.reduce(0, +), width, initialiser: .variance(share, .output, .normal), name: name
    ).sum(over: last)
  }

  /// Ids of words, [words], the rest 0: the mean of the words' learned vectors, [width]; 0 of none.
  ///
  /// A bag of words: it says what is meant, not in which order. BabyAI's own reader is a GRU
  /// (Chevalier-Boisvert et al. 2019, arXiv:1810.08272).
  public func words(_ vocabulary: Int, _ width: Int, name: String = "words") -> Value {
    let isWord = clipped(0, 1)
    let sum =
      (embedded(
        vocabulary, width, initialiser: .variance(Double(width), .output, .normal), name: name)
      * isWord.reshaped([count, 1])).sum(over: 0)
    return sum * isWord.sum(over: 0).clipped(1, .greatestFiniteMagnitude).reciprocal()
  }
}
