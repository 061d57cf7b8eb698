import Glibc

/// Ticks at a steady rate by the monotonic clock, whatever the screen does.
struct Pace {
  /// A second's.
  let rate: Double
  private var next: Double
  private let start: Double
  private(set) var ticks = 0
  /// Ticks that were given up, as the machine was too slow.
  private(set) var lost = 0

  init(rate: Double) {
    self.rate = rate
    start = Self.now
    next = start
  }

  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  var seconds: Double { Self.now - start }

  /// Waits for the next tick.
  /// - Parameter stretch: of the time between ticks: 1, or a little more or less, to stay with a clock
  ///   that goes otherwise, the sound's.
  mutating func wait(stretch: Double = 1) {
    ticks += 1
    next += stretch / rate
    let now = Self.now
    if now - next > 8 / rate {
      lost += Int((now - next) * rate)
      next = now
      return
    }
    if next <= now { return }
    var time = timespec(
      tv_sec: Int(next), tv_nsec: Int((next - next.rounded(.down)) * 1e9))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }

  /// The next tick follows at once.
  mutating func skip() { ticks += 1 }

  /// The last tick is late: who draws now makes the next one later.
  var isLate: Bool { Self.now - next > 1 / rate }
}
