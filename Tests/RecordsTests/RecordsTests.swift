import Foundation
import Lanes
import Testing

@testable import Records

/// Settings of every kind.
private struct Machine: Configurable {
  enum Mode: String, CaseIterable, Sendable { case slow, fast, veryFast = "very-fast" }

  var mode = Mode.slow
  var isLoud = false
  var gears: UInt8 = 5
  var rate: Float = 0.1
  var limit: Int? = 100
  var size = (3, 4)
  /// Only of fast machines.
  var boost = 1.5

  static func == (one: Machine, two: Machine) -> Bool { one.values == two.values }

  static let owner = "machine"
  static let settings: [Setting<Self>] = [
    .choice("mode", \.mode, "how it runs; sets the gears").changing { $0.gears = 9 },
    .flag("loud", \.isLoud, "noise"),
    .whole("gears", \.gears, 1...300, "number of gears"),
    .number("rate", \.rate, 0...1, "of change"),
    .whole("limit", \.limit, 1...Int(Int32.max), or: "none", "seconds"),
    .text(
      "size", form: "WIDTHxHEIGHT", "of the case", write: { "\($0.size.0)x\($0.size.1)" },
      read: { machine, text in
        let parts = text.split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2 else { return false }
        machine.size = (parts[0], parts[1])
        return true
      }),
    .number("boost", \.boost, 1...2, "above the rate").absent {
      $0.mode == .slow ? "a slow machine" : nil
    },
  ]

  func check() throws(SettingError) {
    if gears == 7, isLoud { throw SettingError("seven gears are never loud") }
  }
}

extension Setting {
  /// Does something else, too, when it is set.
  fileprivate func changing(_ body: @escaping @Sendable (inout Root) -> Void) -> Self {
    let (get, set) = (get, set)
    return Setting(name: name, kind: kind, help: help, get: get) { root, value in
      body(&root)
      return set(&root, value)
    }
  }
}

struct SettingTests {
  private func refusal(_ values: [String: SettingValue]) -> String? {
    do {
      _ = try Machine(values)
      return nil
    } catch {
      return error.description
    }
  }

  @Test(
    "Values come as themselves or as text, from end to end of their range",
    arguments: [
      ("loud", "true", .flag(true)), ("loud", true, .flag(true)), ("gears", "1", .whole(1)),
      ("gears", 255, .whole(255)), ("gears", 2.0, .whole(2)), ("rate", 0, .number(0)),
      ("rate", "1", .number(1)), ("rate", "2.5e-1", .number(0.25)), ("rate", 0.1, .number(0.1)),
      ("limit", "none", "none"), ("limit", "17", .whole(17)), ("mode", "very-fast", "very-fast"),
      ("size", "10x20", "10x20"),
    ] as [(String, SettingValue, SettingValue)])
  func values(name: String, given: SettingValue, kept: SettingValue) throws {
    #expect(try Machine([name: given]).values[name] == kept)
  }

  @Test(
    "What does not suit is refused with what does",
    arguments: [
      ("loud", "yes", "true or false"), ("loud", 1, "true or false"),
      ("gears", 0, "a whole number, 1 to 300"), ("gears", 301, "a whole number, 1 to 300"),
      ("gears", 256, "a whole number, 1 to 300"), ("gears", 2.5, "a whole number, 1 to 300"),
      ("gears", 1e300, "a whole number, 1 to 300"), ("gears", "", "a whole number, 1 to 300"),
      ("gears", true, "a whole number, 1 to 300"), ("rate", 1.0001, "a number, 0 to 1"),
      ("rate", "nan", "a number, 0 to 1"), ("rate", "inf", "a number, 0 to 1"),
      ("rate", "fast", "a number, 0 to 1"), ("limit", 0, "a whole number, 1 or more, or 'none'"),
      ("limit", "never", "a whole number, 1 or more, or 'none'"),
      ("mode", "Fast", "'slow', 'fast' or 'very-fast'"), ("size", "10", "WIDTHxHEIGHT"),
    ] as [(String, SettingValue, String)])
  func refused(name: String, given: SettingValue, allowed: String) {
    #expect(refusal([name: given]) == "machine: \(name) must be \(allowed), not '\(given)'")
  }

  @Test("Unknown names are refused with those that look like them")
  func names() {
    #expect(refusal(["gear": 3]) == "machine has no setting 'gear'; did you mean 'gears'?")
    #expect(
      refusal(["qqqqqq": 3])
        == "machine has no setting 'qqqqqq'; it has mode, loud, gears, rate, limit, size, boost")
    #expect(throws: SettingError("this environment has no setting 'a'; it has none")) {
      try NoSettings(["a": 1])
    }
  }

  @Test("Values apply in the rows' order, and the whole is checked")
  func order() throws {
    #expect(try Machine(["gears": 3, "mode": "fast"]).gears == 3)
    #expect(try Machine(["mode": "fast"]).gears == 9)
    #expect(refusal(["gears": 7, "loud": true]) == "seven gears are never loud")
  }

  @Test("A setting exists only beside some others")
  func absent() throws {
    #expect(refusal(["boost": 1.5]) == "a slow machine has no setting 'boost'")
    #expect(try Machine(["boost": 1.75, "mode": "fast"]).boost == 1.75)
    #expect(Machine().values["boost"] == nil)
    #expect(!Machine().descriptions.contains { $0.name == "boost" })
    #expect(try Machine(["mode": "fast"]).values["boost"] == 1.5)
  }

  @Test("Values that are refused leave everything as it was")
  func whole() {
    var machine = Machine()
    #expect(throws: SettingError.self) { try machine.change(["mode": "fast", "rate": 2]) }
    #expect(throws: SettingError.self) { try machine.change(["gears": 7, "loud": true]) }
    #expect(machine.mode == .slow && machine.gears == 5)
  }

  @Test("Values make an equal value again")
  func again() throws {
    let machine = try Machine(["mode": "fast", "rate": 0.3, "limit": "none", "size": "1x2"])
    #expect(try Machine(machine.values) == machine)
    let json = try JSONEncoder().encode(machine.values)
    #expect(try Machine(JSONDecoder().decode([String: SettingValue].self, from: json)) == machine)
  }

  @Test("A part's settings are settings of the whole")
  func within() throws {
    struct Factory: Configurable {
      var machine = Machine()
      static let owner = "factory"
      static let settings: [Setting<Self>] = Machine.settings.map { $0.within(\.machine) }
    }
    #expect(try Factory(["gears": 2]).machine.gears == 2)
    #expect(throws: SettingError("a slow machine has no setting 'boost'")) {
      try Factory(["boost": 1.2])
    }
  }
}

struct SettingValueTests {
  @Test(
    "Values are bare in JSON",
    arguments: [
      (.flag(true), "true"), (.whole(.max), "9223372036854775807"),
      (.whole(.min), "-9223372036854775808"), (.number(0.1), "0.1"), (.number(1e-7), "1e-07"),
      (.number(1e300), "1e+300"), (.text("1"), "\"1\""), (.text("å\"\n"), #""å\"\n""#),
    ] as [(SettingValue, String)])
  func json(value: SettingValue, text: String) throws {
    let data = try JSONEncoder().encode([value])
    #expect(String(decoding: data, as: UTF8.self) == "[\(text)]")
    #expect(try JSONDecoder().decode([SettingValue].self, from: data) == [value])
  }

  @Test("Numbers of a file keep their worth, whatever they look like")
  func numbers() throws {
    let text = "[1e3, 2.0, 9223372036854775808, -0.5, 1E-3]"
    let read = try JSONDecoder().decode([SettingValue].self, from: Data(text.utf8))
    #expect(read[2...].elementsEqual([.number(9_223_372_036_854_775_808), -0.5, 0.001]))
    #expect(read[0].description == "1000" && read[1].description == "2")
    #expect(SettingKind.whole(0...5000).read(read[0]) == .whole(1000))
    #expect(SettingKind.whole(0...Int.max).read(read[2]) == nil)
    for bad in ["[null]", "[[1]]", "[{}]"] {
      #expect(throws: (any Error).self) {
        try JSONDecoder().decode([SettingValue].self, from: Data(bad.utf8))
      }
    }
  }

  @Test("Names are near by their letters")
  func near() {
    #expect(nearest(to: "pong", among: ["ALE/Pong-v5", "ALE/Skiing-v5"]) == ["ALE/Pong-v5"])
    #expect(nearest(to: "lerning-rate", among: ["learning-rate", "rate"]) == ["learning-rate"])
    #expect(nearest(to: "clip-vecto", among: ["clip-value", "clip-vector"]) == ["clip-vector"])
    #expect(nearest(to: "-", among: ["a"]) == [])
  }
}

struct StateVisitorTests {
  private struct Values: Equatable {
    var byte: UInt8 = 0xAB
    var word: Int32 = -5
    var wide: UInt64 = 1 << 63 | 3
    var isOn = true
    var single: Float = -0.0
    var double = Double.infinity
    var memory: [UInt8] = [1, 2, 3]
    var random = SplitMix64(seed: 77)

    mutating func visit(_ state: inout some StateVisitor) {
      state.visit(&byte)
      state.visit(&word)
      state.generator {
        $0.visit(&wide)
        $0.visit(&random)
      }
      state.visit(&isOn)
      state.visit(&single)
      state.visit(&double)
      memory.withUnsafeMutableBytes { state.visit($0) }
    }
  }

  private let zero = Values(
    byte: 0, word: 0, wide: 0, isOn: false, single: 0, double: 0, memory: [0, 0, 0],
    random: SplitMix64(seed: 0))

  private var bytes: [UInt8] {
    var (values, writer) = (Values(), ByteWriter())
    values.visit(&writer)
    return writer.bytes
  }

  @Test("What is written is read, little end first")
  func round() {
    #expect(bytes.count == 1 + 4 + 8 + 8 + 1 + 4 + 8 + 3)
    #expect(Array(bytes.prefix(6)) == [0xAB, 0xFB, 0xFF, 0xFF, 0xFF, 3])
    var (values, reader) = (zero, ByteReader(bytes[...]))
    values.visit(&reader)
    #expect(values == Values() && values.single.sign == .minus)
    #expect(reader.rest.isEmpty && !reader.isShort)
  }

  @Test("Generators can stay as they are while the rest is read")
  func generators() {
    var (values, reader) = (zero, ByteReader(bytes[...]))
    reader.skipsGenerators = true
    values.visit(&reader)
    #expect(values.wide == 0 && values.random == SplitMix64(seed: 0))
    #expect(values.byte == 0xAB && values.double == .infinity && values.memory == [1, 2, 3])
    #expect(reader.rest.isEmpty && !reader.isShort)
  }

  @Test("Too few bytes read as zeros, and are noticed")
  func short() {
    for count in bytes.indices {
      var (values, reader) = (Values(), ByteReader(bytes.prefix(count)))
      values.visit(&reader)
      #expect(reader.isShort && reader.rest.isEmpty)
      #expect(values.memory == [0, 0, 0])
      #expect(count < 4 || values.byte == 0xAB)
    }
    var reader = ByteReader([1, 2, 3][...])
    #expect(reader.take(4) == nil && reader.take(-1) == nil)
    #expect(reader.take(3) == [1, 2, 3] && reader.take(0) == [])
    #expect(reader.next(UInt8.self) == 0 && reader.isShort)
  }
}
