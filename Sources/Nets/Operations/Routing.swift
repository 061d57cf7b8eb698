extension Value {
  /// Of likelihoods [tokens, experts]: to which place of which expert each token goes, [tokens, experts
  /// * places]: its likelihood there (or 1, through which no slopes pass), else 0.
  ///
  /// The likeliest expert, the first of several; its places go to the first tokens.
  public func routed(_ places: Int, isWeighted: Bool = true) -> Value {
    let route = Route(tokens: shape[0], experts: shape[1], places: places, isWeighted: isWeighted)
    return made(route, [shape[0], shape[1] * places])
  }
}

struct Route: Operation {
  let tokens, experts, places: Int
  let isWeighted: Bool

  var passesSlopes: Bool { isWeighted }

  func forward(_ run: Run) {
    run.output.update(repeating: 0, count: run.count * tokens * experts * places)
    forEachSent(run) { gate, place in
      run.output[place] = isWeighted ? run.input(0)[gate] : 1
    }
  }

  func backward(_ run: Run) {
    guard let slopes = run.slope(ofInput: 0) else { return }
    slopes.update(repeating: 0, count: run.count * tokens * experts)
    forEachSent(run) { gate, place in slopes[gate] = run.slope[place] }
  }

  /// By token that finds a place: where its likelihood lies, and where the place.
  private func forEachSent(_ run: Run, _ body: (_ gate: Int, _ place: Int) -> Void) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: experts) { taken in
      for row in 0..<run.count {
        taken.update(repeating: 0)
        for token in row * tokens..<(row + 1) * tokens {
          let gates = run.input(0) + token * experts
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
