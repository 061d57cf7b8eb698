import Control
import Environment
import Records
import Testing

@Suite("Settings of classic control") struct SettingTests {
  @Test("Specs are the originals'")
  func specs() throws {
    func spec(_ id: String) throws -> EnvironmentSpec { try row(id).make(1, [:], 1).spec }
    let limits = try classicIDs.map { try spec($0).stepLimit }
    #expect(limits == [200, 500, 500, 200, 999, 200])
    let pole = try spec("CartPole-v1")
    #expect(pole.action == .discrete(2))
    #expect(pole.observation[0].high == [Double(Float(4.8)), .infinity, 0x1.aceeap-2, .infinity])
    #expect(try spec("Acrobot-v1").observation[0].high[5] == Double(Float(9 * Double.pi)))
    #expect(
      try spec("MountainCar-v0").observation[0].low == [-1.2, -0.07].map { Double(Float($0)) })
    #expect(try spec("Pendulum-v1").action == .box(low: [-2], high: [2]))
    #expect(try spec("MountainCarContinuous-v0").action == .box(low: [-1], high: [1]))
  }

  @Test(
    "What no world can be is refused",
    arguments: [
      ("CartPole-v1", "low", 0.5), ("CartPole-v1", "low", 0.06), ("CartPole-v1", "g", 9),
      ("Acrobot-v1", "link-mass-1", 0), ("Acrobot-v1", "high", -0.2),
      ("MountainCar-v0", "goal-velocity", 0.1), ("MountainCarContinuous-v0", "low", -0.3),
      ("Pendulum-v1", "y-init", 9), ("Pendulum-v1", "sutton-barto-reward", 1),
    ] as [(String, String, Double)])
  func refused(id: String, name: String, value: Double) throws {
    #expect(throws: SettingError.self) { try row(id).make(1, [name: .number(value)], 1) }
  }

  @Test(
    "Actions outside the space are refused",
    arguments: [
      ("CartPole-v0", 2), ("Acrobot-v1", -1), ("MountainCar-v0", 3),
      ("MountainCarContinuous-v0", 1.0001), ("Pendulum-v1", -2.0001), ("Pendulum-v1", .nan),
    ] as [(String, Double)])
  func actions(id: String, action: Double) throws {
    let batch = try row(id).make(1, [:], 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 1)
    try batch.reset(seeds: [1], buffers)
    let before = try batch.state(lane: 0)
    try buffers.setAction([action], lane: 0)
    #expect(throws: EnvironmentError.self) { try batch.step(buffers) }
    #expect(try batch.state(lane: 0) == before)
  }
}
