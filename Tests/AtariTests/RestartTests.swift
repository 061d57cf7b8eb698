import Console
import Lanes
import Testing

@testable import Atari

/// What a beginning may depend on: see `EpisodeStarts`.
struct RestartTests {
  @Test(
    "A game's beginning depends on its timer and its survivors alone, whatever memory held",
    enabledByROMs, arguments: present.filter { $0.survivors != nil }.map(\.rom))
  func memory(rom: String) throws {
    let game = try Game.named(rom)
    let plan = try AtariPlan(
      game: game, rom: ROMStore.standard.load(game), settings: AtariBatch.Settings())
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<3 {
      let timer = UInt8.random(in: 25...99, using: &generator)
      let kept = UInt8.random(in: 0...255, using: &generator)
      let block = AtariBlock(plan: plan, count: 64)
      let mode = Int32(game.modes.all.randomElement(using: &generator)!)
      let difficulty = UInt8(game.difficulties.randomElement(using: &generator)!)
      for cell in 0..<(128 * 64) {
        block.console.ram[cell] = UInt8.random(in: 0...255, using: &generator)
      }
      for lane in 0..<64 {
        for address in game.survivors ?? [] {
          block.console.ram[Int(address & 0x7F) * 64 + lane] = kept
        }
        block.system.seed(lane, UInt32(lane))
        block.lanes[lane] = AtariLane(mode: mode, difficulty: difficulty)
        block.lanes[lane].game = plan.reader.initial
        block.lanes[lane].resets = 1
        block.beginReset(lane, timer: timer)
      }
      block.bringUp(~0)
      let states = (0..<64).map { lane in
        [UInt8](unsafeUninitializedCapacity: block.console.laneBytes) { bytes, count in
          block.console.saveLane(lane, into: UnsafeMutableRawPointer(bytes.baseAddress!))
          count = block.console.laneBytes
        }
      }
      for lane in 1..<64 {
        #expect(
          states[lane] == states[0],
          "lane \(lane), timer \(timer), mode \(mode), difficulty \(difficulty)")
      }
    }
  }
}
