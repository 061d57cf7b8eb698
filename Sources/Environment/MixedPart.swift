import Glibc

/// One task of a mixed batch, and the way from its rows to the mixed ones.
final class MixedPart {
  let batch: any EnvironmentBatch
  /// Its lane 0 in the mixed batch.
  let first: Int
  /// Where shapes agree these are rows of the mixed buffers.
  let buffers: StepBuffers
  private(set) var isAtWork = false
  private let number: Int32
  private let observations: [FieldRoute]
  private let info: [FieldRoute]
  private let task: Int
  /// The place of `allowed`, where that is the same at every step.
  private let allowed: Int?
  /// Discrete actions of its own; nil: any that the mixed batch takes.
  private let actions: Int32?
  /// Lanes of a reset; nil: all.
  private var chosen: [Int]?

  init(_ batch: any EnvironmentBatch, _ number: Int, of mixed: EnvironmentSpec, first: Int) {
    let spec = batch.spec
    self.batch = batch
    self.first = first
    self.number = Int32(number)
    buffers = StepBuffers(spec: spec, lanes: batch.lanes)
    task = mixed.observation("task")!.index
    allowed =
      spec.observation("allowed") == nil ? mixed.observation("allowed").map(\.index) : nil
    let added = Set([task, allowed].compactMap(\.self))
    observations = mixed.observation.enumerated().filter { !added.contains($0.offset) }.map {
      FieldRoute(spec.observation, to: $1, $0)
    }
    info = mixed.info.enumerated().map { FieldRoute(spec.info, to: $1, $0) }
    if case .discrete(let count) = spec.action, spec.action != mixed.action {
      actions = Int32(count)
    } else {
      actions = nil
    }
  }

  // MARK: Before the work

  /// - Throws: `EnvironmentError.action` for one that the part has not, where that is refused.
  func take(_ column: Column, _ illegal: MixedBatch.IllegalAction) throws {
    guard let count = actions else { return }
    let given = column.of(Int32.self) + first
    let own = buffers.actions.written(Int32.self)
    for lane in 0..<batch.lanes {
      let isLegal = given[lane] < count
      if !isLegal && illegal == .refused {
        throw EnvironmentError.action(
          lane: first + lane, value: "\(given[lane])",
          allowed: "0...\(count - 1) in this lane's task")
      }
      own[lane] = isLegal ? given[lane] : 0
    }
  }

  func aim(at mixed: StepBuffers) {
    buffers.change { aim(&$0, at: mixed.columns) }
  }

  private func aim(_ own: inout Columns, at all: Columns) {
    func slice(_ column: Column) -> Column { column.slice(first, batch.lanes) }
    for route in observations where route.isDirect {
      own.observations[route.source!] = slice(all.observations[route.target])
      own.finalObservations[route.source!] = slice(all.finalObservations[route.target])
    }
    for route in info where route.isDirect {
      own.info[route.source!] = slice(all.info[route.target])
      own.finalInfo[route.source!] = slice(all.finalInfo[route.target])
    }
    if actions == nil { own.actions = slice(all.actions) }
    own.aimResults(at: all, from: first, batch.lanes)
  }

  /// - Parameter isNew: the mixed batch has never been reset: seeds are the lanes' numbers.
  /// - Returns: nil: there is nothing to do for this part.
  func share(of work: Work, isNew: Bool) -> Work? {
    let share = work.share(of: first..<first + batch.lanes, isNew: isNew)
    isAtWork = share != nil
    chosen = if case .reset(let lanes, _) = share { lanes } else { nil }
    return share
  }

  // MARK: After the work

  /// What the part has not written itself into the mixed rows.
  func publish(_ mixed: StepBuffers, isStep: Bool) {
    if let chosen {
      for lane in chosen { publish(mixed, lane: lane) }
      return
    }
    for lane in 0..<batch.lanes { publish(mixed, lane: lane) }
    if !isStep { return }
    let flags = (buffers.terminated.of(UInt8.self), buffers.truncated.of(UInt8.self))
    for lane in 0..<batch.lanes where flags.0[lane] | flags.1[lane] != 0 {
      for route in observations {
        route.copy(buffers.finalObservations, lane, mixed.finalObservations, first + lane)
      }
      for route in info { route.copy(buffers.finalInfo, lane, mixed.finalInfo, first + lane) }
      label(mixed.finalObservations, lane)
    }
  }

  func publish(_ mixed: StepBuffers, lane: Int) {
    for route in observations {
      route.copy(buffers.observations, lane, mixed.observations, first + lane)
    }
    for route in info { route.copy(buffers.info, lane, mixed.info, first + lane) }
    label(mixed.observations, lane)
  }

  private func label(_ columns: [Column], _ lane: Int) {
    columns[task].written(Int32.self)[first + lane] = number
    guard let allowed else { return }
    let column = columns[allowed]
    let row = column.written(UInt8.self) + (first + lane) * column.field.bytes
    for action in 0..<column.field.count {
      row[action] = Int32(action) < actions ?? .max ? 1 : 0
    }
  }

  /// A part's lanes and slots among those of the mixed batch.
  func pairs(_ lanes: [Int], _ slots: [Int]) -> [(lane: Int, slot: Int)] {
    zip(lanes, slots).filter { (first..<first + batch.lanes).contains($0.0) }
      .map { ($0 - first, $1) }
  }
}

/// From a part's field to a mixed one.
private struct FieldRoute {
  /// nil: the part has no such field.
  let source: Int?
  let target: Int
  /// The part writes into the mixed rows itself.
  let isDirect: Bool
  /// Bytes of a row that lie together in both.
  private let runs: [(from: Int, to: Int, bytes: Int)]

  init(_ fields: [Field], to mixed: Field, _ target: Int) {
    self.target = target
    source = fields.firstIndex { $0.name == mixed.name }
    isDirect = source.map { fields[$0].shape == mixed.shape } ?? false
    guard let source, !isDirect else {
      runs = []
      return
    }
    let (small, large) = (fields[source].shape, mixed.shape)
    let width = small[small.count - 1]  // Shapes that differ have an axis.
    runs = (0..<fields[source].count / width).map { line in
      var (rest, place, stride) = (line, 0, large[large.count - 1])
      for axis in small.indices.dropLast().reversed() {
        place += rest % small[axis] * stride
        rest /= small[axis]
        stride *= large[axis]
      }
      let size = mixed.element.bytes
      return (line * width * size, place * size, width * size)
    }
  }

  /// One lane's row, zeros behind what the part has.
  func copy(_ own: [Column], _ row: Int, _ mixed: [Column], _ mixedRow: Int) {
    if isDirect { return }
    let column = mixed[target]
    let to = column.base + mixedRow * column.field.bytes
    memset(to, 0, column.field.bytes)
    guard let source else { return }
    let from = own[source].base + row * own[source].field.bytes
    for run in runs { memcpy(to + run.to, from + run.from, run.bytes) }
  }
}
