/// The same learned numbers for every row.
struct Constant: Operation {
  let slice: Slice
  var slices: [Slice] { [slice] }

  func forward(_ run: Run) {
    run.backend.copyBlocks(
      run.count, slice.count, run.weights(slice), spacing: 0, run.output, spacing: slice.count,
      adds: false)
  }

  func backward(_ run: Run) {
    guard run.learns else { return }
    run.backend.addColumnSums(run.slope, run.count, slice.count, to: run.gradient(slice))
  }
}
