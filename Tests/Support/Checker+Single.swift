import Environment
import Foundation
import Records

// What can be seen in one batch.

extension Checker {
  func checkSpec() throws {
    for mode in modes {
      let batch = try make(3, mode)
      let spec = batch.spec
      try require(spec.autoreset == mode, "the spec says \(spec.autoreset), asked for \(mode)")
      try require(spec.id == row.id, "the spec's id is \(spec.id)")
      try require(batch.lanes == 3 && batch.pieces > 0, "lanes or pieces")
      try check(spec)
    }
    let names = row.settings().map(\.name)
    try require(Set(names).count == names.count, "a setting is listed twice")
    let shown = Dictionary(uniqueKeysWithValues: row.settings().map { ($0.name, $0.value) })
    let (plain, full) = (try row.make(1, [:], 1).spec, try row.make(1, shown, 1).spec)
    try require(plain == full, "the defaults that are shown make another spec")
  }

  private func check(_ spec: EnvironmentSpec) throws {
    let fields = spec.observation + spec.info
    try require(!spec.observation.isEmpty, "there is no observation")
    try require(Set(fields.map(\.name)).count == fields.count, "two fields have one name")
    for field in fields { try check(field) }
    try require(spec.players > 0 && spec.framesPerStep > 0, "players or frames a step")
    try require(spec.stepLimit ?? 1 > 0 && !spec.tasks.isEmpty, "step limit or tasks")
    switch spec.action {
    case .discrete(let count):
      try require(count > 0, "no actions")
      try require([0, count].contains(spec.actionNames.count), "names of \(count) actions")
    case .multiDiscrete(let counts):
      try require(!counts.isEmpty && counts.allSatisfy { $0 > 0 }, "no actions")
    case .box(let low, let high):
      try require(low.count == high.count && !low.isEmpty, "the box has two shapes")
      try require(zip(low, high).allSatisfy { $0 < $1 }, "the box is empty")
    }
    let copy = try JSONDecoder().decode(EnvironmentSpec.self, from: JSONEncoder().encode(spec))
    try require(copy == spec, "the spec does not survive JSON")
  }

  private func check(_ field: Field) throws {
    let name = field.name
    try require(!name.isEmpty && field.shape.allSatisfy { $0 > 0 }, "\(name): shape \(field.shape)")
    for bounds in [field.low, field.high] {
      try require([0, 1, field.count].contains(bounds.count), "\(name): \(bounds.count) bounds")
    }
    let isWhole = field.element == .uint8 || field.element == .int32
    switch field.role {
    case .picture(_, let stack):
      try require(field.element == .uint8 && stack > 0, "\(name): a picture has bytes")
      try require([3, 4].contains(field.shape.count), "\(name): shape of a picture")
    case .planes: try require(field.shape.count == 3, "\(name): shape of planes")
    case .symbols(let bounds):
      try require(isWhole && bounds.count == field.shape.last, "\(name): symbols' bounds")
    case .mask: try require(isWhole, "\(name): a mask has whole numbers")
    case .choice(let count), .tokens(let count):
      try require(isWhole && count > 0, "\(name): ids are whole numbers")
    case .text: try require(field.element == .uint8, "\(name): a text has bytes")
    case .vector: break
    }
    for index in 0..<field.count where field.low.count > 1 || field.high.count > 1 || index == 0 {
      _ = field.bounds(of: index)
    }
  }

  func checkBounds() throws {
    let player = try player(3)
    try player.begin()
    for step in 0...steps {
      for column in player.buffers.observations + player.buffers.info {
        for lane in 0..<3 { try check(column, lane, "step \(step)") }
      }
      for lane in 0..<3 where step > 0 && player.flag(player.buffers.ended, lane) {
        for column in player.buffers.finalObservations + player.buffers.finalInfo {
          try check(column, lane, "step \(step)")
        }
      }
      let buffers = player.buffers
      for column in [buffers.terminated, buffers.truncated, buffers.ended] {
        try require(column.bytes.allSatisfy { $0 < 2 }, "\(column.field.name) is neither 0 nor 1")
      }
      try player.step()
    }
  }

  private func check(_ column: Column, _ lane: Int, _ place: String) throws {
    let field = column.field
    let row = column.row(lane)
    for index in 0..<field.count {
      let value: Double =
        switch field.element {
        case .uint8: Double(row[index])
        case .int32: Double(row.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self))
        case .float32: Double(row.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))
        case .float64: row.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)
        }
      if case .picture = field.role, field.low.isEmpty, field.high.isEmpty { return }
      let bounds = field.bounds(of: index)
      try require(
        bounds.contains(value),
        "\(place), lane \(lane): \(field.name)[\(index)] is \(value), not in \(bounds)")
    }
  }

  func checkWritten() throws {
    var tapes: [[[UInt64]]] = []
    for byte: UInt8 in [0x5A, 0xA5] {
      let memory = CallerMemory()
      let player = try player(5, memory: memory)
      memory.fill(with: byte) { _ in true }
      try player.begin()
      for _ in 0..<steps {
        memory.fill(with: byte) { name in
          !player.buffers.observations.contains { $0.field.name == name }
        }
        try player.step()
      }
      try require(memory.overrun == nil, "written beside the column \(memory.overrun ?? "")")
      tapes.append(player.tapes)
    }
    for lane in 0..<5 { try same(tapes[0][lane], tapes[1][lane], "lane \(lane), not all written:") }
  }

  func checkRefusals() throws {
    let early = try player(3)
    early.act()
    try refused("a step before the first reset") { try early.batch.step(early.buffers) }
    let player = try play(67, steps: 2)
    let (batch, buffers) = (player.batch, player.buffers)
    let before = try player.lanes.map { (player.view($0), try batch.state(lane: $0)) }
    func unchanged(_ what: String, _ body: () throws -> Void) throws {
      try refused(what, body)
      for lane in player.lanes {
        let now = (player.view(lane), try batch.state(lane: lane))
        try require(now == before[lane], "lane \(lane) has moved by \(what)")
      }
    }
    for lane in [0, 66] {
      try outOfRange(batch.spec.action) { name, index, whole, number in
        player.act()
        let row = ((batch.spec.players - 1) * batch.lanes + lane) * batch.spec.action.width + index
        if batch.spec.action.element == .int32 {
          buffers.actions.writable(Int32.self)[row] = whole
        } else {
          buffers.actions.writable(Float.self)[row] = number
        }
        try unchanged("action \(name) in lane \(lane)") { try batch.step(buffers) }
      }
    }
    let seeds = [seed(0)]
    try unchanged("a reset with too few seeds") { try batch.reset(seeds: seeds, buffers) }
    try unchanged("a reset of lane 67") { try batch.reset([0, 67], buffers) }
    try unchanged("a reset of lane -1") { try batch.reset([-1], buffers) }
    try unchanged("a reset of a lane twice") { try batch.reset([1, 1], buffers) }
    let small = StepBuffers(spec: batch.spec, lanes: 66)
    try unchanged("smaller buffers") { try batch.step(small) }
    try refused("no lanes") { _ = try make(0) }
    for lane in [-1, 67] {
      try refused("a picture of lane \(lane)") { _ = try batch.render(lane: lane) }
      try refused("the state of lane \(lane)") { _ = try batch.state(lane: lane) }
    }
  }

  private func outOfRange(
    _ action: ActionSpace, _ body: (_ name: String, Int, Int32, Float) throws -> Void
  ) throws {
    for index in 0..<action.width {
      switch action {
      case .discrete, .multiDiscrete:
        let most = Int32(action.bounds(of: index).upperBound)
        for whole in [most + 1, -1, .max, .min] { try body("\(whole)", index, whole, 0) }
      case .box(let low, let high):
        let beyond = [high[index].nextUp, low[index].nextDown, .nan]
        for number in beyond { try body("\(number)", index, 0, number) }
      }
    }
  }

  func refused(_ what: String, _ body: () throws -> Void) throws {
    do { try body() } catch { return }
    throw Broken("\(what) is not refused")
  }

  func checkSums() throws {
    let player = try player(5)
    let buffers = player.buffers
    try player.begin()
    let rows = player.batch.spec.players * 5
    var sums = [Double](repeating: 0, count: rows)
    var lengths = [Int32](repeating: 0, count: 5)
    for step in 0..<steps {
      try player.step()
      for row in 0..<rows {
        sums[row] += buffers.rewards.of(Double.self)[row]
        let shown = buffers.episodeReturns.of(Double.self)[row]
        let isSum = shown == sums[row] || abs(shown - sums[row]) < 1e-9 * max(1, abs(shown))
        try require(
          isSum || !sumsRewards,
          "step \(step), row \(row): the return is \(shown), the rewards' sum \(sums[row])")
        if player.flag(buffers.ended, row % 5) { sums[row] = 0 }
      }
      for lane in 0..<5 {
        lengths[lane] += 1
        let shown = buffers.episodeLengths.of(Int32.self)[lane]
        try require(
          shown == lengths[lane],
          "step \(step), lane \(lane): the length is \(shown) after \(lengths[lane]) steps")
        if player.flag(buffers.ended, lane) { lengths[lane] = 0 }
      }
    }
  }

  func checkFlags() throws {
    let player = try player(5)
    let buffers = player.buffers
    try player.begin()
    for step in 0..<steps {
      try player.step()
      for lane in 0..<5 {
        let (ended, cut) = (player.flag(buffers.ended, lane), player.flag(buffers.truncated, lane))
        let isFlagged = cut || player.flag(buffers.terminated, lane)
        try require(isFlagged || !ended, "step \(step), lane \(lane): an end without a flag")
        try require(ended || !cut, "step \(step), lane \(lane): truncated without an end")
        if !isFlagged || ended { continue }
        for (one, other) in zip(
          buffers.observations + buffers.info, buffers.finalObservations + buffers.finalInfo)
        {
          try require(
            hash(one.row(lane)) == hash(other.row(lane)),
            "step \(step), lane \(lane): terminated in its episode, with another final observation")
        }
      }
    }
  }

  func checkLimit() throws {
    let player = try player(5)
    guard let limit = player.batch.spec.stepLimit, limit <= 1000 else { return }
    let buffers = player.buffers
    try player.begin()
    for step in 0..<max(steps, 2 * limit + 1) {
      try player.step()
      for lane in 0..<5 {
        let length = Int(buffers.episodeLengths.of(Int32.self)[lane])
        let isCut = player.flag(buffers.truncated, lane)
        try require(
          length < limit || (length == limit && isCut),
          "step \(step), lane \(lane): length \(length) of \(limit), truncated: \(isCut)")
      }
    }
  }
}
