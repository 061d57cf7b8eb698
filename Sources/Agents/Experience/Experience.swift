import Environment
import Lanes
import Nets
import Replay

/// What an off-policy agent learns from, and the clock by which it does.
public final class Experience {
  let settings: ReplaySettings
  let lanes: Int
  /// Where steps come from that are not the agent's own.
  private let dataset: Dataset?
  private(set) var replay: Replay
  /// The last one drawn.
  let batch: ReplayBatch
  /// Where networks run; nil: where the replay is.
  private let device: (any Device)?
  /// Networks read pictures where they are kept.
  private let namesPictures: Bool
  /// The device draws by itself, where it can.
  var drawsThere = false
  /// Of all lanes.
  private(set) var steps = 0
  /// Since the first that was due.
  private(set) var updates = 0

  /// - Parameter namesPictures: the network reads pictures of stacks where they are kept.
  /// - Throws: `ReplayError`, `AgentError.setting`.
  init(
    _ spec: EnvironmentSpec, lanes: Int, _ settings: ReplaySettings,
    _ priorities: Priorities? = nil, namesPictures: Bool = true, device: (any Device)?
  ) throws {
    (self.device, self.namesPictures) = (device, namesPictures)
    (self.settings, self.lanes) = (settings, lanes)
    dataset = try settings.openDataset(spec)
    // The steps of a data set are read when the run begins.
    let capacity = dataset == nil ? settings.capacity : 1
    replay = try Replay(spec, lanes: lanes, capacity: capacity, priorities: priorities)
    batch = ReplayBatch(spec, count: settings.batch, namesPictures: namesPictures)
  }

  var isOffline: Bool { dataset != nil }
  /// Steps before the first update.
  private var start: Int { isOffline ? 0 : settings.start }
  /// Actions are still random.
  var isWarming: Bool { steps < start }

  // MARK: Steps

  /// Before a step.
  func begin(_ buffers: StepBuffers) {
    if !isOffline { replay.begin(buffers) }
  }

  /// After it.
  func add(_ buffers: StepBuffers) {
    if !isOffline { replay.add(buffers) }
    steps += lanes
  }

  /// Observations of a new batch, as a network reads them; nil: there is nothing to draw yet.
  func drawn(
    _ sampling: Sampling, using generator: inout SplitMix64, as senses: inout Senses
  ) -> [Rows]? {
    guard replay.sample(sampling, using: &generator, into: batch) else { return nil }
    return rows(of: &senses, isNext: false)
  }

  /// The batch's observations, or those after them, as a network reads them.
  func rows(of senses: inout Senses, isNext: Bool) -> [Rows] {
    let columns = isNext ? batch.nextObservations : batch.observations
    var rows = senses.bases(columns).map { Rows($0) }
    for (place, named) in replay.named(batch, isNext: isNext) {
      if let index = senses.places.firstIndex(of: place) { rows[index] = named }
    }
    return rows
  }

  // MARK: The clock

  /// The updates that are due, `times` of them each time, until there is nothing to learn from.
  /// - Parameter update: false: it found nothing.
  func catchUp(times: Int = 1, _ update: () throws -> Bool) rethrows {
    if isWarming { return }
    let due = (steps - start) / settings.updatePeriod * times
    while updates < due, try update() { updates += 1 }
  }

  /// Whether the last step completed so many steps once more.
  func completes(_ period: Int) -> Bool { steps / period > (steps - lanes) / period }

  /// A report is due.
  var isReportDue: Bool { completes(1000) }

  // MARK: Saving

  /// - Throws: `ReplayError`.
  func keep(in folder: String) throws {
    if let dataset {
      let isLarge = dataset.bytes >= Replay.fileBytes
      replay = try dataset.replay(path: isLarge ? folder + "/replay.bin" : nil)
    } else if replay.bytes >= Replay.fileBytes {
      replay = try Replay(
        replay.spec, lanes: lanes, capacity: replay.capacity, priorities: replay.priorities,
        path: folder + "/replay.bin")
    }
    if let device, namesPictures || drawsThere { replay.keep(on: device, draws: drawsThere) }
  }

  var mustSave: Bool { !isOffline && replay.mustSave }

  /// - Throws: `ReplayError`.
  func save(into file: inout SafeTensors) throws {
    if !isOffline { try replay.save(into: &file) }
    file.metadata["agent.steps"] = String(steps)
    file.metadata["agent.updates"] = String(updates)
  }

  /// - Throws: `CheckpointError`.
  func restore(from file: SafeTensors) throws {
    func whole(_ name: String) throws -> Int {
      guard let number = Int(try file.text(name)), (0...1 << 53).contains(number) else {
        throw CheckpointError.mismatch(name)
      }
      return number
    }
    let (steps, updates) = (try whole("agent.steps"), try whole("agent.updates"))
    if !isOffline { try replay.restore(from: file) }
    (self.steps, self.updates) = (steps, updates)
  }
}

extension Replay {
  /// From this size on it lies in a file of the run's folder.
  static let fileBytes = 64 << 20
}

/// An agent that learns from what it once did, or others.
public protocol OffPolicyAgent: Agent {
  var experience: Experience { get }
}

extension OffPolicyAgent {
  public var stepsPerUpdate: Int { experience.lanes }
  public func observe(_ buffers: StepBuffers) { experience.add(buffers) }
  public func keep(in folder: String) throws { try experience.keep(in: folder) }
  public var mustSave: Bool { experience.mustSave }
  public var replay: Replay? { experience.replay }

  var batch: ReplayBatch { experience.batch }
  var steps: Int { experience.steps }
  var updates: Int { experience.updates }
}

extension SplitMix64 {
  func save(into file: inout SafeTensors) { file.metadata["agent.generator"] = String(state) }

  /// - Throws: `CheckpointError`.
  mutating func restore(from file: SafeTensors) throws {
    guard let state = UInt64(try file.text("agent.generator")) else {
      throw CheckpointError.mismatch("agent.generator")
    }
    self.state = state
  }
}
