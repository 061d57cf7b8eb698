import Environment

/// What keys, sticks and the mouse mean in an environment, by the names of its actions.
struct ActionKeys {
  let space: ActionSpace
  /// Of each discrete action; nil: it has a key of its own.
  private let chords: [Contacts?]
  private let names: [String]
  /// By key, the number of the action.
  private let own: [String: Int]
  /// The action of hands that do nothing; nil: the one before goes on.
  let idle: Int?

  init(_ spec: EnvironmentSpec) {
    space = spec.action
    guard case .discrete(let count) = spec.action else {
      (chords, names, own, idle) = ([], [], [:], nil)
      return
    }
    let names = (0..<count).map { place in
      spec.actionNames.indices.contains(place) ? spec.actionNames[place] : "action \(place)"
    }
    chords = names.map { Contacts(name: $0) }
    self.names = names
    idle = chords.firstIndex { $0 == [] }
    var own: [String: Int] = [:]
    for (number, name) in names.enumerated() where chords[number] == nil {
      let digit = (1...9).map(String.init).first { own[$0] == nil }
      if let key = Self.ownKeys[name.lowercased()] ?? digit, own[key] == nil { own[key] = number }
    }
    self.own = own
  }

  /// As in MiniGrid's own window.
  private static let ownKeys = ["pickup": "tab", "drop": "left shift", "done": "return"]

  /// The players' keys of the contacts; with one player the second row is his, too.
  private static let contactKeys: [[String: Contacts]] = [
    [
      "up": .up, "down": .down, "left": .left, "right": .right, "space": .fire, "left ctrl": .fire,
      "right ctrl": .fire,
    ],
    ["w": .up, "s": .down, "a": .left, "d": .right, "f": .fire, "left shift": .fire],
  ]
  private static let padKeys: [String: Contacts] = [
    "up": .up, "down": .down, "left": .left, "right": .right, "a": .fire, "b": .fire,
  ]

  /// Whose key it is; nil: nobody's.
  func player(of key: String, players: Int) -> Int? {
    if own[key] != nil || Self.contactKeys[0][key] != nil { return 0 }
    if key.hasPrefix("pad2 ") { return players > 1 ? 1 : 0 }
    if key.hasPrefix("pad ") { return 0 }
    if Self.contactKeys[1][key] != nil { return players > 1 ? 1 : 0 }
    return nil
  }

  /// What the held keys close; of two opposite ones the newer.
  static func contacts(_ hand: Hand) -> Contacts {
    var contacts: Contacts = []
    for key in hand.held {
      let pad = key.hasPrefix("pad") ? key.split(separator: " ").last.map(String.init) : nil
      guard
        let closed = pad.flatMap({ padKeys[$0] }) ?? contactKeys[0][key] ?? contactKeys[1][key]
      else { continue }
      if closed == .up { contacts.remove(.down) }
      if closed == .down { contacts.remove(.up) }
      if closed == .left { contacts.remove(.right) }
      if closed == .right { contacts.remove(.left) }
      contacts.insert(closed)
    }
    if !contacts.isDisjoint(with: [.up, .down, .left, .right]) { return contacts }
    if hand.stick.x > 0.4 { contacts.insert(.right) }
    if hand.stick.x < -0.4 { contacts.insert(.left) }
    if hand.stick.y > 0.4 { contacts.insert(.up) }
    if hand.stick.y < -0.4 { contacts.insert(.down) }
    return contacts
  }

  // MARK: Actions

  /// The discrete action of a key of its own that is held, else of the contacts: that with the most of
  /// them and no other; nil: none of them does anything here.
  func action(_ hand: Hand, _ contacts: Contacts) -> Int? {
    if let number = hand.held.last(where: { own[$0] != nil }).flatMap({ own[$0] }) { return number }
    var best: (number: Int, count: Int)?
    for (number, chord) in chords.enumerated() {
      guard let chord, chord.isSubset(of: contacts), chord.count > best?.count ?? -1 else {
        continue
      }
      best = (number, chord.count)
    }
    if best == nil || (best!.count == 0 && !contacts.isEmpty) { return idle }
    return best?.number
  }

  /// The action that a key alone stands for.
  func action(of key: String) -> Int? {
    var hand = Hand()
    hand.press(key)
    let contacts = Self.contacts(hand)
    let number = action(hand, contacts)
    return number == idle ? nil : number
  }

  /// Numbers of a box: a polar stick's, or directions to the ends of the first numbers: one number is
  /// sideways; of two the first is upwards.
  func numbers(direction: SIMD2<Double>, isFiring: Bool) -> [Double] {
    if isPolar {
      let radius = min(1, (direction * direction).sum().squareRoot())
      return [radius, radius > 0 ? angle(direction) : 0, isFiring ? 1 : 0]
    }
    return (0..<space.width).map { index in
      let bounds = space.bounds(of: index)
      let rest = bounds.contains(0) ? 0 : bounds.lowerBound
      let upwards = space.width > 1 ? 0 : -1
      let share = index == upwards ? direction.y : index == upwards + 1 ? direction.x : 0
      if share == 0 { return rest }
      // A side without a bound is one away.
      let end = share > 0 ? bounds.upperBound : bounds.lowerBound
      return rest + abs(share) * ((end.isFinite ? end : share > 0 ? 1 : -1) - rest)
    }
  }

  /// CALE's stick: radius, angle and fire.
  var isPolar: Bool {
    guard case .box(let low, let high) = space, low.count == 3 else { return false }
    return low[0] == 0 && high[0] == 1 && low[2] == 0 && high[2] == 1
      && abs(high[1] - .pi) < 1e-5 && low[1] == -high[1]
  }

  private func angle(_ direction: SIMD2<Double>) -> Double {
    let angle = polarAngle(direction)
    let bounds = space.bounds(of: 1)
    return min(max(angle, bounds.lowerBound), bounds.upperBound)
  }

  // MARK: Help

  /// Every action that has a key, with the key.
  func help(players: Int) -> [(keys: String, action: String)] {
    var rows: [(String, String)] = []
    let simple = chords.indices.filter { chords[$0]?.count == 1 }
    for number in simple {
      let keys = Self.contactKeys.prefix(max(players, 1)).map { row in
        row.filter { $0.value == chords[number] }.keys.sorted().map(Command.shown)
          .joined(separator: ", ")
      }
      rows.append((keys.joined(separator: "; B: "), names[number]))
    }
    for (key, number) in own.sorted(by: { $0.value < $1.value }) {
      rows.append((Command.shown(key), names[number]))
    }
    if case .box = space { rows.append(("Arrows, stick, mouse", isPolar ? "stick" : "numbers")) }
    if isPolar { rows.append(("Space", "fire")) }
    return rows
  }
}
