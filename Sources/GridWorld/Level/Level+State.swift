import Lanes
import Records

/// A level's values.
extension Level {
  /// All of them but those that follow from others.
  func visit(_ slot: Slot, _ state: inout some StateVisitor) {
    visitHead(slot, &state)
    // Those beyond hold nothing.
    let objects = min(Int(slot.head.pointee.objects), GridShape.mostObjects - 1)
    for number in 1..<objects + 1 {
      state.visit(&slot.things[number].at)
      state.visit(&slot.things[number].known)
      state.visit(&slot.things[number].content)
      state.visit(&slot.things[number].contentNumber)
    }
    for y in 0..<height {
      visit(slot, shape.rows, y, &state)
      visit(slot, shape.numbers, y, &state)
    }
    state.visit(UnsafeMutableRawBufferPointer(start: slot.bytes(shape.text), count: shape.letters))
    let old = self.slot
    self.slot = slot
    if (0...shape.letters).contains(Int(slot.head.pointee.letters)) {
      slot.bytes(shape.tokens).update(repeating: 0, count: shape.words)
      spell()
    }
    turnColumns()
    self.slot = old
  }

  private func visit(_ slot: Slot, _ plane: Int, _ y: Int, _ state: inout some StateVisitor) {
    state.visit(
      UnsafeMutableRawBufferPointer(start: slot.bytes(plane) + shape.row(0, y), count: width))
  }

  private func visitHead(_ slot: Slot, _ state: inout some StateVisitor) {
    let head = slot.head
    state.visit(&head.pointee.objects)
    state.visit(&head.pointee.letters)
    for index in 0..<8 { state.visit(&head.pointee.marks[index]) }
    head.pointee.program.visit(&state)
  }

  func isSound(_ cell: Cell) -> Bool {
    let kind = cell.code & 15
    return kind >= 1 && kind < 13 + kinds.own.count && cell.code >> 4 & 7 < 6
  }

  /// Nowhere, or in the grid.
  private func isSound(_ row: Int16) -> Bool {
    row == -1 || shape.contains(shape.place(row: Int(row)))
  }

  /// Why a level must not be played; nil: it may.
  func flaw(_ slot: Slot) -> String? {
    let head = slot.head.pointee
    guard head.objects < GridShape.mostObjects, (0...shape.letters).contains(Int(head.letters))
    else {
      return "a count of its level is out of range"
    }
    for number in slot.numbers {
      let thing = slot.things[number]
      guard isSound(thing.at), isSound(thing.known), thing.contentNumber <= head.objects,
        isSound(Cell(code: thing.content))
      else { return "an object of its level is none" }
    }
    for y in 0..<height {
      for x in 0..<width {
        let row = shape.row(x, y)
        guard isSound(Cell(code: slot.bytes(shape.rows)[row])),
          slot.bytes(shape.numbers)[row] <= head.objects
        else { return "a cell of its level is out of range" }
      }
    }
    let marks = (0..<8).allSatisfy { (-1..<Int32(shape.plane)).contains(head.marks[$0]) }
    return marks && head.program.isSound ? nil : "its task is out of range"
  }
}

extension Program {
  mutating func visit(_ state: inout some StateVisitor) {
    state.visit(&first)
    state.visit(&second)
    var order = order.rawValue
    state.visit(&order)
    self.order = Order(rawValue: order) ?? .alone
    state.visit(&done)
    for index in 0..<4 { clauses[index].visit(&state) }
  }

  var isSound: Bool { first <= 2 && second <= 2 && first + second <= 4 }
}

extension Clause {
  mutating func visit(_ state: inout some StateVisitor) {
    var verb = verb.rawValue
    state.visit(&verb)
    self.verb = Verb(rawValue: verb) ?? .goTo
    state.visit(&isStrict)
    state.visit(&before)
    object.visit(&state)
    second.visit(&state)
  }
}

extension Description {
  mutating func visit(_ state: inout some StateVisitor) {
    state.visit(&kind)
    state.visit(&colour)
    var side = side.rawValue
    state.visit(&side)
    self.side = Side(rawValue: side) ?? .any
    state.visit(&set)
  }
}
