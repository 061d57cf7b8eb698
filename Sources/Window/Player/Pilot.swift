import Environment
import Lanes

/// Who plays the lanes that no person plays.
public protocol Pilot: AnyObject {
  /// What a person is told while it plays: "the agent plays".
  var label: String { get }
  /// Writes every lane's action.
  func act(_ buffers: StepBuffers)
  /// Takes in what the environment answered.
  func observe(_ buffers: StepBuffers)
  /// All that was remembered is of no use any more: somebody has gone back in time, or elsewhere.
  func forget()
  /// What went on in it when it looked at the lane.
  func panel(_ buffers: StepBuffers, lane: Int) -> [PanelRow]
}

/// A line of the panel beside the picture.
public enum PanelRow: Equatable {
  case heading(String)
  case figure(String, String)
  /// Shares 0...1, each with a name.
  case bars([Bar])
  /// Small pictures side by side.
  case maps([Map])
  /// A joystick, -1...1 both, y upwards, and its button.
  case stick(x: Double, y: Double, isFiring: Bool)
  case text(String)

  public struct Bar: Equatable {
    public var name: String
    public var share: Double
    public var value: String
    public var isChosen: Bool

    public init(name: String, share: Double, value: String, isChosen: Bool = false) {
      (self.name, self.share, self.value, self.isChosen) = (name, share, value, isChosen)
    }
  }

  public struct Map: Equatable {
    public var name, value: String
    public var columns: Int
    /// 0...1, row by row: dark to bright.
    public var levels: [Double]

    /// - Precondition: rows are whole, and there is one.
    public init(name: String, value: String, columns: Int, levels: [Double]) {
      precondition(columns > 0 && !levels.isEmpty && levels.count.isMultiple(of: columns))
      (self.name, self.value, self.columns, self.levels) = (name, value, columns, levels)
    }

    var rows: Int { levels.count / columns }
  }
}

/// Plays at random.
public final class RandomPilot: Pilot {
  public let label = "random play"
  private let space: ActionSpace
  private var generator: SplitMix64

  public init(_ space: ActionSpace, seed: UInt64) {
    self.space = space
    generator = SplitMix64(seed: seed)
  }

  public func act(_ buffers: StepBuffers) { buffers.actions.draw(space, using: &generator) }
  public func observe(_ buffers: StepBuffers) {}
  public func forget() {}
  public func panel(_ buffers: StepBuffers, lane: Int) -> [PanelRow] { [] }
}
