import Lanes
import Nets
import Testing

@testable import Agents

struct AdvantageTests {
  /// The definition: the discounted sum of the errors up to the episode's end.
  private func exact(
    _ rewards: [Float], _ values: [Float], _ ends: [UInt8], _ cuts: [Float], _ last: [Float],
    discount: Double, lambda: Double, _ place: Int
  ) -> Double {
    let lanes = last.count
    var (sum, weight) = (0.0, 1.0)
    for place in stride(from: place, to: rewards.count, by: lanes) {
      let next = place + lanes
      let goesOn = next < rewards.count ? values[next] : last[next - rewards.count]
      let future = ends[place] == 0 ? goesOn : cuts[place]
      sum += weight * (Double(rewards[place]) + discount * Double(future) - Double(values[place]))
      if ends[place] != 0 { break }
      weight *= discount * lambda
    }
    return sum
  }

  @Test("Advantages are the definition's, whatever ends", arguments: [1, 2, 3])
  func definition(lanes: Int) {
    var generator = SplitMix64(seed: 13)
    for steps in [1, 2, 9] {
      let count = steps * lanes
      let (rewards, values) = (normals(count, &generator), normals(count, &generator))
      let ends: [UInt8] = (0..<count).map { _ in generator.next(below: 3) == 0 ? 1 : 0 }
      let cuts = zip(ends, normals(count, &generator)).map { $0 == 1 && $1 > 0 ? $1 : 0 }
      let last = normals(lanes, &generator)
      let found = row(count) {
        estimateAdvantages(
          rewards: rewards.span, values: values.span, ends: ends.span, cutValues: cuts.span,
          lastValues: last.span, discount: 0.75, lambda: 0.5, into: &$0)
      }
      for place in 0..<count {
        let exact = exact(
          rewards, values, ends, cuts, last, discount: 0.75, lambda: 0.5, place)
        #expect(isClose(found[place], exact))
      }
    }
  }
}
