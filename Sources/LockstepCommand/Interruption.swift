import CLeaving
import Foundation
import Training

private final class Work {
  let trainer: Trainer
  init(_ trainer: Trainer) { self.trainer = trainer }
}

/// Signals, and output that nobody reads: what the tool says of them and does then. A second one ends
/// it at once; what is on the disk is whole whenever that happens.
enum Interruption {
  /// Seconds that an update's end is waited for.
  private static let patience: useconds_t = 1_500_000

  nonisolated(unsafe) private static var isWatching = false

  /// From the tool's start on.
  static func watch() {
    isWatching = true
    leaving_watch()
    leaves("nothing was written")
  }

  /// The next signal ends the process at once.
  /// - Parameter text: what that leaves behind.
  static func leaves(_ text: String) { leaving_say(Complaint.escaped(text), nil) }

  /// The next signal asks for an end, the one after it ends the process.
  static func stops(_ later: String, now: String) {
    leaving_say(Complaint.escaped(now), Complaint.escaped(later))
  }

  static var isAsked: Bool {
    leaving_look()
    return leaving_signal() != 0
  }

  /// Exit status of a process that a signal has ended.
  static var status: Int32 { leaving_status(leaving_signal()) }

  static var isOutputClosed: Bool { leaving_signal() == SIGPIPE }

  /// A line where the output may be closed.
  static func say(_ line: String) {
    write("lockstep: \(Complaint.escaped(line))\n")
  }

  /// To standard error, which may be closed or full, too.
  static func write(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(2, $0.baseAddress!, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Leaves for a trainer whose update takes too long, with what the run was before it.
  static func guardUpdates(of trainer: Trainer) {
    guard isWatching else { return }
    let work = Unmanaged.passRetained(Work(trainer))
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { context in
        leaving_await()
        usleep(Interruption.patience)
        let trainer = Unmanaged<Work>.fromOpaque(context!).takeUnretainedValue().trainer
        if let steps = trainer.saveSpare() {
          let folder = trainer.folder.path
          Interruption.say(
            "stopped within an update; go on from step \(steps) with: "
              + "lockstep train --resume \(folder)")
          _exit(Interruption.status)
        }
        return nil
      }, work.toOpaque())
    // Without a thread the update's end is waited for.
    if failure != 0 { return work.release() }
    pthread_detach(thread)
  }
}
