import Glibc

/// Work on a thread of its own, while the caller goes on.
public final class Aside: @unchecked Sendable {
  private var thread: pthread_t?

  public init() {}

  deinit { wait() }

  /// Begins when what was begun before has ended; where the system makes no thread, returns when it
  /// is done.
  public func begin(_ work: @escaping () -> Void) {
    wait()
    var made = pthread_t()
    let box = Unmanaged.passRetained(Box(work))
    let failure = pthread_create(
      &made, nil,
      { context in
        Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().work()
        return nil
      }, box.toOpaque())
    if failure == 0 {
      thread = made
    } else {
      box.takeRetainedValue().work()
    }
  }

  /// Returns when it is done; at once where nothing was begun.
  public func wait() {
    guard let thread else { return }
    pthread_join(thread, nil)
    self.thread = nil
  }

  private final class Box {
    let work: () -> Void
    init(_ work: @escaping () -> Void) { self.work = work }
  }
}
