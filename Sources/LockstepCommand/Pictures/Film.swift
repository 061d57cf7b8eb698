import Agents
import Environment
import Pixels
import Training

/// Play as a series of pictures of one size.
struct Film {
  let judge: Judge
  let columns, rows: Int
  /// nil: so large that it can be looked at.
  let scale: Int?
  let captions: Set<CaptionPart>
  let seed: UInt64
  /// Of every lane; nil: the seed's.
  let start: [UInt8]?
  let wantsState: Bool

  /// Pictures a second at the environment's own speed.
  var rate: Double {
    let spec = try? judge.environment(lanes: judge.settings.tasks).spec
    return spec.map(judge.viewing.stepsPerSecond) ?? judge.viewing.framesPerSecond
  }

  /// - Returns: the first lane's state after the last picture, if it is wanted.
  func play(
    _ policy: (any EnvironmentBatch) throws -> Evaluator.Policy, most: Int,
    _ body: (Picture) throws -> Void
  ) throws -> [UInt8]? {
    let lanes = max(columns * rows, judge.settings.tasks)
    let environment = try judge.environment(lanes: lanes)
    let policy = try policy(environment)
    var caption: Caption?
    var state: [UInt8]?
    _ = try Evaluator.play(
      environment, policy, seed: seed, on: judge.pool,
      watch: { step, buffers, memory in
        let picture = try picture(of: environment)
        if !captions.isEmpty && caption == nil {
          caption = Caption(captions, environment.spec, width: picture.width)
        }
        let value = value(policy, buffers, memory)
        try body(caption?.below(picture, step: step, buffers, value: value) ?? picture)
        if case .scripted(let player) = policy, (player as? ActionPlayer)?.isOver == true {
          state = wantsState ? try environment.state(lane: 0) : nil
          return false
        }
        if step + 1 == most && wantsState { state = try environment.state(lane: 0) }
        return step + 1 < most
      },
      begin: { buffers in
        guard let start else { return }
        for lane in 0..<lanes { try environment.setState(lane: lane, start, into: buffers) }
      })
    return try state ?? (wantsState ? environment.state(lane: 0) : nil)
  }

  /// What the agent expects from the first lane; nil: nobody asks, or it does not say.
  private func value(
    _ policy: Evaluator.Policy, _ buffers: StepBuffers, _ memory: PolicyMemory
  ) -> Double? {
    guard captions.contains(.value), case .agent(let agent, _) = policy else { return nil }
    return (agent as? any InsightfulAgent)?.insight(buffers, memory, lane: 0)?.value
  }

  private func picture(of environment: any EnvironmentBatch) throws -> Picture {
    if columns * rows == 1 {
      let picture = try environment.render(lane: 0)
      let size = judge.viewing.factors(scale ?? Self.scale(of: picture.height, rows: 1))
      return picture.enlarged(across: size.across, down: size.down)
    }
    let tiles = try (0..<columns * rows).map { lane in
      let picture = try environment.render(lane: lane)
      // Many large pictures are shown smaller: all of them have room on a screen.
      let most = max(1, picture.width * columns / 1920)
      if most > 1 && scale == nil { return picture.shrunk(by: most) }
      let size = judge.viewing.factors(scale ?? Self.scale(of: picture.height, rows: rows))
      return picture.enlarged(across: size.across, down: size.down)
    }
    return ContactSheet.picture(tiles, columns: columns, gap: 2)
  }

  /// About 600 rows of pixels.
  private static func scale(of height: Int, rows: Int) -> Int {
    min(16, max(1, Int((560 / Double(max(height * rows, 1))).rounded())))
  }
}
