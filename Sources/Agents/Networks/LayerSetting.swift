import Records

extension Setting {
  /// Units of layers, one after another.
  static func layers(_ name: String, _ path: Path<[Int]>, _ help: String) -> Self {
    .text(
      name, form: "numbers of units, for example 512 or 120-84, or none", help,
      write: { root in
        let units = root[keyPath: path]
        return units.isEmpty ? "none" : units.map(String.init).joined(separator: "-")
      },
      read: { root, text in
        let parts =
          text == "none" ? [] : text.split(separator: "-", omittingEmptySubsequences: false)
        let units = parts.compactMap { Int($0) }.filter { (1...65_536).contains($0) }
        guard units.count == parts.count, units.count <= 16 else { return false }
        root[keyPath: path] = units
        return true
      })
  }
}
