import CLanes
import Glibc
import Synchronization

/// Persistent worker threads that share out the items of one loop at a time.
///
/// The caller is worker 0, so a pool of one thread starts none. Which worker takes which item is
/// not determined: an item must touch only its own data.
public final class ThreadPool: Sendable {
  /// As many as were asked for, or fewer where the system makes no more.
  public let threads: Int
  private let loop: Loop
  private let workers: [pthread_t]
  private let awakening: Int

  /// - Parameter awakening: nanoseconds from its call until a sleeping thread works.
  public convenience init(threads: Int, awakening: Int = 50_000) {
    self.init(threads: threads, awakening: awakening, stackBytes: nil)
  }

  /// - Parameter stackBytes: of each thread; nil: the system's usual.
  init(threads: Int, awakening: Int, stackBytes: Int?) {
    precondition(threads > 0)
    self.awakening = awakening
    loop = Loop(threads: threads, isCrowded: threads > Processors.usable)
    var workers: [pthread_t] = []
    for worker in 1..<max(threads, 1) {
      guard let thread = loop.start(worker, stackBytes) else { break }
      workers.append(thread)
    }
    self.workers = workers
    self.threads = workers.count + 1
  }

  deinit {
    for worker in 1..<threads { loop.call(worker, to: .leave) }
    for worker in workers { pthread_join(worker, nil) }
  }

  /// Calls `body(item, worker)` once for every item in 0..<count and returns when all are done.
  ///
  /// Wakes no more workers than there are items for, and waits for none that has not begun.
  /// Not reentrant: `body` must not use the same pool.
  /// - Parameter nanoseconds: about what one thread needs for all items; the caller does alone what is
  ///   over before another thread would be awake.
  public func forEach(
    _ count: Int, nanoseconds: Int = .max, _ body: (_ item: Int, _ worker: Int) -> Void
  ) {
    let helpers = nanoseconds < awakening ? 0 : min(threads, count) - 1
    if helpers < 1 {
      for item in 0..<count { body(item, 0) }
      return
    }
    withoutActuallyEscaping(body) { loop.run(count, helpers: helpers, $0) }
  }
}

/// What all workers do in one loop.
private final class Order {
  let body: (Int, Int) -> Void
  let itemCount: Int
  let parts: Int

  init(_ itemCount: Int, parts: Int, _ body: @escaping (Int, Int) -> Void) {
    (self.itemCount, self.parts, self.body) = (itemCount, parts, body)
  }

  func begin(of part: Int) -> Int { part * itemCount / parts }
}

/// One worker's: where it waits, and the items that it begins with, so that the same ones meet the same
/// processor's caches at every loop; who has none left goes on with the others'.
private struct Seat: ~Copyable {
  /// `waiting`: at the end of its own items, until the caller takes it back or it goes on with others'.
  enum State: UInt8, AtomicRepresentable { case idle, work, waiting, asleep, leave }

  let state = Atomic(State.idle)
  let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let padding = Padding()
  let next = Atomic<Int>(0)
  private let paddingBehind = Padding()

  init() { pthread_cond_init(wake, nil) }

  deinit {
    pthread_cond_destroy(wake)
    wake.deallocate()
  }
}

/// Keeps what two threads write off one line of the cache, and off a pair of lines fetched together.
private struct Padding {
  private let bytes = (SIMD16<Int>(), SIMD16<Int>())
}

/// A loop in progress, and a seat for each worker, the caller's first.
private final class Loop: @unchecked Sendable {
  private let seats: UnsafeMutablePointer<Seat>
  private let seatCount: Int
  private let spins: Int
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let padding = Padding()
  /// Held by the caller; who held it too would write its count of holders.
  private var order: Unmanaged<Order>?
  private let paddingBehind = Padding()
  /// Workers that are called and have not finished; `callerSleeps` beside it.
  private let running = Atomic<Int>(0)

  private static let callerSleeps = 1 << 32
  /// Looks, some microseconds in all.
  private static let patience = 256

  /// - Parameter isCrowded: there are more threads than processors, so that who spins keeps others
  ///   from their work.
  init(threads: Int, isCrowded: Bool) {
    seats = .allocate(capacity: threads)
    for seat in 0..<threads { (seats + seat).initialize(to: Seat()) }
    seatCount = threads
    spins = isCrowded ? 50 : 2_000
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(done, nil)
  }

  deinit {
    seats.deinitialize(count: seatCount)
    seats.deallocate()
    pthread_cond_destroy(done)
    pthread_mutex_destroy(mutex)
    done.deallocate()
    mutex.deallocate()
  }

  // MARK: The caller

  func run(_ count: Int, helpers: Int, _ body: @escaping (Int, Int) -> Void) {
    let order = Order(count, parts: helpers + 1, body)
    self.order = .passUnretained(order)
    for part in 0...helpers { seats[part].next.store(order.begin(of: part), ordering: .relaxed) }
    running.store(helpers, ordering: .relaxed)
    for worker in 1...helpers { call(worker, to: .work) }
    drain(share: 0, worker: 0)
    if !helpersFinish(helpers) {
      drainOthers(worker: 0)
      takeBack(.work, helpers)
    }
    awaitHelpers()
    withExtendedLifetime(order) { self.order = nil }
  }

  func call(_ worker: Int, to state: Seat.State) {
    let before = seats[worker].state.exchange(state, ordering: .acquiringAndReleasing)
    if before != .asleep { return }
    pthread_mutex_lock(mutex)
    pthread_cond_signal(seats[worker].wake)
    pthread_mutex_unlock(mutex)
  }

  /// Whether all helpers come to the end of their items within some microseconds, as they do where
  /// items are small; then they are let go: the next call finds them waiting for it.
  private func helpersFinish(_ helpers: Int) -> Bool {
    for _ in 0..<Self.patience {
      let left = running.load(ordering: .acquiring)
      let waiting = (1...helpers).count { seats[$0].state.load(ordering: .acquiring) == .waiting }
      if waiting == left {
        takeBack(.waiting, helpers)
        return true
      }
      lanes_pause()
    }
    return false
  }

  /// Calls back the helpers that are in `state`.
  private func takeBack(_ state: Seat.State, _ helpers: Int) {
    for worker in 1...helpers where seats[worker].state.move(from: state, to: .idle) {
      running.wrappingSubtract(1, ordering: .relaxed)
    }
  }

  private func awaitHelpers() {
    for _ in 0..<spins {
      if running.load(ordering: .acquiring) == 0 { return }
      lanes_pause()
    }
    pthread_mutex_lock(mutex)
    running.bitwiseOr(Self.callerSleeps, ordering: .acquiringAndReleasing)
    while running.load(ordering: .acquiring) != Self.callerSleeps { pthread_cond_wait(done, mutex) }
    pthread_mutex_unlock(mutex)
  }

  // MARK: Workers

  /// - Returns: nil when the system makes no more threads.
  func start(_ worker: Int, _ stackBytes: Int?) -> pthread_t? {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    if let stackBytes { pthread_attr_setstacksize(&attributes, stackBytes) }
    let context = Unmanaged.passRetained(Start(loop: self, worker: worker))
    let failure = pthread_create(
      &thread, &attributes,
      { context in
        let start = Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
        start.loop.work(as: start.worker)
        return nil
      }, context.toOpaque())
    if failure == 0 { return thread }
    context.release()
    return nil
  }

  private final class Start {
    let loop: Loop
    let worker: Int
    init(loop: Loop, worker: Int) {
      self.loop = loop
      self.worker = worker
    }
  }

  private func work(as worker: Int) {
    while true {
      if awaitCall(worker) == .leave { return }
      // The caller has taken the work back when it was done before this thread woke.
      guard seats[worker].state.move(from: .work, to: .idle) else { continue }
      drain(share: worker, worker: worker)
      guard isStillCalled(worker) else { continue }
      drainOthers(worker: worker)
      let left = running.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
      if left == Self.callerSleeps { signalDone() }
    }
  }

  /// Waits until the caller takes the worker back, and some microseconds at most: so much later the
  /// others may have started. To take small items from them would cost more than to wait: what an item
  /// touches has to change processors, and at the next loop to change back.
  /// - Returns: false: nothing is left, and the loop may be over.
  private func isStillCalled(_ worker: Int) -> Bool {
    seats[worker].state.store(.waiting, ordering: .releasing)
    for _ in 0..<Self.patience {
      if seats[worker].state.load(ordering: .relaxed) != .waiting { return false }
      lanes_pause()
    }
    return seats[worker].state.move(from: .waiting, to: .idle)
  }

  private func drainOthers(worker: Int) {
    guard let parts = order?._withUnsafeGuaranteedRef({ $0.parts }) else { return }
    for other in 1..<parts { drain(share: (worker + other) % parts, worker: worker) }
  }

  private func drain(share: Int, worker: Int) {
    order?._withUnsafeGuaranteedRef { order in
      let end = order.begin(of: share + 1)
      while true {
        let item = seats[share].next.wrappingAdd(1, ordering: .relaxed).oldValue
        if item >= end { return }
        order.body(item, worker)
      }
    }
  }

  private func signalDone() {
    pthread_mutex_lock(mutex)
    pthread_cond_signal(done)
    pthread_mutex_unlock(mutex)
  }

  /// - Returns: what the worker is called to, which may have been taken back since.
  private func awaitCall(_ worker: Int) -> Seat.State {
    for _ in 0..<spins {
      let state = seats[worker].state.load(ordering: .acquiring)
      if state != .idle { return state }
      lanes_pause()
    }
    pthread_mutex_lock(mutex)
    if seats[worker].state.move(from: .idle, to: .asleep) {
      while seats[worker].state.load(ordering: .acquiring) == .asleep {
        pthread_cond_wait(seats[worker].wake, mutex)
      }
    }
    pthread_mutex_unlock(mutex)
    return seats[worker].state.load(ordering: .acquiring)
  }
}

extension Atomic<Seat.State> {
  /// - Returns: false: it was in another state, and still is.
  fileprivate func move(from old: Seat.State, to new: Seat.State) -> Bool {
    compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged
  }
}
