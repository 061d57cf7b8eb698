extension Value {
  /// Of likelihoods [tokens, experts]: to which place of which expert each token goes, [tokens, experts
  /// * places]: its likelihood there (or 1, through which no slopes pass), else 0.
  ///
  /// The likeliest expert, the first of several; its places go to the first tokens.
  public func routed(_ places: Int, isWeighted: Bool = true) -> Value {
    let routing = Routing(
      tokens: shape[0], experts: shape[1], places: places, isWeighted: isWeighted)
    return made(Route(shape: routing), [shape[0], shape[1] * places])
  }
}

struct Route: Operation {
  let shape: Routing

  var passesSlopes: Bool { shape.isWeighted }

  func forward(_ run: Run) {
    run.backend.route(shape, rows: run.count, run.input(0), run.output)
  }

  func backward(_ run: Run) {
    guard let slopes = run.slope(ofInput: 0) else { return }
    run.backend.routeSlopes(
      shape, rows: run.count, run.input(0), slopeOfOutput: run.slope, slopes)
  }
}
