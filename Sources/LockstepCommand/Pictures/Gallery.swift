import Environment
import Pixels
import Training

/// Pictures of an episode.
struct Gallery {
  let judge: Judge

  /// About two dozen moments of one episode, evenly spread.
  func sheet(_ policy: Evaluator.Policy, seed: UInt64) throws -> Picture {
    let environment = try judge.environment(lanes: judge.settings.tasks)
    let size = judge.viewing.factors(1)
    var sheet = Sheet()
    _ = try Evaluator.play(environment, policy, seed: seed, on: judge.pool) { step, _, _ in
      if sheet.wants(step) {
        let picture = try environment.render(lane: 0)
        sheet.add(picture.enlarged(across: size.across, down: size.down), step: step)
      }
      return true
    }
    return sheet.picture
  }
}

/// Evenly spread pictures of something that may end at any step.
struct Sheet {
  private static let pictures = 24
  /// Columns of pixels of a picture; larger ones are shrunk.
  private static let width = 340
  private var frames: [Picture] = []
  private var stride = 1

  func wants(_ step: Int) -> Bool { step % stride == 0 }

  mutating func add(_ picture: Picture, step: Int) {
    if !wants(step) { return }
    frames.append(picture.shrunk(by: (picture.width + Self.width - 1) / Self.width))
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
