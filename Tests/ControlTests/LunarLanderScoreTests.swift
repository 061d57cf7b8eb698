import Environment
import Foundation
import Lanes
import Records
import Testing

@testable import Control

/// Comparison with Gymnasium; `Tools/oracle/record-lander` makes the file. LANDER_SCORES names another
/// one: `Tools/oracle/compare-lander`.
@Suite("LunarLander beside Gymnasium") struct LunarLanderScoreTests {
  static let scores = try! LanderScores.read()

  @Test("Terrain and first observation are the original's", arguments: scores)
  func beginnings(_ scores: LanderScores) throws {
    var settings = LanderSettings()
    try settings.change(scores.settings)
    let isContinuous = scores.id == LunarLander.continuous
    let lander = try Lander(settings, isContinuous: isContinuous)
    for episode in scores.episodes {
      lander.begin(seed: episode.seed)
      var sum = CRC32()
      lander.terrain.withUnsafeBytes { sum.add($0) }
      #expect(sum.hex == episode.terrain, "seed \(episode.seed)")
      for place in 0..<8 {
        let (ours, theirs) = (lander.observation[place], episode.first[place])
        #expect(abs(ours - theirs) <= 1e-5, "seed \(episode.seed), number \(place)")
      }
    }
  }

  /// The same seeds are played on both, so differences are taken seed by seed.
  @Test("Policies score the same within standard errors", arguments: scores)
  func means(_ scores: LanderScores) throws {
    let ours = try scores.policy.play(
      scores.id, scores.settings, seeds: scores.episodes.map(\.seed))
    let returns = Moments(zip(ours, scores.episodes).map { $0.total - $1.total })
    let lengths = Moments(zip(ours, scores.episodes).map { Double($0.length - $1.length) })
    let (our, their) = (Moments(ours.map(\.total)), Moments(scores.episodes.map(\.total)))
    let equal = zip(ours, scores.episodes).count { abs($0.total - $1.total) < 1e-3 }
    print(
      "\(scores): ours \(our), theirs \(their), difference of returns \(returns), "
        + "of lengths \(lengths), \(equal) of \(ours.count) equal within 0.001")
    #expect(abs(returns.mean) <= 3.5 * returns.error)
    // Box2D 2.4 takes a step or two longer to come to rest.
    #expect(abs(lengths.mean) <= 3.5 * lengths.error + 2)
  }
}

/// One policy's episodes in the original.
struct LanderScores: Sendable, CustomStringConvertible {
  struct Episode {
    var seed: UInt64
    var total: Double
    var length: Int
    /// CRC-32 of the heights.
    var terrain: String
    /// [8]
    var first: [Float]
  }

  var policy: LanderPolicy
  var id: String
  var settings: [String: SettingValue]
  var episodes: [Episode] = []

  var description: String {
    "\(policy) \(id) wind \(settings["enable-wind"]!) gravity \(settings["gravity"]!)"
  }

  static func read() throws -> [LanderScores] {
    let golden = URL(filePath: #filePath).appending(path: "../../Golden/lander.scores")
    let path = ProcessInfo.processInfo.environment["LANDER_SCORES"] ?? golden.standardized.path()
    var all: [LanderScores] = []
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if let policy = LanderPolicy(rawValue: words[0]) {
        all.append(
          LanderScores(
            policy: policy, id: words[1],
            settings: ["enable-wind": .text(words[2]), "gravity": .text(words[3])]))
      } else {
        all[all.count - 1].episodes.append(
          Episode(
            seed: UInt64(words[0])!, total: Double(words[1])!, length: Int(words[2])!,
            terrain: words[3],
            first: words[4...].map { Float(bitPattern: UInt32($0, radix: 16)!) }))
      }
    }
    return all
  }
}

/// Mean and its standard error.
struct Moments: CustomStringConvertible {
  let mean: Double
  let error: Double

  init(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    error = (squares / (count - 1) / count).squareRoot()
  }

  var description: String { String(format: "%.2f +- %.2f", mean, error) }
}
