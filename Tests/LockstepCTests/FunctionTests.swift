import CLockstep
import Foundation
import Testing

/// As a program in C calls it.
@Suite("C interface")
struct FunctionTests {
  private func make(
    _ id: String, lanes: Int64 = 3, threads: Int64 = 2, _ settings: String? = nil
  ) throws -> OpaquePointer {
    var error: UnsafeMutablePointer<CChar>?
    let batch = lockstep_make(id, lanes, threads, settings, &error)
    #expect((batch == nil) == (error != nil))
    guard let batch else { throw Refusal(text: taken(error!)) }
    return batch
  }

  private struct Refusal: Error, Equatable { let text: String }

  private func taken(_ text: UnsafeMutablePointer<CChar>) -> String {
    defer { lockstep_release(text) }
    return String(cString: text)
  }

  private func refusal(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Int32)
    -> String?
  {
    var error: UnsafeMutablePointer<CChar>?
    let status = body(&error)
    #expect((status == 0) == (error == nil))
    return error.map(taken)
  }

  private struct View: Decodable {
    struct Column: Decodable {
      let name: String
      let shape: [Int]
      let element: String
    }
    let columns: [Column]
    let steps_per_second: Double
  }

  @Test("Steps write where the caller's columns lie; states bring them back")
  func steps() throws {
    let batch = try make("CartPole-v1", #"{"step-limit": 7, "autoreset": "same-step"}"#)
    defer { lockstep_free(batch) }
    let view = try JSONDecoder().decode(
      View.self, from: Data(taken(lockstep_spec(batch)).utf8))
    let names = view.columns.map(\.name)
    let observation = try #require(names.firstIndex(of: "observation"))
    let truncated = try #require(names.firstIndex(of: "truncated"))
    #expect(names[0] == "actions" && view.columns[observation].shape == [3, 4])
    #expect(view.steps_per_second == 50)
    #expect(view.columns[observation].element == "float32")

    var places = [UnsafeMutableRawPointer?](repeating: nil, count: names.count)
    let shown = UnsafeMutablePointer<Float>.allocate(capacity: 12)
    defer { shown.deallocate() }
    places[observation] = UnsafeMutableRawPointer(shown)
    #expect(refusal { lockstep_bind(batch, Int64(places.count), places, $0) } == nil)
    #expect(refusal { lockstep_reset(batch, nil, [1, 2, 3], $0) } == nil)
    let first = (0..<12).map { shown[$0] }
    #expect(refusal { lockstep_save(batch, 3, [0, 1, 2], [5, 6, 7], $0) } == nil)
    var flags: [UInt8] = []
    for _ in 0..<7 {
      #expect(refusal { lockstep_step(batch, $0) } == nil)
      let column = try #require(lockstep_column(batch, Int64(truncated)))
      flags.append(column.load(as: UInt8.self))
    }
    #expect(flags == [0, 0, 0, 0, 0, 0, 1])
    #expect(refusal { lockstep_restore(batch, 3, [0, 1, 2], [5, 6, 7], $0) } == nil)
    #expect((0..<12).map { shown[$0] } == first)
  }

  @Test(
    "What cannot be made is refused in a line",
    arguments: [
      ("Nope-v0", 1, 1, nil), ("CartPole-v1", 0, 1, nil), ("CartPole-v1", .min, 1, nil),
      ("CartPole-v1", 1, -1, nil), ("CartPole-v1", 1, .max, nil), ("CartPole-v1", 1, 1, "[1]"),
      ("CartPole-v1", 1, 1, #"{"low": "x"}"#), ("CartPole-v1", 1, 1, "{"),
    ] as [(String, Int64, Int64, String?)])
  func refused(id: String, lanes: Int64, threads: Int64, settings: String?) {
    let refusal = #expect(throws: Refusal.self) {
      lockstep_free(try make(id, lanes: lanes, threads: threads, settings))
    }
    #expect(refusal.map { !$0.text.isEmpty && !$0.text.contains("\n") } == true)
  }

  @Test("Calls that do not suit are refused, and the batch goes on")
  func calls() throws {
    let batch = try make("CartPole-v1")
    defer { lockstep_free(batch) }
    #expect(refusal { lockstep_step(batch, $0) } == "step before the first reset")
    #expect(refusal { lockstep_reset(batch, nil, nil, $0) } == nil)
    let odd = UnsafeMutableRawPointer(bitPattern: 0x1001)
    let places = [odd] + [UnsafeMutableRawPointer?](repeating: nil, count: 8)
    for count in [-1, 0, 8, Int64.max] {
      #expect(refusal { lockstep_bind(batch, count, places, $0) } != nil, "\(count)")
    }
    #expect(refusal { lockstep_bind(batch, 9, places, $0) } != nil)
    for lane in [Int64.min, -1, 3, .max] {
      var (width, height): (Int64, Int64) = (0, 0)
      #expect(lockstep_state(batch, lane, &width, nil) == nil)
      #expect(lockstep_render(batch, lane, &width, &height, nil) == nil)
      #expect(refusal { lockstep_set_state(batch, lane, [1], 1, $0) } != nil)
      #expect(refusal { lockstep_save(batch, 1, [lane], [0], $0) } != nil)
      #expect(lockstep_column(batch, lane &+ 100) == nil)
    }
    #expect(refusal { lockstep_restore(batch, 1, [0], [9], $0) } == "slot 9 is empty")
    for count in [Int64.min, -1, 1 << 40, .max] {
      #expect(refusal { lockstep_save(batch, count, [0], [0], $0) } != nil, "\(count)")
      #expect(refusal { lockstep_restore(batch, count, [0], [0], $0) } != nil, "\(count)")
      #expect(refusal { lockstep_set_state(batch, 0, [1], count, $0) } != nil, "\(count)")
    }
    #expect(refusal { lockstep_set_state(batch, 0, [1], -1, $0) } != nil)
    #expect(refusal { lockstep_step(batch, $0) } == nil)
  }

  @Test("Slots of any numbers hold what was saved last")
  func slots() throws {
    let lanes = 150
    let batch = try make("CartPole-v1", lanes: Int64(lanes))
    defer { lockstep_free(batch) }
    #expect(refusal { lockstep_reset(batch, nil, nil, $0) } == nil)
    func shown() throws -> [Float] {
      let column = try #require(lockstep_column(batch, 1)).assumingMemoryBound(to: Float.self)
      return (0..<4 * lanes).map { column[$0] }
    }
    let all = (0..<lanes).map(Int64.init)
    // Far more than one store holds, below zero and far above it.
    let (early, late) = (all.map { $0 * 1_000_003 - .max / 2 }, all.map { $0 - 5 })
    #expect(refusal { lockstep_save(batch, 150, all, late, $0) } == nil)
    let first = try shown()
    #expect(refusal { lockstep_step(batch, $0) } == nil)
    let second = try shown()
    #expect(refusal { lockstep_save(batch, 150, all, early, $0) } == nil)
    #expect(refusal { lockstep_save(batch, 150, all, Array(late.reversed()), $0) } == nil)
    #expect(refusal { lockstep_save(batch, 2, [0, 1], [7, 7], $0) } == "slot 7 is named twice")
    #expect(refusal { lockstep_restore(batch, 2, [0, 1], [7, 1000], $0) } == "slot 1000 is empty")
    #expect(try shown() == second)
    #expect(refusal { lockstep_step(batch, $0) } == nil)
    #expect(refusal { lockstep_restore(batch, 150, all, early, $0) } == nil)
    #expect(try shown() == second && second != first)
    let one = [Int64](repeating: late[3], count: lanes)
    #expect(refusal { lockstep_restore(batch, 150, all, one, $0) } == nil)
    let copied = try shown()
    #expect((0..<lanes).allSatisfy { copied[4 * $0] == second[4 * (lanes - 4)] })
  }

  @Test("Errors say what kind they are")
  func kinds() throws {
    func kind(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Void) throws -> Int32
    {
      var error: UnsafeMutablePointer<CChar>?
      body(&error)
      let text = try #require(error)
      defer { lockstep_release(text) }
      return lockstep_error_kind(text)
    }
    let batch = try make("CartPole-v1")
    defer { lockstep_free(batch) }
    #expect(try kind { _ = lockstep_step(batch, $0) } == Int32(lockstep_error_time))
    #expect(
      try kind { _ = lockstep_make("Nope", 1, 1, nil, $0) } == Int32(lockstep_error_value))
    #expect(
      try kind { _ = lockstep_make("Lockstep/Courier-v0", 1 << 20, 1, #"{"preset": "raw"}"#, $0) }
        == Int32(lockstep_error_memory))
  }
}
