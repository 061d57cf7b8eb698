/// Numbers of any kind to floats.
struct Read: Operation {
  let field: Int
  let input: Input
  /// Of a sample.
  let steps: Int

  func forward(_ run: Run) {
    run.backend.read(
      input, run.inputs.rows[field], steps: steps, first: run.first, count: run.count, run.output)
  }

  /// Where slopes of an input are wanted, the plan takes them from the output's.
  func backward(_ run: Run) {}
}
