import Testing

/// SDL knows one screen and one loudspeaker a process, and reads their drivers from its variables:
/// suites that use them take turns, in whatever module they are.
public struct OneScreen: SuiteTrait, TestScoping {
  private actor Turns {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
      if isTaken { return await withCheckedContinuation { waiting.append($0) } }
      isTaken = true
    }

    func pass() {
      if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
  }

  private static let turns = Turns()

  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Self.turns.take()
    do { try await function() } catch {
      await Self.turns.pass()
      throw error
    }
    await Self.turns.pass()
  }
}

extension Trait where Self == OneScreen {
  public static var oneScreen: OneScreen { OneScreen() }
}
