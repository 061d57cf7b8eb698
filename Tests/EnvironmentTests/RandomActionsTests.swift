import Environment
import Lanes
import Testing

struct RandomActionsTests {
  private func numbers<Number: BitwiseCopyable>(
    _ space: ActionSpace, _: Number.Type, rows: Int
  ) -> [Number] {
    let field = Field("actions", [space.width], space.element)
    let column = Column(field, rows: rows, isShared: true)
    var generator = SplitMix64(seed: 1)
    column.draw(space, using: &generator)
    return Array(UnsafeBufferPointer(start: column.of(Number.self), count: rows * space.width))
  }

  @Test("Discrete actions come from the whole range, each number from its own")
  func discrete() {
    #expect(Set(numbers(.discrete(5), Int32.self, rows: 200)) == Set(0..<5))
    let drawn = numbers(.multiDiscrete([2, 7]), Int32.self, rows: 200)
    #expect(Set(drawn.indices.filter { $0 % 2 == 0 }.map { drawn[$0] }) == [0, 1])
    #expect(Set(drawn.indices.filter { $0 % 2 == 1 }.map { drawn[$0] }) == Set(0..<7))
  }

  @Test("Box actions fill the box, whatever bounds it has")
  func box() {
    let big = Float.greatestFiniteMagnitude
    let low: [Float] = [-2, 0, -.infinity, -.infinity, 3, -big]
    let high: [Float] = [2, 0.5, .infinity, 7, .infinity, big]
    let drawn = numbers(.box(low: low, high: high), Float.self, rows: 1000)
    for place in low.indices {
      let values = drawn.indices.filter { $0 % 6 == place }.map { drawn[$0] }
      #expect(values.allSatisfy { $0 >= low[place] && $0 <= high[place] && $0.isFinite })
      #expect(Set(values).count > 900)
    }
    let first = drawn.indices.filter { $0 % 6 == 0 }.map { drawn[$0] }
    #expect(first.min()! < -1.9 && first.max()! > 1.9)
    #expect(abs(first.reduce(0, +) / 1000) < 0.2)
  }
}
