import Foundation
import Testing

@testable import LockstepCommand

/// Whoever runs the tests may ignore or hold back a signal.
private func hear(_ number: Int32) {
  signal(number, SIG_DFL)
  var numbers = sigset_t()
  sigemptyset(&numbers)
  sigaddset(&numbers, number)
  pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
}

/// In processes of their own, which they end.
struct InterruptionTests {
  private func text(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }

  @Test("A signal ends what keeps nothing at once, with a line")
  func leaving() async {
    let result = await #expect(
      processExitsWith: .exitCode(143), observing: [\.standardErrorContent]
    ) {
      hear(SIGTERM)
      Interruption.watch()
      raise(SIGTERM)
    }
    #expect(text(result) == "lockstep: asked to end: nothing was written\n")
  }

  @Test("The first signal asks for an end, the second does not wait for it")
  func stopping() async {
    let result = await #expect(
      processExitsWith: .exitCode(129), observing: [\.standardErrorContent]
    ) {
      for number in [SIGINT, SIGHUP] { hear(number) }
      Interruption.watch()
      Interruption.stops("saves", now: "kept")
      precondition(!Interruption.isAsked)
      raise(SIGINT)
      precondition(Interruption.isAsked && Interruption.status == 130)
      raise(SIGHUP)
    }
    #expect(
      text(result) == "lockstep: interrupted: saves\nlockstep: the terminal is gone: kept\n")
  }

  @Test("Silent output that nobody reads any more is noticed; further writes end nothing")
  func pipes() async {
    let result = await #expect(processExitsWith: .exitCode(7), observing: [\.standardErrorContent])
    {
      Interruption.watch()
      Interruption.stops("saves", now: "kept")
      var ends: [Int32] = [0, 0]
      pipe(&ends)
      dup2(ends[1], 1)
      precondition(!Interruption.isAsked)
      close(ends[0])
      usleep(600_000)
      precondition(Interruption.isAsked && Interruption.isOutputClosed)
      for _ in 0..<3 { write(1, "x", 1) }
      exit(7)
    }
    #expect(text(result) == "lockstep: the output was closed: saves\n")
  }

  @Test("A signal that the process was started to ignore is ignored")
  func ignoring() async {
    await #expect(processExitsWith: .exitCode(7)) {
      signal(SIGHUP, SIG_IGN)
      Interruption.watch()
      raise(SIGHUP)
      exit(7)
    }
  }
}
