import Lanes

/// Weights of which one is drawn with probability proportional to it; every change costs a path to the
/// root.
///
/// Each node is the sum of its two children, so the tree follows from its leaves to the last bit.
struct SumTree {
  let count: Int
  /// Of the first leaf: a power of two.
  let width: Int
  /// [2 * width]; the first is none.
  private(set) var nodes: [Double]

  init(count: Int) {
    self.count = count
    var width = 1
    while width < count { width *= 2 }
    self.width = width
    nodes = [Double](repeating: 0, count: 2 * width)
  }

  var total: Double { nodes[1] }

  subscript(leaf: Int) -> Double {
    get { nodes[width + leaf] }
    set {
      var node = width + leaf
      nodes[node] = newValue
      while node > 1 {
        node /= 2
        nodes[node] = nodes[2 * node] + nodes[2 * node + 1]
      }
    }
  }

  var leaves: ArraySlice<Double> {
    get { nodes[width..<width + count] }
    set {
      for (index, leaf) in newValue.enumerated() { nodes[width + index] = leaf }
      for node in (1..<width).reversed() { nodes[node] = nodes[2 * node] + nodes[2 * node + 1] }
    }
  }

  /// The leaf in which the running sum passes `place`.
  /// - Parameter place: 0..<total.
  func find(_ place: Double) -> Int {
    var (node, place) = (1, place)
    while node < width {
      node *= 2
      // Rounding must not lead to where nothing is.
      if place < nodes[node] || nodes[node + 1] == 0 { continue }
      place -= nodes[node]
      node += 1
    }
    return node - width
  }
}
