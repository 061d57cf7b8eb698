import Environment
import Pixels
import Training

/// Pictures of an episode.
struct Gallery {
  let judge: Judge

  /// Plays one episode and shows the lane before every step.
  /// - Parameter body: false: it has seen enough.
  func play(
    _ policy: Evaluator.Policy, seed: UInt64, _ body: (_ step: Int, Picture) throws -> Bool
  ) throws {
    let environment = try judge.environment(lanes: judge.settings.tasks)
    _ = try Evaluator.play(environment, policy, seed: seed, on: judge.pool) { step in
      try body(step, environment.render(lane: 0))
    }
  }

  /// About two dozen moments of one episode, evenly spread.
  func sheet(_ policy: Evaluator.Policy, seed: UInt64) throws -> Picture {
    var sheet = Sheet()
    try play(policy, seed: seed) { step, picture in
      sheet.add(picture, step: step)
      return true
    }
    return sheet.picture
  }
}

/// Evenly spread pictures of something that may end at any step.
struct Sheet {
  private static let pictures = 24
  private var frames: [Picture] = []
  private var stride = 1

  mutating func add(_ picture: Picture, step: Int) {
    if step % stride != 0 { return }
    frames.append(picture)
    if frames.count == 2 * Self.pictures {  // thin out and go on more slowly
      frames = frames.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
      stride *= 2
    }
  }

  var picture: Picture {
    let every = max(1, frames.count / Self.pictures)
    let chosen = frames.enumerated().filter { $0.offset % every == 0 }.map(\.element)
    return ContactSheet.picture(Array(chosen.prefix(Self.pictures)), columns: 6)
  }
}
