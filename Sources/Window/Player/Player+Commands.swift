import Environment
import Foundation
import Records

extension Player {
  func perform(_ command: Command) throws {
    switch command {
    case .help: isHelpShown.toggle()
    case .pause:
      isPaused.toggle()
      if !isPaused && isHelpShown { isHelpShown = false }
    case .step:
      isPaused = true
      try step()
    case .slower: setSpeed(max(speed - 1, -3))
    case .faster: setSpeed(min(speed + 1, 4))
    case .rewind: if rewind == nil { say("many lanes cannot go back in time") }
    case .back: try back(Int(10 * stepsPerSecond))
    case .beginning: try back(.max)
    case .restart: try change { try restart() }
    case .save: save()
    case .slot:
      slot = slot % 9 + 1
      say("slot \(slot)")
    case .load: try change { try load() }
    case .mode: try change { try turnSwitch("mode") }
    case .difficulty: try change { try turnSwitch("difficulty") }
    case .choose: try change { openChooser() }
    case .take: takeOver()
    case .pointer:
      isPointing.toggle()
      say(isPointing ? "the mouse plays" : "the mouse does not play")
    case .panel: hasPanel.toggle()
    case .sound:
      isMuted.toggle()
      say(isMuted ? "sound off" : "sound on")
    case .nextLane: choose(lane: (lane + 1) % batch.lanes)
    case .lastLane: choose(lane: (lane + batch.lanes - 1) % batch.lanes)
    case .screen: requests.append(.screen)
    case .picture:
      pictures += 1
      requests.append(.picture(path(String(format: "%03d.png", pictures))))
    case .quit:
      if isHelpShown { isHelpShown = false } else { requests.append(.quit) }
    }
  }

  private func setSpeed(_ new: Int) {
    speed = new
    say(speed == 0 ? "as fast as it is meant" : "speed \(shownSpeed)")
  }

  var shownSpeed: String { speed < 0 ? "1/\(1 << -speed)" : "\(1 << speed)x" }

  private func choose(lane new: Int) {
    lane = new
    if batch.lanes > 1 { say("lane \(lane)") }
  }

  private func takeOver() {
    guard let pilot else { return say("nobody else plays") }
    isHuman.toggle()
    say(isHuman ? "you play" : pilot.label)
  }

  /// What actions alone do not bring about again.
  private func change(_ body: () throws -> Void) throws {
    if recording != nil { return say("not while play is recorded") }
    try body()
  }

  // MARK: Switches

  private func turnSwitch(_ name: String) throws {
    guard let console = batch as? any SwitchedBatch, let values = settings.choices[name],
      !values.isEmpty
    else { return say("it has no such switch") }
    if values.count == 1 { return say("it has one \(name) only") }
    let now = name == "mode" ? console.mode(lane: lane) : console.difficulty(lane: lane)
    try turn(console, name, to: values[((values.firstIndex(of: now) ?? -1) + 1) % values.count])
  }

  private func turn(_ console: any SwitchedBatch, _ name: String, to value: Int) throws {
    if name == "mode" {
      try console.set(mode: value, difficulty: nil, lane: lane)
      try restart()
    } else {
      try console.set(mode: nil, difficulty: value, lane: lane)
      try settle(isStep: false)
    }
    say("\(name) \(value)")
  }

  private func openChooser() {
    guard let console = batch as? any SwitchedBatch,
      let chooser = Chooser(
        modes: settings.choices["mode"] ?? [], difficulties: settings.choices["difficulty"] ?? [],
        mode: console.mode(lane: lane))
    else { return say("there is nothing to choose from") }
    self.chooser = chooser
    isHelpShown = false
  }

  /// Keys while the list is open.
  func choose(by key: String) throws {
    let key = key.hasPrefix("pad") ? key.split(separator: " ").last.map(String.init) ?? key : key
    switch key {
    case "left": chooser?.move(right: -1, down: 0)
    case "right": chooser?.move(right: 1, down: 0)
    case "up": chooser?.move(right: 0, down: -1)
    case "down": chooser?.move(right: 0, down: 1)
    case "return", "space", "a":
      guard let chosen = chooser, let console = batch as? any SwitchedBatch else { break }
      chooser = nil
      try turn(console, chosen.name, to: chosen.value)
    case "escape", "b", Command.choose.row.key: chooser = nil
    default: break
    }
  }

  // MARK: Files

  /// In the folder, with the environment's name before it.
  func path(_ ending: String) -> String {
    let name = spec.id.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "-" }
    return "\(settings.folder)/\(String(name.prefix(80)))-\(ending)"
  }

  private func save() {
    do {
      let state = try batch.state(lane: lane)
      try FileManager.default.createDirectory(
        atPath: settings.folder, withIntermediateDirectories: true)
      try AtomicFile.write(Data(state), to: path("\(slot).state"))
      say("saved in \(path("\(slot).state"))")
    } catch let error as EnvironmentError {
      say("not saved: \(error)", seconds: 5)
    } catch let error as FileError {
      say("not saved: \(error)", seconds: 5)
    } catch {
      say("not saved: \(settings.folder) cannot be made", seconds: 5)
    }
  }

  private func load() throws {
    guard let bytes = FileManager.default.contents(atPath: path("\(slot).state")) else {
      return say("there is no \(path("\(slot).state"))")
    }
    do {
      try batch.setState(lane: lane, Array(bytes), into: buffers)
    } catch let error as EnvironmentError {
      return say("\(error)", seconds: 5)
    }
    pilot?.forget()
    try settle(isStep: true)
    say("slot \(slot)")
  }
}
