import CLanes
import Foundation
import Synchronization

/// Persistent worker threads that share out the items of one loop at a time.
///
/// The caller is worker 0, so a pool of one thread starts none. Which worker takes which item is
/// not determined: an item must touch only its own data.
public final class ThreadPool: @unchecked Sendable {
  public let threads: Int
  private var workers: [pthread_t] = []
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let generation = Atomic<Int>(0)
  private let nextItem = Atomic<Int>(0)
  private let running = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private var itemCount = 0
  private var body: ((Int, Int) -> Void)?

  private static let spins = 2_000

  public init(threads: Int) {
    precondition(threads > 0)
    self.threads = threads
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    for index in 1..<max(threads, 1) {
      let start = Start(pool: self, worker: index)
      var thread = pthread_t()
      let context = Unmanaged.passRetained(start).toOpaque()
      pthread_create(
        &thread, nil,
        { context in
          let start = Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
          let pool = start.pool
          let worker = start.worker
          pool.work(as: worker)
          return nil
        }, context)
      workers.append(thread)
    }
  }

  private final class Start {
    unowned(unsafe) let pool: ThreadPool
    let worker: Int
    init(pool: ThreadPool, worker: Int) {
      self.pool = pool
      self.worker = worker
    }
  }

  deinit {
    stopping.store(true, ordering: .sequentiallyConsistent)
    announce()
    for worker in workers { pthread_join(worker, nil) }
    pthread_cond_destroy(wake)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    mutex.deallocate()
  }

  /// Calls `body(item, worker)` once for every item in 0..<count and returns when all are done.
  ///
  /// Not reentrant: `body` must not use the same pool.
  public func forEach(_ count: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
    if threads == 1 || count <= 1 {
      for item in 0..<count { body(item, 0) }
      return
    }
    withoutActuallyEscaping(body) { body in
      self.body = body
      itemCount = count
      nextItem.store(0, ordering: .relaxed)
      running.store(threads - 1, ordering: .relaxed)
      announce()
      drain(body, worker: 0)
      while running.load(ordering: .acquiring) != 0 { spinPause() }
      self.body = nil
    }
  }

  private func announce() {
    pthread_mutex_lock(mutex)
    generation.wrappingAdd(1, ordering: .releasing)
    pthread_cond_broadcast(wake)
    pthread_mutex_unlock(mutex)
  }

  private func drain(_ body: (Int, Int) -> Void, worker: Int) {
    while true {
      let item = nextItem.wrappingAdd(1, ordering: .relaxed).oldValue
      if item >= itemCount { return }
      body(item, worker)
    }
  }

  private func work(as worker: Int) {
    var seen = 0
    while true {
      seen = awaitGeneration(after: seen)
      if stopping.load(ordering: .sequentiallyConsistent) { return }
      if let body { drain(body, worker: worker) }
      running.wrappingSubtract(1, ordering: .releasing)
    }
  }

  private func awaitGeneration(after seen: Int) -> Int {
    for _ in 0..<Self.spins {
      let current = generation.load(ordering: .acquiring)
      if current != seen { return current }
      spinPause()
    }
    pthread_mutex_lock(mutex)
    while generation.load(ordering: .acquiring) == seen { pthread_cond_wait(wake, mutex) }
    let current = generation.load(ordering: .acquiring)
    pthread_mutex_unlock(mutex)
    return current
  }
}

@inline(__always) private func spinPause() { lanes_pause() }
