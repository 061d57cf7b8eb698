/// What ALE and its preprocessing keep of one lane, apart from the console and the generators.
struct AtariLane: BitwiseCopyable {
  var game = GameState()
  /// As B sees it.
  var gameB = GameState()
  /// Frames acted since the ROM was loaded.
  var frame: Int32 = 0
  /// Frames acted since the game was reset.
  var episodeFrame: Int32 = 0
  /// Resistances in ohm.
  var leftPaddle: Int32 = 0
  var rightPaddle: Int32 = 0
  /// The moves that stick.
  var held = Moves()

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
  /// The fire press is due when this many of them are left; after it nobody looks at the end.
  var firePress: Int32 = 0
  /// The lane's last seed, and whether its episode begins with it.
  var seed: UInt64 = 0
  var beginsWithSeed = false
  /// The episode begins in the game of the one before.
  var goesOn = false
  /// It has begun with a reset of the game after all.
  var fillsStack = true
  /// Of steps that open an episode: the running one, the next one, and whether the first picture
  /// shown is one of theirs.
  var openingStep: Int32 = 0
  var nextOpening: Int32 = 1
  var showsOpening = false
  /// The last step has ended the game, or there has been none.
  var hasEnded = true
  /// The game may have ended in a no-op of the start.
  var checksOver = false
  /// It had.
  var endedEarly = false
  /// Of the mode's routine: where it is, how many steps it has asked for, and what it acts.
  var modeProgress = ModeProgress()
  var modeSteps: Int32 = 0
  var modeMove = Move()

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
  /// Frames left of a step whose length is drawn.
  var framesLeft: Int32 = 0
  /// Rewards of the step, before clipping.
  var reward: Int32 = 0
  var rewardB: Int32 = 0
  var episodeReturn = 0.0
  var episodeReturnB = 0.0
  var episodeLength: Int32 = 0
  /// What the last step showed.
  var shown = ShownStep()

  init(mode: Int32, difficulty: UInt8) {
    self.mode = mode
    self.difficulty = difficulty
  }

  /// As the ROM's loading finds it.
  var blank: AtariLane {
    var lane = AtariLane(mode: mode, difficulty: difficulty)
    lane.shown = shown
    return lane
  }
}

/// A step as the buffers show it; after an end in the same step, that of the ended episode.
struct ShownStep: BitwiseCopyable {
  var reward: Int32 = 0
  var rewardB: Int32 = 0
  var terminated: UInt8 = 0
  var truncated: UInt8 = 0
  /// As `StepBuffers.ended`.
  var ended: UInt8 = 0
  var episodeReturn = 0.0
  var episodeReturnB = 0.0
  var episodeLength: Int32 = 0
}

extension AtariLane {
  /// Opening steps are over.
  static let noOpening: Int32 = 3

  /// Takes over what is planned for the episode and does not come from its beginning.
  mutating func keepPlans(of old: AtariLane) {
    shown = old.shown
    frame += old.frame
    seed = old.seed
    beginsWithSeed = old.beginsWithSeed
    nextOpening = old.nextOpening
    showsOpening = old.showsOpening
    hasEnded = old.hasEnded
  }
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
  /// Steps of the preprocessing.
  case opening
  case ready
}
