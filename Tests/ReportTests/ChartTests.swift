import Foundation
import Testing

@testable import Report

struct ChartTests {
  private func points(_ values: [(Double, Double)]) -> [Curve.Point] {
    values.map { Curve.Point(step: $0.0, middle: $0.1, low: $0.1, high: $0.1) }
  }

  @Test("A curve holds each seed's last value, from where all have begun to where the first ends")
  func curve() {
    let curve = Curve([[(10, 1), (20, 3), (110, 5)], [(5, 7), (60, 9), (200, 0)], []])
    #expect(curve.seeds == 2 && curve.points.count == 101)
    #expect(curve.points.first?.step == 10 && curve.points.first?.middle == 4)
    #expect(curve.points.last?.step == 110 && curve.points.last?.middle == 7)
    #expect(curve.points[49].middle == 5 && curve.points[50].middle == 6)  // at steps 59 and 60
    #expect(curve.points[50].low == 3 && curve.points[50].high == 9)
    #expect(Curve([]).points.isEmpty && Curve([[(1, 2)]]).points.count == 1)
    #expect(Curve([[(1, 2)], [(3, 4), (5, 6)]]).points.isEmpty)
  }

  @Test("A chart of nothing, of one point, of equal values and of what is not finite")
  func odd() {
    let lists: [[(Double, Double)]] = [
      [], [(1, 2)], [(0, 3), (9, 3)], [(0, .nan), (1, .infinity), (2, 1)],
      [(0, 1e12), (1e9, -1e12)],
      [(0, -0.0001), (1, 1e-9)],
    ]
    for list in lists {
      let chart = LineChart(
        title: "<t>", yLabel: "y", series: [.init(name: "a&b", points: points(list))])
      let text = chart.file()
      #expect(!text.contains("nan") && !text.contains("inf") && !text.contains("<t>"))
      #expect((try? XMLDocumentCheck.isWellFormed(text)) == true)
    }
  }

  @Test("Ticks are round and cover the values")
  func axes() {
    let axis = Axis([-3, 47], ticks: 5, fits: false)
    #expect(axis.low == -10 && axis.high == 50 && axis.step == 10)
    #expect(axis.ticks.map(axis.text) == ["−10", "0", "10", "20", "30", "40", "50"])
    let steps = Axis([100, 250_000], ticks: 5, fits: true)
    #expect(steps.low == 0 && steps.high == 250_000)
    #expect(steps.ticks.map(steps.text) == ["0", "50k", "100k", "150k", "200k", "250k"])
    #expect(Axis([], ticks: 5, fits: false).share(0.5) == 0.5)
  }

  @Test("Curves lie where their values are")
  func places() throws {
    let chart = LineChart(
      title: "t", yLabel: "y",
      series: [.init(name: "a", points: points([(0, 0), (50, 5), (100, 10)]))])
    // The plane: 62 to 446 across, 254 to 14 up.
    #expect(chart.svg(id: "x").text.contains("d=\"M62 254L254 134L446 14\""))
    #expect(chart.description.contains("a: from 0.0000 to 10.00 after 100 steps."))
  }

  @Test("Numbers for people")
  func text() {
    #expect(FigureText.number(1_234_567.8) == "1,234,568" && FigureText.number(-12.345) == "−12.35")
    #expect(FigureText.number(0.012345) == "0.0123" && FigureText.number(.nan) == "–")
    #expect(FigureText.number(1e-9) == "1.000e-09" && FigureText.whole(999) == "999")
    #expect(FigureText.duration(59.6) == "1 min 0 s" && FigureText.duration(7322) == "2 h 2 min")
  }
}

/// Foundation's XML parser on Linux is a module that needs libxml2.
enum XMLDocumentCheck {
  /// Tags close in order, attributes are quoted, and & begins entities alone.
  static func isWellFormed(_ text: String) throws -> Bool {
    var open: [Substring] = []
    let body = text.replacing(/<\?xml[^>]*\?>/, with: "")
    for tag in body.matches(of: /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z:-]+="[^"<]*")*)\s*(\/?)>/) {
      if !tag.4.isEmpty { continue }
      if tag.1.isEmpty { open.append(tag.2) } else if open.popLast() != tag.2 { return false }
    }
    let rest = body.replacing(/<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z:-]+="[^"<]*")*)\s*(\/?)>/, with: "")
    return open.isEmpty && !rest.contains("<")
      && !rest.contains(/&(?!(amp|lt|gt|quot|#39);)/)
  }
}
