import Environment
import Lanes

/// A bot in every lane of a batch.
final class GridBots: ScriptedPolicy {
  private let batch: BlockBatch<GridBlock>
  private var bots: [Bot?]

  /// - Throws: `EnvironmentError.settings` for a batch of another family.
  init(_ batch: any EnvironmentBatch) throws {
    guard let batch = batch as? BlockBatch<GridBlock> else {
      throw EnvironmentError.settings("the bot plays grid worlds, not \(batch.spec.id)")
    }
    self.batch = batch
    bots = [Bot?](repeating: nil, count: batch.lanes)
  }

  func act(_ buffers: StepBuffers) {
    let actions = buffers.actions.writable(Int32.self)
    let ended = buffers.ended.of(UInt8.self)
    for index in 0..<batch.lanes {
      let (block, lane) = batch.block(of: index)
      let world = block.world(lane)
      if world.steps == 0 { bots[index] = Bot(world, seesThroughWalls: false) }
      let waits = ended[index] != 0 && world.steps > 0
      let action = waits ? Action.done : bots[index]?.act() ?? .done
      actions[index] = Int32(action.rawValue)
    }
  }
}
