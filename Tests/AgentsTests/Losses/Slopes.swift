import Foundation
import Lanes
import Nets
import Testing

@testable import Agents

// Losses beside the same formulas written down once more in double precision.

/// `count` numbers that floats hold exactly.
func normals(_ count: Int, _ generator: inout SplitMix64, scale: Double = 1) -> [Float] {
  (0..<count).map { _ in Float(scale * gaussian(using: &generator)) }
}

func doubles(_ numbers: [Float]) -> [Double] { numbers.map(Double.init) }

/// Equal but for a few units of a float's last place.
func isClose(_ found: Float, _ exact: Double, ulps: Double = 8) -> Bool {
  abs(Double(found) - exact) <= ulps * max(abs(exact), 0.25) * Double(Float.ulpOfOne)
}

/// Checks a loss, and that `scale` times its slopes is added to what the slopes held.
/// - Parameter exact: the same loss in double.
func checkLoss(
  at point: [Float], ulps: Double = 8, sourceLocation: SourceLocation = #_sourceLocation,
  _ loss: (_ point: Span<Float>, _ scale: Float, _ slopes: inout MutableSpan<Float>) -> Float,
  _ exact: ([Double]) -> Double
) {
  var slopes = [Float](repeating: 3, count: point.count)
  var span = slopes.mutableSpan
  let found = loss(point.span, 0.5, &span)
  #expect(
    isClose(found, exact(doubles(point)), ulps: ulps), "\(found) for \(exact(doubles(point)))",
    sourceLocation: sourceLocation)
  for index in point.indices {
    func at(_ step: Double) -> Double {
      var moved = doubles(point)
      moved[index] += step
      return exact(moved)
    }
    let slope = 3 + 0.5 * difference(at)
    #expect(
      abs(Double(slopes[index]) - slope) < 2e-6 * max(1, abs(slope)),
      "slope \(index): \(slopes[index]) for \(slope)", sourceLocation: sourceLocation)
  }
}

/// The slope at 0, by differences of the fourth order.
func difference(_ function: (Double) -> Double) -> Double {
  let step = 1e-3
  let near = function(step) - function(-step)
  let far = function(2 * step) - function(-2 * step)
  return (8 * near - far) / (12 * step)
}

func softmax(_ logits: [Double]) -> [Double] {
  let powers = logits.map { exp($0) }
  return powers.map { $0 / powers.reduce(0, +) }
}

/// What a function writes into a row of so many numbers.
func row(_ count: Int, _ write: (inout MutableSpan<Float>) -> Void) -> [Float] {
  var row = [Float](repeating: .nan, count: count)
  var span = row.mutableSpan
  write(&span)
  return row
}
