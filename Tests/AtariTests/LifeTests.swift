import Environment
import Lanes
import Testing

@testable import Atari

@Suite("Lost lives") struct LifeTests {
  /// Steps of random play until so many flags have been seen.
  private func play(
    _ settings: AtariBatch.Settings, until flags: Int, look: (StepBuffers, Int) -> Void
  ) throws {
    let batch = try AtariBatch(.courier, lanes: 16, settings: settings)
    let buffers = StepBuffers(spec: batch.spec, lanes: 16)
    try batch.reset(seeds: (0..<16).map { UInt64($0) }, buffers)
    var generator = SplitMix64(seed: 8)
    var seen = 0
    for _ in 0..<4000 where seen < flags {
      let actions = (0..<16).map { _ in Int32(generator.next(below: UInt32(batch.actions.count))) }
      try batch.step(actions, buffers)
      for lane in 0..<16 where buffers.terminated.of(UInt8.self)[lane] == 1 {
        seen += 1
        look(buffers, lane)
      }
    }
    #expect(seen >= flags, "too few lives were lost")
  }

  @Test("One that is only shown as an end has its observation, and the episode goes on")
  func shown() throws {
    var settings = AtariBatch.Settings()
    settings.lifeLossInfo = true
    var lives = 0
    try play(settings, until: 60) { buffers, lane in
      if buffers.ended.of(UInt8.self)[lane] != 0 { return }
      lives += 1
      let same = buffers.finalObservations[0].row(lane).elementsEqual(
        buffers.observations[0].row(lane))
      #expect(same, "lane \(lane)")
      #expect(buffers.episodeLengths.of(Int32.self)[lane] > 0)
    }
    #expect(lives > 20)
  }

  @Test("One that ends an episode in the same game leaves returns and lengths a whole game's")
  func wholeGames() throws {
    var settings = AtariBatch.Settings(preset: .dqn2015)
    settings.clipRewards = false
    var (lengths, games) = ([Int32](repeating: 0, count: 16), 0)
    try play(settings, until: 80) { buffers, lane in
      let length = buffers.episodeLengths.of(Int32.self)[lane]
      #expect(length > lengths[lane], "lane \(lane) counts its steps anew")
      switch buffers.ended.of(UInt8.self)[lane] {
      case 1: (lengths[lane], games) = (0, games + 1)
      case 2: lengths[lane] = length
      default: Issue.record("lane \(lane) has not ended")
      }
    }
    #expect(games > 5)
  }
}
