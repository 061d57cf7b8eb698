import CCUDA
import Lanes

/// What the card was asked for as one, and perhaps its graph.
struct Recording {
  let tape: Tape
  /// nil: it has been asked for once only.
  var graph: CUgraphExec?
}

/// Page-locked memory on the way to the card and back, good for one sequence.
struct Quay {
  /// On its way from the card to the program.
  struct Delivery {
    let source, target: UnsafeMutableRawPointer
    let bytes: Int
  }

  private var blocks: [(memory: UnsafeMutableRawPointer, bytes: Int)] = []
  private var block = 0
  private var used = 0
  var deliveries: [Delivery] = []
  /// When the card has done with it.
  var event: CUevent?
  var isBusy = false

  /// Everything again.
  mutating func clear() {
    (block, used) = (0, 0)
    isBusy = false
  }

  /// Memory at the same place for the same requests.
  /// - Parameter more: makes a block.
  mutating func take(
    _ bytes: Int, more: (Int) -> UnsafeMutableRawPointer?
  ) -> UnsafeMutableRawPointer? {
    while block < blocks.count && used + bytes > blocks[block].bytes {
      (block, used) = (block + 1, 0)
    }
    if block == blocks.count {
      let size = max(bytes, 1 << 20)
      guard let memory = more(size) else { return nil }
      blocks.append((memory, size))
    }
    defer { used += (bytes + 255) / 256 * 256 }
    return blocks[block].memory + used
  }
}

/// What a card has been asked for.
public struct CardUse: Sendable {
  public var kernels = 0
  /// Times that a graph took the place of its requests.
  public var graphs = 0
  /// Bytes that went to the card, and that came from it.
  public var brought = 0
  public var fetched = 0
  /// The program's own seconds for all of it, without waits.
  public var seconds = 0.0

  public init() {}

  public static func - (all: CardUse, before: CardUse) -> CardUse {
    var rest = all
    rest.kernels -= before.kernels
    rest.graphs -= before.graphs
    rest.brought -= before.brought
    rest.fetched -= before.fetched
    rest.seconds -= before.seconds
    return rest
  }
}

final class Uses: Sendable {
  let all = Locked<CardUse>(CardUse())
}

extension CUDA {
  /// Since the card was opened, by all threads.
  public var use: CardUse { uses.all.withLock { $0 } }

  /// Of graphs that are kept.
  private static let mostRecordings = 64

  /// What is asked for more than once, with the same arrays, becomes a graph the second time and is
  /// launched as one from then on: only numbers in page-locked memory are then new.
  public func sequence(_ body: () -> Void) {
    if isRecording { return body() }
    driver.enter(card)
    begin()
    body()
    end()
  }

  /// One request that stands for itself.
  func alone(_ body: () -> Void) {
    if isRecording { return body() }
    driver.enter(card)
    begin()
    body()
    issue(tape)
    leave()
  }

  private func begin() {
    isRecording = true
    tape.removeAll()
    turn = 1 - turn
    settle(turn)
    began = .now
  }

  private func end() {
    if let place = recordings.firstIndex(where: { $0.tape == tape }) {
      // The latest last: who is not asked for is forgotten first.
      var recording = recordings.remove(at: place)
      if recording.graph == nil { recording.graph = capture(tape) }
      recordings.append(recording)
      if let graph = recording.graph {
        uses.all.withLock { $0.graphs += 1 }
        if failure == nil { expect(driver.cuGraphLaunch(graph, stream), "cuGraphLaunch") }
      } else {
        issue(tape)
      }
    } else {
      recordings.append(Recording(tape: tape))
      if recordings.count > Self.mostRecordings {
        if let graph = recordings.removeFirst().graph { _ = driver.cuGraphExecDestroy(graph) }
      }
      issue(tape)
    }
    leave()
  }

  private func leave() {
    isRecording = false
    if failure == nil {
      if quays[turn].event == nil {
        expect(driver.cuEventCreate(&quays[turn].event, 2), "cuEventCreate")
      }
      if let event = quays[turn].event {
        expect(driver.cuEventRecord(event, stream), "cuEventRecord")
      }
    }
    quays[turn].isBusy = true
    note()
    if retired.isEmpty { return }
    wait()
    for address in retired { _ = driver.cuMemFree_v2(address) }
    retired.removeAll()
  }

  private func note() {
    let passed = (ContinuousClock.now - began).components
    let (kernels, brought, fetched) = (tape.kernels, tape.brought, tape.fetched)
    uses.all.withLock { use in
      use.kernels += kernels
      use.brought += brought
      use.fetched += fetched
      use.seconds += Double(passed.seconds) + 1e-18 * Double(passed.attoseconds)
    }
  }

  /// nil: it cannot be had, and all is asked for one by one as before.
  private func capture(_ tape: Tape) -> CUgraphExec? {
    guard canCapture, failure == nil else { return nil }
    canCapture = false
    guard driver.cuStreamBeginCapture_v2(stream, 1) == 0 else { return nil }
    issue(tape)
    var (graph, made): (CUgraph?, CUgraphExec?)
    let status = driver.cuStreamEndCapture(stream, &graph)
    defer { if let graph { _ = driver.cuGraphDestroy(graph) } }
    guard status == 0, failure == nil, let graph,
      driver.cuGraphInstantiateWithFlags(&made, graph, 0) == 0
    else { return nil }
    canCapture = true
    return made
  }

  /// The quay is free.
  private func settle(_ place: Int) {
    if quays[place].isBusy, failure == nil, let event = quays[place].event {
      expect(driver.cuEventSynchronize(event), "cuEventSynchronize")
    }
    deliver(place)
    quays[place].clear()
  }

  /// What has come reaches who asked for it.
  func deliver(_ place: Int) {
    for delivery in quays[place].deliveries where failure == nil {
      delivery.target.copyMemory(from: delivery.source, byteCount: delivery.bytes)
    }
    quays[place].deliveries.removeAll(keepingCapacity: true)
  }

  /// Page-locked memory until the sequence has run; nil: there is none.
  func locked(_ bytes: Int) -> UnsafeMutableRawPointer? {
    quays[turn].take(bytes) { bytes in
      var memory: UnsafeMutableRawPointer?
      expect(driver.cuMemHostAlloc(&memory, bytes, 0), "cuMemHostAlloc")
      return failure == nil ? memory : nil
    }
  }
}
