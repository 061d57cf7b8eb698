extension CPU {
  public func route(_ shape: Routing, rows: Int, _ gates: Floats, _ output: MutableFloats) {
    clear(output, rows * shape.tokens * shape.experts * shape.places)
    shape.forEachSent(rows, gates) { gate, place in
      output[place] = shape.isWeighted ? gates[gate] : 1
    }
  }

  public func routeSlopes(
    _ shape: Routing, rows: Int, _ gates: Floats, slopeOfOutput: Floats, _ slopes: MutableFloats
  ) {
    clear(slopes, rows * shape.tokens * shape.experts)
    shape.forEachSent(rows, gates) { gate, place in slopes[gate] = slopeOfOutput[place] }
  }
}

extension Routing {
  /// By token that finds a place: where its likelihood lies, and where the place.
  fileprivate func forEachSent(
    _ rows: Int, _ likelihoods: Floats, _ body: (_ gate: Int, _ place: Int) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: experts) { taken in
      for row in 0..<rows {
        taken.update(repeating: 0)
        for token in row * tokens..<(row + 1) * tokens {
          let gates = likelihoods + token * experts
          var best = 0
          for expert in 1..<max(experts, 1) where gates[expert] > gates[best] { best = expert }
          guard taken[best] < places else { continue }
          body(token * experts + best, (token * experts + best) * places + taken[best])
          taken[best] += 1
        }
      }
    }
  }
}
