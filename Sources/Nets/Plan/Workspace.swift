/// What one thread needs to take a chunk of rows through a plan.
final class Workspace {
  let rows: Int
  /// By array: [rows, count].
  let arrays: [UnsafeMutablePointer<Float>]
  /// nil: nobody asks for it.
  let slopes: [UnsafeMutablePointer<Float>?]
  let scratch: UnsafeMutablePointer<Float>
  /// By step.
  private(set) var places: [Places] = []

  /// Of arrays that are narrow, with working memory, and of the others.
  private let narrow, wide: Arena
  private let backend: any Backend
  private let pointers: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let slopePointers: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  private let flags: UnsafeMutablePointer<Bool>

  init(_ schedule: Schedule, rows: Int, _ backend: any Backend) {
    self.rows = rows
    self.backend = backend
    func size(_ count: Int) -> Int { (count + 15) / 16 * 16 }
    // Also where losses write slopes that nobody asks for.
    let needs =
      schedule.steps.map { $0.operation.scratch(rows: rows * $0.fold, backend) }
      + schedule.outputs.map { rows * $0.count }
    let scratchCount = size(needs.max() ?? 0)
    let spareCount = schedule.steps.map { size(Self.spare($0, schedule) * rows) }.max() ?? 0
    func total(isNarrow: Bool) -> Int {
      schedule.arrays.filter { $0.isNarrow == isNarrow }
        .reduce(0) { $0 + size(rows * $1.count) * ($1.hasSlope ? 2 : 1) }
    }
    narrow = Arena(
      count: total(isNarrow: true) + scratchCount + spareCount, backend, rows: rows,
      isNarrow: true)
    wide = Arena(count: total(isNarrow: false), backend, rows: rows)
    var (nextNarrow, nextWide) = (narrow.address, wide.address)
    func take(_ count: Int, isNarrow: Bool = true) -> UnsafeMutablePointer<Float> {
      defer { if isNarrow { nextNarrow += count } else { nextWide += count } }
      return isNarrow ? nextNarrow : nextWide
    }
    arrays = schedule.arrays.map { take(size(rows * $0.count), isNarrow: $0.isNarrow) }
    slopes = schedule.arrays.map {
      $0.hasSlope ? take(size(rows * $0.count), isNarrow: $0.isNarrow) : nil
    }
    scratch = take(scratchCount)
    let spare = take(spareCount)
    let inputs = schedule.steps.reduce(0) { $0 + $1.inputs.count }
    pointers = .allocate(capacity: max(inputs, 1))
    slopePointers = .allocate(capacity: max(inputs, 1))
    flags = .allocate(capacity: max(inputs, 1))
    var place = 0
    for step in schedule.steps {
      aim(step, schedule, at: place, spare)
      place += step.inputs.count
    }
  }

  deinit {
    pointers.deallocate()
    slopePointers.deallocate()
    flags.deallocate()
  }

  private func aim(
    _ step: Schedule.Step, _ schedule: Schedule, at place: Int,
    _ spare: UnsafeMutablePointer<Float>
  ) {
    var spare = spare
    for (index, input) in step.inputs.enumerated() {
      pointers[place + index] = arrays[input]
      var slope = step.asks[index] ? slopes[input] : nil
      if step.isSpared(index) {
        slope = spare
        spare += rows * schedule.arrays[input].count
      }
      slopePointers[place + index] = slope
      flags[place + index] = step.adds[index] && !step.isSpared(index)
    }
    let output = arrays[step.output]
    places.append(
      Places(
        output: output, slope: slopes[step.output] ?? output, inputs: pointers + place,
        slopes: slopePointers + place, adds: flags + place, learns: step.learns))
  }

  /// Adds slopes for which a step had fresh memory to those that others have written.
  func addSpared(_ step: Schedule.Step, _ index: Int, _ schedule: Schedule, _ count: Int) {
    for (place, input) in step.inputs.enumerated() where step.isSpared(place) {
      backend.copyBlocks(
        1, count * schedule.arrays[input].count, places[index].slopes[place]!, spacing: 0,
        slopes[input]!, spacing: 0, adds: true)
    }
  }

  /// Floats of a row of slopes that a step writes apart.
  private static func spare(_ step: Schedule.Step, _ schedule: Schedule) -> Int {
    step.inputs.indices.filter(step.isSpared).reduce(0) {
      $0 + schedule.arrays[step.inputs[$1]].count
    }
  }
}

extension Schedule.Step {
  func isSpared(_ input: Int) -> Bool { adds[input] && !operation.addsSlopes }
}
