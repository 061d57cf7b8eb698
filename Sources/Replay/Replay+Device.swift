import Environment
import Lanes
import Nets

extension Replay {
  /// Pictures that samples name, and do not copy, have a twin on the device from now on, where there
  /// is room for it.
  /// - Parameter draws: it also draws by itself, if it can: `Replay.draw`.
  public func keep(on device: any Device, draws: Bool = false) {
    self.device = device
    let fields = draws && canBeDrawn ? Array(store.fields.indices) : stacks
    for field in fields { device.keep(store.frame(field, 0), bytes(of: field), isLocked: false) }
    if draws && canBeDrawn && fields.allSatisfy({ holds($0, device) }) {
      ledger = Ledger(
        Ledger.Shape(
          lanes: lanes, window: window, rows: store.rows, history: store.history,
          ranks: priorities.map {
            Ledger.Ranks(
              exponent: $0.exponent, slack: $0.slack, uniformShare: $0.uniformShare)
          }), width: tree.width, on: device)
    }
    bringAll()
  }

  /// Fields of which several pictures make an observation.
  var stacks: [Int] { store.fields.indices.filter { store.fields[$0].stack > 1 } }

  /// Fields that have a twin.
  private var twins: [Int] { ledger == nil ? stacks : Array(store.fields.indices) }

  /// Whether a device could have all that samples are made of.
  private var canBeDrawn: Bool {
    store.fields.count <= Draws.mostFields && spec.action.element == .int32
      && spec.action.width == 1
  }

  func holds(_ field: Int, _ device: any Device) -> Bool {
    device.holds(store.frame(field, 0), bytes(of: field))
  }

  private func bytes(of field: Int) -> Int { store.count * store.fields[field].bytes }

  func bringAll() {
    fresh.removeAll(keepingCapacity: true)
    guard let device else { return }
    if written.contains(where: { $0 > 0 }) {
      for field in twins { device.bring(store.frame(field, 0), bytes(of: field)) }
      device.wait()
    }
    guard let ledger else { return }
    for first in stride(from: 0, to: tree.count, by: 4096) {
      touched = Array(Int32(first)..<Int32(min(first + 4096, tree.count)))
      tell(ledger, device)
    }
    tree.nodes.withUnsafeBufferPointer { ledger.set($0.baseAddress!, largest: largest) }
  }

  /// The device gets the rows that have been written since.
  func bringFresh() {
    guard let device, !fresh.isEmpty else { return }
    for first in stride(from: 0, to: fresh.count, by: 1024) {
      let numbers = Array(fresh[first..<min(first + 1024, fresh.count)])
      for field in twins {
        device.bring(store.frame(field, 0), store.fields[field].bytes, at: numbers)
      }
    }
    fresh.removeAll(keepingCapacity: true)
  }

  func leaveDevice() {
    for field in twins { device?.forget(store.frame(field, 0)) }
    (device, ledger) = (nil, nil)
  }

  /// The observations of a batch that names their pictures, by place in the spec.
  /// - Parameter isNext: of those after the steps.
  public func named(_ batch: ReplayBatch, isNext: Bool) -> [(place: Int, rows: Rows)] {
    guard batch.namesPictures else { return [] }
    return stacks.map { field in
      let numbers = (isNext ? batch.nextNumbers : batch.numbers)[field].pointer
      let kept = store.fields[field]
      return (
        kept.place, Rows(pictures: kept.stack, store.frame(field, 0), numbers: numbers)
      )
    }
  }

  // MARK: A device that draws

  /// Memory for samples that the device draws; nil: they are drawn here.
  public func makeDraws(_ count: Int) -> Draws? {
    guard let device, ledger != nil else { return nil }
    return Draws(count, stacks: store.fields.map(\.stack), on: device)
  }

  /// Prepares for `draw`.
  /// - Returns: false where there is nothing to draw yet.
  public func bring(_ sampling: Sampling) -> Bool {
    bringFresh()
    return (0..<lanes).contains { lane in
      (oldest(lane)..<written[lane]).reversed().contains {
        isWhole(lane, $0, sampling.steps, 1)
      }
    }
  }

  /// What `sample` would draw with the same generator, on the device, part of a sequence.
  public func draw(
    _ sampling: Sampling, using generator: inout SplitMix64, into draws: Draws
  ) {
    guard let device, let ledger else { preconditionFailure("samples are drawn here") }
    tell(ledger, device)
    device.draw(
      ledger, draws, steps: sampling.steps, discount: Double(sampling.discount),
      correction: Double(sampling.correction),
      seeds: (0..<draws.count).map { _ in generator.next() })
  }

  /// What `update` would do, from losses on the device that lie `apart` floats from each other.
  public func rank(_ draws: Draws, losses: UnsafePointer<Float>, apart: Int) {
    guard let device, let ledger, priorities != nil else { return }
    device.rank(ledger, draws, losses: losses, apart: apart)
  }

  /// Rows of samples that the device has drawn, by field of the spec.
  public func rows(_ draws: Draws, isNext: Bool) -> [(place: Int, rows: Rows)] {
    store.fields.enumerated().map { field, kept in
      (kept.place, draws.rows(field, isNext: isNext, store.frame(field, 0)))
    }
  }

  private func tell(_ ledger: Ledger, _ device: any Device) {
    touched.sort()
    var (steps, last) = ([Ledger.Step](), Int32(-1))
    for leaf in touched where leaf != last {
      steps.append(step(Int(leaf)))
      last = leaf
    }
    touched.removeAll(keepingCapacity: true)
    device.note(
      ledger,
      Ledger.News(
        transitions: count, longest: min(written.max()!, window), written: written, steps: steps))
  }

  /// What stands at a leaf now.
  private func step(_ leaf: Int) -> Ledger.Step {
    let (lane, place) = (leaf / window, leaf % window)
    let newest = written[lane] - 1
    // The newest row of that place; before the first turn some have none.
    guard place <= newest else { return Ledger.Step(leaf: leaf, action: 0, mark: 0, reward: 0) }
    let row = row(lane, newest - (newest - place) % window)
    return Ledger.Step(
      leaf: leaf, action: store.action(row).loadUnaligned(as: Int32.self), mark: store.marks[row],
      reward: store.rewards[row])
  }

  /// The tree as the device has it.
  func takeBack() {
    guard let ledger, priorities != nil, let device else { return }
    tell(ledger, device)
    let (leaves, largest) = ledger.get()
    (tree.leaves, self.largest) = (leaves[...], largest)
  }
}
