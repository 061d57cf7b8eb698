import Catalog
import Environment
import Testing

/// Ids beside each other name one batch of several tasks.
struct TasksTests {
  private let id = "MinAtar/Breakout-v1,MinAtar/Asterix-v1"

  @Test("Each task has its share of the lanes, its number and its actions")
  func shares() throws {
    let row = try Catalog.row(id)
    #expect(row.id == id)
    let batch = try row.make(5, [:], 1)
    #expect(batch.spec.tasks == ["MinAtar/Breakout-v1", "MinAtar/Asterix-v1"])
    let buffers = StepBuffers(spec: batch.spec, lanes: 5)
    try batch.reset(buffers)
    let task = try #require(batch.spec.observation("task"))
    let numbers = buffers.observations[task.index].of(Int32.self)
    #expect((0..<5).map { numbers[$0] } == [0, 0, 1, 1, 1])
    #expect(throws: EnvironmentError.self) { try row.make(1, [:], 1) }
  }

  @Test("Settings are those that all tasks have, and go to all")
  func settings() throws {
    let row = try Catalog.row("MinAtar/Breakout-v1,Lockstep/Corridor-v0")
    let names = row.settings().map(\.name)
    #expect(names.contains("autoreset") && names.contains("step-limit"))
    #expect(!names.contains("cells"))
    let batch = try row.make(2, ["autoreset": "disabled"], 1)
    #expect(batch.spec.autoreset == .disabled)
  }

  @Test("What is unknown among them is named")
  func unknown() {
    #expect(throws: CatalogError.self) { try Catalog.row("MinAtar/Breakout-v1,nothing-at-all") }
    #expect(throws: CatalogError.self) { try Catalog.row("MinAtar/Breakout-v1,") }
    #expect(throws: CatalogError.self) { try Catalog.row(",") }
  }
}
