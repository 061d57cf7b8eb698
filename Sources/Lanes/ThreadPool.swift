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
    loop = Loop(
      seats: threads - 1, isCrowded: threads > Processors.usable)
    var workers: [pthread_t] = []
    for worker in 1..<max(threads, 1) {
      guard let thread = loop.start(worker, stackBytes) else { break }
      workers.append(thread)
    }
    self.workers = workers
    self.threads = workers.count + 1
  }

  deinit {
    for worker in 0..<workers.count { loop.call(worker, to: .leave) }
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

/// Items that a worker begins with, so that the same ones meet the same processor's caches at every
/// loop; who has none left goes on with the others'.
private final class Share: @unchecked Sendable {
  let next = Atomic<Int>(0)
  /// Keeps counters of two workers off one line of the cache.
  private let padding = (SIMD16<Int>(), SIMD16<Int>())
}

/// A loop in progress, and a seat for each worker but the caller.
private final class Loop: @unchecked Sendable {
  private let seats: [Seat]
  private let spins: Int
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// One for every worker, the caller's first.
  private let shares: [Share]
  /// Shares in use.
  private var parts = 1
  /// Workers that are called and have not finished; `callerSleeps` beside it.
  private let running = Atomic<Int>(0)
  private var itemCount = 0
  private var body: ((Int, Int) -> Void)?

  private static let callerSleeps = 1 << 32

  /// - Parameter isCrowded: there are more threads than processors, so that who spins keeps others
  ///   from their work.
  init(seats: Int, isCrowded: Bool) {
    self.seats = (0..<seats).map { _ in Seat() }
    shares = (0...seats).map { _ in Share() }
    spins = isCrowded ? 50 : 2_000
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(done, nil)
  }

  deinit {
    pthread_cond_destroy(done)
    pthread_mutex_destroy(mutex)
    done.deallocate()
    mutex.deallocate()
  }

  // MARK: The caller

  func run(_ count: Int, helpers: Int, _ body: @escaping (Int, Int) -> Void) {
    self.body = body
    itemCount = count
    parts = helpers + 1
    for part in 0..<parts { shares[part].next.store(part * count / parts, ordering: .relaxed) }
    running.store(helpers, ordering: .relaxed)
    for seat in 0..<helpers { call(seat, to: .work) }
    drain(worker: 0)
    for seat in 0..<helpers where seats[seat].state.move(from: .work, to: .idle) {
      running.wrappingSubtract(1, ordering: .relaxed)
    }
    awaitHelpers()
    self.body = nil
  }

  func call(_ seat: Int, to order: Seat.State) {
    let seat = seats[seat]
    let before = seat.state.exchange(order, ordering: .acquiringAndReleasing)
    if before != .asleep { return }
    pthread_mutex_lock(mutex)
    pthread_cond_signal(seat.wake)
    pthread_mutex_unlock(mutex)
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
    let seat = seats[worker - 1]
    while true {
      if awaitCall(seat) == .leave { return }
      // The caller has taken the work back when it was done before this thread woke.
      guard seat.state.move(from: .work, to: .idle) else { continue }
      drain(worker: worker)
      let left = running.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
      if left == Self.callerSleeps { signalDone() }
    }
  }

  /// Not inlined: nothing of the caller's closure is held when it returns.
  @inline(never) private func drain(worker: Int) {
    guard let body else { return }
    for other in 0..<parts {
      if other == 1 && othersFinish() { return }
      let part = (worker + other) % parts
      let end = self.end(of: part)
      while true {
        let item = shares[part].next.wrappingAdd(1, ordering: .relaxed).oldValue
        if item >= end { break }
        body(item, worker)
      }
    }
  }

  private func end(of part: Int) -> Int { (part + 1) * itemCount / parts }

  /// Whether the others begin the last of their items within some microseconds: so much later they may
  /// have started. To take small ones from them would cost more than to wait: what an item touches has to
  /// change processors, and at the next loop to change back.
  private func othersFinish() -> Bool {
    for _ in 0..<8 {
      // Seldom, since who looks delays who takes.
      for _ in 0..<32 { lanes_pause() }
      let isLeft = (0..<parts).contains { shares[$0].next.load(ordering: .relaxed) < end(of: $0) }
      if !isLeft { return true }
    }
    return false
  }

  private func signalDone() {
    pthread_mutex_lock(mutex)
    pthread_cond_signal(done)
    pthread_mutex_unlock(mutex)
  }

  /// - Returns: what the worker is called to, which may have been taken back since.
  private func awaitCall(_ seat: Seat) -> Seat.State {
    for _ in 0..<spins {
      let state = seat.state.load(ordering: .acquiring)
      if state != .idle { return state }
      lanes_pause()
    }
    pthread_mutex_lock(mutex)
    if seat.state.move(from: .idle, to: .asleep) {
      while seat.state.load(ordering: .acquiring) == .asleep { pthread_cond_wait(seat.wake, mutex) }
    }
    pthread_mutex_unlock(mutex)
    return seat.state.load(ordering: .acquiring)
  }
}

/// Where one worker waits.
private final class Seat: @unchecked Sendable {
  enum State: UInt8, AtomicRepresentable { case idle, work, asleep, leave }

  let state = Atomic(State.idle)
  let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() { pthread_cond_init(wake, nil) }

  deinit {
    pthread_cond_destroy(wake)
    wake.deallocate()
  }
}

extension Atomic<Seat.State> {
  /// - Returns: false: it was in another state, and still is.
  fileprivate func move(from old: Seat.State, to new: Seat.State) -> Bool {
    compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged
  }
}
