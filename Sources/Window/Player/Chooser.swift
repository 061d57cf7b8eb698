/// The console's modes and difficulties as a list, while a person chooses among them.
struct Chooser: Equatable {
  static let columns = 8

  let modes, difficulties: [Int]
  /// In the modes, then in the difficulties.
  private(set) var place: Int

  /// - Returns: nil: there is nothing to choose from.
  init?(modes: [Int], difficulties: [Int], mode: Int) {
    if modes.count < 2 && difficulties.count < 2 { return nil }
    (self.modes, self.difficulties) = (modes, difficulties)
    place = modes.firstIndex(of: mode) ?? 0
  }

  /// Places by line: modes first.
  var lines: [Range<Int>] {
    func lines(_ places: Range<Int>) -> [Range<Int>] {
      stride(from: places.lowerBound, to: places.upperBound, by: Self.columns).map {
        $0..<min($0 + Self.columns, places.upperBound)
      }
    }
    let all = modes.count + difficulties.count
    return lines(0..<modes.count) + lines(modes.count..<all)
  }

  /// What is chosen now.
  var name: String { place < modes.count ? "mode" : "difficulty" }
  var value: Int { value(at: place) }

  func value(at place: Int) -> Int {
    place < modes.count ? modes[place] : difficulties[place - modes.count]
  }

  /// - Parameter down: lines; then places to the right. It stays within the list.
  mutating func move(right: Int, down: Int) {
    let lines = lines
    guard let line = lines.firstIndex(where: { $0.contains(place) }) else { return }
    let next = lines[(line + down).clamped(to: 0...lines.count - 1)]
    let column = place - lines[line].lowerBound
    place = next.lowerBound + min(column, next.count - 1)
    place = (place + right).clamped(to: 0...modes.count + difficulties.count - 1)
  }
}
