/// The same learned numbers for every row.
struct Constant: Operation {
  let slice: Slice
  var slices: [Slice] { [slice] }

  func forward(_ run: Run) {
    for row in 0..<run.count {
      (run.output + row * slice.count).update(from: run.weights(slice), count: slice.count)
    }
  }

  func backward(_ run: Run) {
    guard run.learns else { return }
    run.backend.addColumnSums(run.slope, run.count, slice.count, to: run.gradient(slice))
  }
}
