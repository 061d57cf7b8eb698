import Environment
import Foundation
import GridWorld
import Lanes
import Testing
import TestSupport

/// The guide's tasks are compiled, keep the contract's rules, and do what the guide says.
@Suite struct GuideTests {
  private func text(_ name: String) throws -> String {
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    return try String(contentsOf: here.appending(path: name).standardized, encoding: .utf8)
  }

  @Test("The guide shows what is compiled, a task in 40 lines, a kind in 30")
  func shown() throws {
    let blocks = try text("../../Sources/GridWorld/Guide.md").components(separatedBy: "```")
      .filter { $0.hasPrefix("swift\n") }.map { String($0.dropFirst(6)) }
    let source = try text("GuideTasks.swift")
    #expect(blocks.count == 2)
    for block in blocks { #expect(source.contains(block)) }
    #expect(blocks[0].split(separator: "\n").count < 40)
    #expect(blocks[1].split(separator: "\n").count < 30)
  }

  @Test("The guide's tasks keep every rule", arguments: [0, 1])
  func rules(index: Int) {
    let row = GridFamily.row([ballHunt, leverRoom][index])
    #expect(checkConformance(row) == [])
  }

  /// What random play is rewarded with, and its missions.
  private func play(_ task: GridTask) throws -> (rewards: Set<Double>, missions: Set<String>) {
    let batch = try GridFamily.row(task).make(64, [:], 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 64)
    var generator = SplitMix64(seed: 1)
    var (rewards, missions): (Set<Double>, Set<String>) = ([], [])
    try batch.reset(seeds: (0..<64).map { $0 }, buffers)
    for _ in 0..<2000 {
      buffers.actions.draw(batch.spec.action, using: &generator)
      try batch.step(buffers)
      for lane in 0..<64 where buffers.terminated.of(UInt8.self)[lane] == 1 {
        rewards.insert(buffers.rewards.of(Double.self)[lane])
        let text = buffers.info[0].row(lane).prefix { $0 != 0 }
        missions.insert(String(decoding: text, as: UTF8.self))
      }
    }
    return (rewards, missions)
  }

  @Test("The right ball is rewarded, the wrong one is not")
  func balls() throws {
    let (rewards, missions) = try play(ballHunt)
    #expect(rewards.contains(0) && rewards.contains { $0 > 0.1 && $0 < 1 })
    #expect(missions.count == 6 && missions.contains("fetch the purple ball"))
  }

  @Test("A pit costs, a lever pays and is gone")
  func levers() throws {
    let (rewards, missions) = try play(leverRoom)
    #expect(rewards.contains(-0.5) && rewards.contains { $0 > 0.1 && $0 < 1 })
    #expect(rewards.allSatisfy { $0 == -0.5 || $0 > 0.09 })
    #expect(missions == ["pull the lever"])
  }
}
