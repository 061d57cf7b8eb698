/// What ALE and its preprocessing keep of one lane, apart from the console and the generators.
struct AtariLane: BitwiseCopyable {
  var game = GameState()
  /// Frames acted since the ROM was loaded.
  var frame: Int32 = 0
  /// Frames acted since the game was reset.
  var episodeFrame: Int32 = 0
  /// Resistances in ohm.
  var leftPaddle: Int32 = 0
  var rightPaddle: Int32 = 0
  /// The action that sticks.
  var held: UInt8 = 0

  /// The variation it plays, from the next game reset on, and its difficulty switches.
  var mode: Int32
  var difficulty: UInt8

  /// Where the lane stands between episodes.
  var stage = Stage.ready
  /// Frames left in the stage.
  var left: Int32 = 0
  /// Game resets still to be played, the present one included. The one that belongs to loading
  /// knows nothing of mode and difficulty yet.
  var resets: Int32 = 0
  var loading = false
  /// Frames of the preprocessing at the start of an episode, and how many of the first are fire.
  var actsLeft: Int32 = 0
  var firesLeft: Int32 = 0
  /// Whether the next of them is the fire press itself, after which nobody looks at the end.
  var opensWithFire = false
  /// The game may have ended in a no-op of the start.
  var checksOver = false
  /// It had.
  var endedEarly = false
  /// Of the mode's routine: where it is, how many steps it has asked for, and what it acts.
  var modeProgress = ModeProgress()
  var modeSteps: Int32 = 0
  var modeAction: UInt8 = 0

  /// Of the preprocessing: frames since the start, lives after the last step.
  var elapsed: Int32 = 0
  var lives: Int32 = 0
  var lifeLost = false
  var over = false
  /// The step reached its last frame but one, and its last, without stopping there: then these
  /// count for its picture.
  var keepsEarlier = false
  var keepsLast = false
  /// Whether the last picture shown is that of both frames of the console, so that it changes only
  /// where they do.
  var keptIsPooled = false
  /// Rewards of the step, before clipping.
  var reward: Int32 = 0
  var episodeReturn = 0.0
  var episodeLength: Int32 = 0

  init(mode: Int32, difficulty: UInt8) {
    self.mode = mode
    self.difficulty = difficulty
  }

  /// As the ROM's loading finds it.
  var blank: AtariLane { AtariLane(mode: mode, difficulty: difficulty) }
}

/// - Source: ALE `environment/ale_state.hpp`.
enum Paddle {
  static let low: Int32 = 27_450
  /// A frame's turn.
  static let turn: Int32 = 23_000
}

/// The parts of bringing a game up, in order.
///
/// - Source: ALE `emucore/Console.cxx` (detection) and `environment/stella_environment.cpp`.
enum Stage: UInt8, BitwiseCopyable {
  /// 60 frames to tell NTSC from PAL, with nothing plugged in yet.
  case detect
  /// 60 frames of no-op.
  case settle
  /// Console reset.
  case press
  /// Ask the mode's routine for its next step.
  case choose
  /// A frame that the routine acts.
  case modeActs
  /// Select is held.
  case select
  /// One frame after select.
  case release
  /// Console reset that the routine asks for.
  case pressMode
  /// Console reset, always.
  case pressLast
  /// The game's own starting actions.
  case starting
  /// Fire and no-ops of the preprocessing.
  case acting
  case ready
}
