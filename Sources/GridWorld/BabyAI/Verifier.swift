/// Whether an instruction has been followed, step by step.
extension GridRule {
  static let followsInstruction = GridRule { world, action, outcome in
    if action == .drop { world.look() }
    switch world.verify(action) {
    case .success: outcome.end(world.success)
    case .failure: outcome.end()
    case .going: return
    }
  }
}

enum Progress {
  case going, success, failure
}

extension World {
  /// Notes where things are: instructions know them as they lay when something was last put down.
  fileprivate func look() {
    let things = slot.things
    for number in slot.numbers {
      things[number].known = things[number].at
    }
  }

  fileprivate func verify(_ action: Action) -> Progress {
    let program = slot.program
    let first = 0..<Int(program.pointee.first)
    let second = first.upperBound..<program.pointee.count
    switch program.pointee.order {
    case .alone: return verify(first, program, action)
    case .before: return verify(first, then: second, program, action)
    case .after: return verify(second, then: first, program, action)
    }
  }

  private func verify(
    _ group: Range<Int>, then other: Range<Int>, _ program: UnsafeMutablePointer<Program>,
    _ action: Action
  ) -> Progress {
    if program.pointee.done & 16 == 0 {
      let progress = verify(group, program, action)
      if progress != .success { return progress }
      program.pointee.done |= 16
    }
    return verify(other, program, action)
  }

  /// One action, or both of two in any order.
  private func verify(
    _ group: Range<Int>, _ program: UnsafeMutablePointer<Program>, _ action: Action
  ) -> Progress {
    if group.count == 1 {
      return verify(&program.pointee.clauses[group.lowerBound], action)
    }
    for index in group where program.pointee.done >> UInt8(index) & 1 == 0 {
      if verify(&program.pointee.clauses[index], action) == .success {
        program.pointee.done |= 1 << UInt8(index)
      }
    }
    return group.allSatisfy { program.pointee.done >> UInt8($0) & 1 == 1 } ? .success : .going
  }

  private func verify(_ clause: inout Clause, _ action: Action) -> Progress {
    switch clause.verb {
    case .goTo: return isBefore(clause.object) ? .success : .going
    case .open: return action == .toggle ? verifyOpening(clause) : .going
    case .pickUp: return verifyTaking(&clause, action)
    case .putNext: return verifyPutting(&clause, action)
    }
  }

  /// Whether one of the objects was last known to be right ahead.
  private func isBefore(_ description: Description) -> Bool {
    let (front, things) = (frontRow, slot.things)
    var left = description.set
    while left != 0 {
      if Int(things[left.trailingZeroBitCount].known) == front { return true }
      left &= left - 1
    }
    return false
  }

  private func verifyOpening(_ clause: Clause) -> Progress {
    let front = frontRow
    let ahead = cell(row: front)
    if ahead.kind == .openDoor && clause.object.contains(number(row: front)) { return .success }
    return clause.isStrict && ahead.kind.isDoor ? .failure : .going
  }

  private func verifyTaking(_ clause: inout Clause, _ action: Action) -> Progress {
    let before = clause.before
    clause.before = UInt8(carriedNumber)
    guard action == .pickup else { return .going }
    if before == 0 && clause.object.contains(carriedNumber) { return .success }
    return clause.isStrict && carriedNumber != 0 ? .failure : .going
  }

  private func verifyPutting(_ clause: inout Clause, _ action: Action) -> Progress {
    let before = Int(clause.before)
    clause.before = UInt8(carriedNumber)
    guard action == .drop, clause.object.contains(before), let row = row(of: before) else {
      return .going
    }
    let place = shape.place(row: row)
    var left = clause.second.set
    while left != 0 {
      let known = slot.things[left.trailingZeroBitCount].known
      if known >= 0 && shape.place(row: Int(known)).distance(to: place) == 1 { return .success }
      left &= left - 1
    }
    return .going
  }
}
