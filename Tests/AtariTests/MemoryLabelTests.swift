import Testing

@testable import Atari

struct MemoryLabelTests {
  @Test("Labels are well formed: known games, single names, offsets within RAM")
  func form() {
    let labelled = Game.all.filter { !$0.memoryLabels.isEmpty }
    #expect(labelled.count == 24)
    for game in labelled {
      let names = game.memoryLabels.map(\.name)
      #expect(Set(names).count == names.count, "\(game.rom)")
      for label in game.memoryLabels {
        #expect(!label.offsets.isEmpty && label.offsets.allSatisfy((0..<128).contains))
      }
    }
  }

  @Test("Ranges and lists of offsets are read in order")
  func offsets() throws {
    let labels = try Game.named("asteroids").memoryLabels
    #expect(labels[0].name == "enemy_asteroids_y")
    #expect(labels[0].offsets == Array(3...9) + Array(12...19))
  }

  @Test("Pong's labelled scores add up to the rewards", enabledByROMs)
  func pong() throws {
    let raw = try RawAtari(Game.named("pong"), seed: 3, sticky: 0)
    var total = 0
    for frame in 0..<2000 { total += try raw.act(frame % 18).reward }
    let variables = Dictionary(uniqueKeysWithValues: raw.game.variables(in: raw.memory))
    #expect(total != 0)
    #expect(Int(variables["player_score"]![0]) - Int(variables["enemy_score"]![0]) == total)
  }
}
