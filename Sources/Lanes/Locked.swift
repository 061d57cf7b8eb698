import Glibc

/// A value that one thread at a time works on.
///
/// The standard library's `Mutex` (Swift 6.3) traps in a child of fork() when two threads want it: it
/// keeps the number that the thread had in the parent.
public final class Locked<Value>: @unchecked Sendable {
  // First: a value of no size lies where the next property does, which ThreadSanitizer takes for it.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var value: Value

  public init(_ value: Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
