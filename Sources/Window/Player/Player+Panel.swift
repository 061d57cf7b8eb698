import Environment
import Foundation

/// What is said of play in words and bars.
extension Player {
  /// The line below: what it is, how it stands.
  var barText: (left: String, right: String) {
    var parts: [String] = []
    if spec.players > 1 {
      parts.append("returns \(returns.map(shown).joined(separator: " : "))")
    } else {
      parts.append("return \(shown(returns[0]))")
    }
    parts.append("step \(buffers.episodeLengths.of(Int32.self)[lane])")
    if let lives { parts.append("lives \(lives)") }
    if batch.lanes > 1 { parts.append("lane \(lane)") }
    if speed != 0 { parts.append(shownSpeed) }
    if heldCommands.contains(.rewind) { parts.append("rewind \(depth)") }
    if isPaused { parts.append("paused") }
    if isOver { parts.append("over") }
    if let recording { parts.append("● \(recording.steps.count)") }
    if let pilot { parts.append(isHuman ? "you play" : pilot.label) }
    let left = currentNote ?? mission.flatMap { $0.isEmpty ? nil : $0 } ?? spec.id
    return (left, parts.joined(separator: "   "))
  }

  private var currentNote: String? { note.flatMap { ticks < $0.until ? $0.text : nil } }

  private var lives: Int? {
    guard let place = spec.info("lives"), spec.info[place].element == .int32 else { return nil }
    let width = spec.info[place].count
    return Int(buffers.info[place].of(Int32.self)[lane * width])
  }

  private func shown(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e9
      ? String(Int(number)) : String(format: "%.2f", number)
  }

  var panelRows: [PanelRow] {
    var rows: [PanelRow] = [.heading(spec.id)]
    if let mission, !mission.isEmpty { rows.append(.text(mission)) }
    if let console = batch as? any SwitchedBatch {
      rows.append(.figure("mode", "\(console.mode(lane: lane))"))
      rows.append(.figure("difficulty", "\(console.difficulty(lane: lane))"))
    }
    rows.append(.figure("reward", shown(buffers.rewards.of(Double.self)[lane])))
    rows += pilot?.panel(buffers, lane: lane) ?? []
    if case .box = spec.action { rows += boxRows }
    return rows
  }

  private var boxRows: [PanelRow] {
    let numbers = chosen[0]
    if keys.isPolar {
      return [
        .heading("stick"),
        .stick(
          x: numbers[0] * cos(numbers[1]), y: numbers[0] * sin(numbers[1]),
          isFiring: numbers[2] > 0.5),
      ]
    }
    let bars = numbers.enumerated().map { index, number in
      let bounds = spec.action.bounds(of: index)
      let (low, high) = (max(bounds.lowerBound, -1e6), min(bounds.upperBound, 1e6))
      return PanelRow.Bar(
        name: "\(index)", share: ((number - low) / max(high - low, 1e-9)).clamped(to: 0...1),
        value: String(format: "%.2f", number))
    }
    return [.heading("action"), .bars(bars)]
  }
}
