import Environment

extension Player {
  /// Takes in what a person does.
  public func handle(_ event: InputEvent) throws {
    switch event {
    case .press(let key, let isRepeat): try press(key, isRepeat)
    case .release(let key): release(key)
    case .pointer(let x, let y): point(x, y)
    case .button(let isDown): pointer?.isDown = isDown
    case .stick(let player, let x, let y): hands[min(player, hands.count - 1)].stick = [x, y]
    case .leave:
      for player in hands.indices { hands[player].releaseAll() }
      heldCommands = []
    case .close: requests.append(.quit)
    }
  }

  /// The game's own keys come first: a command on such a key cannot be had.
  private func press(_ key: String, _ isRepeat: Bool) throws {
    if chooser != nil { return try choose(by: key) }
    if let player = keys.player(of: key, players: spec.players) {
      if !isRepeat { hands[player].press(key) }
      if settings.viewing.isTurnBased, turns.count < 8, let turn = keys.action(of: key) {
        turns.append(turn)
      }
      return
    }
    guard !isRepeat, let command = Command(key: key) else { return }
    heldCommands.insert(command)
    try perform(command)
  }

  private func release(_ key: String) {
    for player in hands.indices { hands[player].release(key) }
    if let command = Command(key: key) { heldCommands.remove(command) }
  }

  /// - Parameters: where the pointer is in the picture of the lane, 0...1 both.
  func point(at place: SIMD2<Double>) {
    pointer = Pointer(place: place, isDown: pointer?.isDown ?? false)
  }

  private func point(_ x: Int, _ y: Int) {
    guard let tile = shownTile, !tile.isEmpty else { return }
    point(
      at: SIMD2(
        (Double(x - tile.x) / Double(tile.width)).clamped(to: 0...1),
        (Double(y - tile.y) / Double(tile.height)).clamped(to: 0...1)))
  }

  // MARK: Actions

  /// Writes all lanes' actions.
  func act() {
    pilot?.act(buffers)
    if !isHuman { return }
    let turn = turns.isEmpty ? nil : turns.removeFirst()
    for player in 0..<spec.players {
      let numbers = turn.flatMap { player == 0 ? [Double($0)] : nil } ?? choose(player)
      write(numbers, player)
    }
  }

  private func choose(_ player: Int) -> [Double] {
    let hand = hands[player]
    var contacts = ActionKeys.contacts(hand)
    var direction = contacts.direction
    if hand.stick != .zero && direction == .zero { direction = hand.stick }
    if player == 0, isPointing, let pointer, contacts.isEmpty, hand.stick == .zero {
      direction = self.direction(to: pointer)
      contacts = Self.contacts(direction)
      if pointer.isDown { contacts.insert(.fire) }
    }
    if player == 0 { turnPaddle(direction.x) }
    switch spec.action {
    case .discrete:
      return [Double(keys.action(hand, contacts) ?? keys.idle ?? Int(chosen[player][0]))]
    case .multiDiscrete(let counts): return counts.map { _ in 0 }
    case .box: return keys.numbers(direction: direction, isFiring: contacts.contains(.fire))
    }
  }

  /// Where a joystick would lie for it; with a paddle, how it must turn to get there.
  private func direction(to pointer: Pointer) -> SIMD2<Double> {
    guard let steps = settings.viewing.paddleSteps else {
      return SIMD2(2 * pointer.place.x - 1, 1 - 2 * pointer.place.y)
    }
    let rest = (pointer.place.x - paddle) * steps
    // Less than half a turn is more than a discrete action can do.
    return SIMD2(abs(rest) < 0.5 ? 0 : rest.clamped(to: -1...1), 0)
  }

  private func turnPaddle(_ turn: Double) {
    guard let steps = settings.viewing.paddleSteps else { return }
    if case .discrete = spec.action {
      paddle = (paddle + (turn > 0 ? 1 : turn < 0 ? -1 : 0) / steps).clamped(to: 0...1)
    } else {
      paddle = (paddle + turn / steps).clamped(to: 0...1)
    }
  }

  private static func contacts(_ direction: SIMD2<Double>) -> Contacts {
    var hand = Hand()
    hand.stick = direction
    return ActionKeys.contacts(hand)
  }

  private func write(_ numbers: [Double], _ player: Int) {
    let first = (player * batch.lanes + lane) * spec.action.width
    for (index, number) in numbers.enumerated() {
      if spec.action.element == .float32 {
        buffers.actions.writable(Float.self)[first + index] = Float(number)
      } else {
        buffers.actions.writable(Int32.self)[first + index] = Int32(number)
      }
    }
  }

  /// The lane's actions as they stand, [players][numbers].
  var chosen: [[Double]] {
    let width = spec.action.width
    return (0..<spec.players).map { player in
      (0..<width).map { index in
        let place = (player * batch.lanes + lane) * width + index
        return spec.action.element == .float32
          ? Double(buffers.actions.of(Float.self)[place])
          : Double(buffers.actions.of(Int32.self)[place])
      }
    }
  }
}
