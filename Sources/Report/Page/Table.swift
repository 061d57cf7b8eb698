/// A table with a caption; the first column names its rows.
struct Table {
  let caption: String
  let heads: [String]
  /// Columns of words instead of numbers.
  var words: Set<Int> = []
  var rows: [[Cell]] = []

  struct Cell: ExpressibleByStringLiteral {
    var text: String
    /// Differs from what is usual.
    var isOther = false

    init(_ text: String, isOther: Bool = false) {
      self.text = text
      self.isOther = isOther
    }

    init(stringLiteral value: String) { text = value }
  }

  init(_ caption: String, _ heads: [String], words: Set<Int> = []) {
    self.caption = caption
    self.heads = heads
    self.words = words
  }

  mutating func add(_ cells: [String]) { rows.append(cells.map { Cell($0) }) }

  /// May be scrolled sideways, by keyboard too.
  /// - Parameter id: of this table alone in its page.
  func markup(id: String) -> Markup {
    """
    <div class="scroll" tabindex="0" role="group" aria-labelledby="\(id)-caption">
    <table id="\(id)"><caption id="\(id)-caption">\(caption)</caption>
    <thead><tr>\(heads.enumerated().map(head).joined())</tr></thead>
    <tbody>
    \(rows.map(row).joined())</tbody></table></div>

    """
  }

  private func head(_ column: Int, _ text: String) -> Markup {
    words.contains(column)
      ? "<th scope=\"col\" class=\"words\">\(text)</th>" : "<th scope=\"col\">\(text)</th>"
  }

  private func row(_ cells: [Cell]) -> Markup {
    let markup = cells.enumerated().map { index, cell -> Markup in
      if index == 0 { return "<th scope=\"row\">\(cell.text)</th>" }
      let kinds = [words.contains(index) ? "words" : "", cell.isOther ? "other" : ""]
      let names = kinds.filter { !$0.isEmpty }.joined(separator: " ")
      let mark: Markup = cell.isOther ? "<strong>\(cell.text)</strong>" : "\(cell.text)"
      return names.isEmpty ? "<td>\(mark)</td>" : "<td class=\"\(names)\">\(mark)</td>"
    }
    return "<tr>\(markup.joined())</tr>\n"
  }
}
