import Environment
import Foundation
import Testing

/// Mean returns of random play, measured on MinAtar: six actions, sticky 0.1.
@Suite struct ReturnTests {
  struct Measured: Sendable {
    let game: String, mean: Double, error: Double
    /// Each lane's first games, so that short ones do not count more.
    let episodes: Int
  }

  static let measured = [
    Measured(game: "Asterix", mean: 0.518, error: 0.020, episodes: 10),
    Measured(game: "Breakout", mean: 0.501, error: 0.011, episodes: 30),
    Measured(game: "Freeway", mean: 0.135, error: 0.026, episodes: 1),
    Measured(game: "Seaquest", mean: 0.102, error: 0.009, episodes: 20),
    Measured(game: "SpaceInvaders", mean: 2.82, error: 0.05, episodes: 10),
  ]

  @Test("Random play earns what it does in MinAtar", arguments: measured)
  func means(_ expected: Measured) throws {
    let lanes = 512
    let players = try Players(expected.game, seeds: (0..<UInt64(lanes)).map { $0 + 1000 })
    var left = [Int](repeating: expected.episodes, count: lanes)
    var returns: [Double] = []
    while returns.count < lanes * expected.episodes {
      try players.step()
      for lane in 0..<lanes where players.buffers.ended.of(UInt8.self)[lane] == 1 && left[lane] > 0
      {
        left[lane] -= 1
        returns.append(players.buffers.episodeReturns.of(Double.self)[lane])
      }
    }
    let count = Double(returns.count)
    let mean = returns.reduce(0, +) / count
    let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let error = (variance / count + expected.error * expected.error).squareRoot()
    #expect(abs(mean - expected.mean) < 3 * error, "\(mean), not \(expected.mean)")
  }
}
