import Records

extension AtariLane {
  /// Every field that counts between steps, in the order in which they are saved. Those of the way to
  /// an episode's first step are not among them: no lane is saved there.
  mutating func visit(_ fields: inout some StateVisitor) {
    game.visit(&fields)
    gameB.visit(&fields)
    fields.visit(&frame)
    fields.visit(&episodeFrame)
    fields.visit(&leftPaddle)
    fields.visit(&rightPaddle)
    fields.visit(&held.a.action)
    fields.visit(&held.a.strength)
    fields.visit(&held.b.action)
    fields.visit(&held.b.strength)
    fields.visit(&mode)
    fields.visit(&difficulty)
    fields.visit(&seed)
    fields.visit(&beginsWithSeed)
    fields.visit(&goesOn)
    fields.visit(&fillsStack)
    fields.visit(&hasEnded)
    fields.visit(&elapsed)
    fields.visit(&lives)
    fields.visit(&lifeLost)
    fields.visit(&over)
    fields.visit(&keepsEarlier)
    fields.visit(&keepsLast)
    fields.visit(&keptIsPooled)
    fields.visit(&reward)
    fields.visit(&rewardB)
    fields.visit(&episodeReturn)
    fields.visit(&episodeReturnB)
    fields.visit(&episodeLength)
    shown.visit(&fields)
  }

  /// Why a lane that comes from outside must not be run, or nil.
  var flaw: String? {
    // Room for sums and differences, and for some years of frames.
    let numbers = -(1 << 30) + 1..<1 << 30 as Range<Int32>
    let kept = [game, gameB].flatMap { game in
      [game.score, game.reward, game.lives] + (0..<8).map { game.memory[$0] }
    }
    if !(kept + [lives, reward, rewardB]).allSatisfy(numbers.contains) {
      return "a score is out of range"
    }
    let counts = [frame, episodeFrame, elapsed, episodeLength]
    if !counts.allSatisfy({ (0..<1 << 30).contains($0) }) { return "a count is out of range" }
    let paddles = 0...10_000_000 as ClosedRange<Int32>
    if !paddles.contains(leftPaddle) || !paddles.contains(rightPaddle) {
      return "a paddle is out of range"
    }
    for move in [held.a, held.b] where move.action >= 18 || !(abs(move.strength) <= Move.strongest)
    {
      return "a move does not exist"
    }
    if difficulty >= 4 { return "its difficulty does not exist" }
    return shown.flaw
  }
}

extension ShownStep {
  fileprivate mutating func visit(_ fields: inout some StateVisitor) {
    fields.visit(&reward)
    fields.visit(&rewardB)
    fields.visit(&terminated)
    fields.visit(&truncated)
    fields.visit(&ended)
    fields.visit(&episodeReturn)
    fields.visit(&episodeReturnB)
    fields.visit(&episodeLength)
  }

  var flaw: String? {
    max(terminated, truncated) > 1 || ended > 2 || episodeLength < 0
      ? "a flag is out of range" : nil
  }
}

extension GameState {
  fileprivate mutating func visit(_ fields: inout some StateVisitor) {
    fields.visit(&score)
    fields.visit(&reward)
    fields.visit(&lives)
    for index in 0..<8 { fields.visit(&memory[index]) }
    fields.visit(&mode)
    fields.visit(&over)
    fields.visit(&seen)
  }
}
