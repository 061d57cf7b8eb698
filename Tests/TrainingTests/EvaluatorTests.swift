import Environment
import Lanes
import Testing

@testable import Training

struct EvaluatorTests {
  @Test(
    "The evaluator plays one episode in every lane, in every mode, with both kinds of actions",
    arguments: AutoresetMode.allCases, [false, true])
  func evaluation(mode: AutoresetMode, isBox: Bool) throws {
    let result = try Evaluator.play(Sides.batch(40, mode, isBox: isBox), .random, seed: 5)
    #expect(result.lengths == [Int](repeating: 5, count: 40))
    #expect(result.returns.allSatisfy { (0...5).contains($0) })
    // Random play, not one action for all: 2.5 on average.
    #expect(abs(result.mean - 2.5) < 0.7 && Set(result.returns).count > 2)
    #expect(result.cut == 20)
    #expect(try Evaluator.play(Sides.batch(40, mode, isBox: isBox), .random, seed: 5) == result)
  }

  @Test("What a lane does after its first episode counts no more, and a watcher can stop it all")
  func firstEpisodes() throws {
    var steps = 0
    let result = try Evaluator.play(Sides.batch(4), .random, seed: 5) { step, _, _ in
      steps = step
      return true
    }
    #expect(steps == 4 && result.cut == 2)
    let stopped = try Evaluator.play(Sides.batch(4), .random, seed: 5) { step, _, _ in step < 3 }
    #expect(stopped.lengths == [0, 0, 0, 0])
  }

  @Test("The interquartile mean cuts a quarter from either end, by parts")
  func interquartileMean() {
    func iqm(_ returns: [Double]) -> Double {
      Evaluation(returns: returns, lengths: []).interquartileMean
    }
    #expect(iqm([100, 1, 2, -50]) == 1.5)
    #expect(iqm([1, 2, 3, 4, 5, 6, 7, 8]) == 4.5)
    // Of five, a quarter is one and a quarter: 0.75 of the second, the third, 0.75 of the fourth.
    let expected: Double = (0.75 * 2 + 3 + 0.75 * 8) / 2.5
    #expect(abs(iqm([0, 2, 3, 8, 90]) - expected) < 1e-12)
    #expect(iqm([7]) == 7)
  }
}
