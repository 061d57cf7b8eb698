/// The candidates that look most like `name`, best first, at most three.
///
/// Compares letters and digits only, ignoring case; a candidate counts when its distance is at
/// most a third of the longer name or when one contains the other.
public func nearest(to name: String, among candidates: [String]) -> [String] {
  let wanted = reduced(name)
  if wanted.isEmpty { return [] }
  var found: [(candidate: String, distance: Int)] = []
  for candidate in candidates {
    let text = reduced(candidate)
    let contains = wanted.count > 2 && (text.starts(with: wanted) || wanted.starts(with: text))
    let distance = contains ? 0 : editDistance(wanted, text)
    if distance * 3 <= max(wanted.count, text.count) { found.append((candidate, distance)) }
  }
  return found.sorted { $0.distance < $1.distance }.prefix(3).map(\.candidate)
}

/// Letters and digits in lower case, without the namespace and the version.
private func reduced(_ name: String) -> [Character] {
  var text = name.lowercased()[...]
  if let slash = text.lastIndex(of: "/") { text = text[text.index(after: slash)...] }
  if let dash = text.lastIndex(of: "-"), text[dash...].hasPrefix("-v") {
    let version = text[dash...].dropFirst(2)
    if !version.isEmpty, version.allSatisfy(\.isNumber) { text = text[..<dash] }
  }
  return text.filter { $0.isLetter || $0.isNumber }
}

/// Levenshtein's distance.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
      diagonal = above
    }
  }
  return row[b.count]
}

extension [String] {
  /// 'a', 'b' or 'c'.
  public var quotedList: String {
    let quoted = map { "'\($0)'" }
    if quoted.count < 2 { return quoted.first ?? "" }
    return quoted.dropLast().joined(separator: ", ") + " or " + quoted.last!
  }
}
