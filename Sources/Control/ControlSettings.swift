import Records

/// What the families' settings share.
func checkOrder(_ owner: String, _ low: Double, _ high: Double) throws(SettingError) {
  if low <= high { return }
  throw SettingError("\(owner): low must be at most high, not \(low) above \(high)")
}

/// Bounds of a box as the originals have them: float32, the lower ones negative.
func vectorBounds(_ high: [Double]) -> (low: [Double], high: [Double]) {
  vectorBounds(low: high.map { -$0 }, high: high)
}

func vectorBounds(low: [Double], high: [Double]) -> (low: [Double], high: [Double]) {
  (low.map { Double(Float($0)) }, high.map { Double(Float($0)) })
}
