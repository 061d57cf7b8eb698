import Glibc

/// C's own, whatever locale the program around us has chosen.
private struct PlainLocale: @unchecked Sendable {
  let place = newlocale(1 << LC_NUMERIC, "C", nil)
  static let shared = PlainLocale()
}

extension Double {
  /// As C's `%.{digits}g` writes it.
  /// - Parameter digits: significant ones, 1...17.
  public func text(digits: Int) -> String {
    let before = uselocale(PlainLocale.shared.place)
    defer { uselocale(before) }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { room in
      _ = withVaList([Int32(digits), self]) { vsnprintf(room.baseAddress!, 32, "%.*g", $0) }
      return String(cString: room.baseAddress!)
    }
  }
}
