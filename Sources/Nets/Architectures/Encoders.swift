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
