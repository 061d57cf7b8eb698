import CLockstep
import Catalog
import Environment
import FoundationEssentials
import Glibc
import Lanes
import Records

public typealias ErrorPlace = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?

// MARK: What there is

@c @implementation public func lockstep_version() -> Int32 { LOCKSTEP_VERSION }

@c @implementation public func lockstep_build_info() -> UnsafeMutablePointer<CChar> {
  text([
    "version": lockstepVersion, "kernels": KernelLevel.name, "roms": Catalog.filesFolder,
  ])
}

@c @implementation public func lockstep_catalogue() -> UnsafeMutablePointer<CChar> {
  text(Catalog.rows.map { EnvironmentEntry($0, isTried: false) })
}

// MARK: A batch's life

@c @implementation public func lockstep_make(
  _ id: UnsafePointer<CChar>, _ lanes: Int64, _ threads: Int64,
  _ settings: UnsafePointer<CChar>?, _ error: ErrorPlace
) -> OpaquePointer? {
  attempt(error) {
    let values = try settings.map { try settingValues(String(cString: $0)) } ?? [:]
    let handle = try Handle(
      String(cString: id), lanes: Int(lanes), threads: Int(threads), values)
    return OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
  }
}

@c @implementation public func lockstep_free(_ batch: OpaquePointer?) {
  // In a child of fork() its threads are not there to be ended.
  guard let batch, handle(batch).isOfThisProcess else { return }
  Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(batch)).release()
}

@c @implementation public func lockstep_spec(
  _ batch: OpaquePointer
) -> UnsafeMutablePointer<CChar> {
  text(HandleView(handle(batch)))
}

@c @implementation public func lockstep_bind(
  _ batch: OpaquePointer, _ count: Int64, _ columns: UnsafePointer<UnsafeMutableRawPointer?>,
  _ error: ErrorPlace
) -> Int32 {
  call(batch, error) {
    try $0.bind(UnsafeBufferPointer(start: columns, count: max(0, Int(count))))
  }
}

@c @implementation public func lockstep_column(
  _ batch: OpaquePointer, _ column: Int64
) -> UnsafeMutableRawPointer? {
  let columns = handle(batch).columns
  guard columns.indices.contains(Int(column)) else { return nil }
  return UnsafeMutableRawPointer(mutating: columns[Int(column)].column.bytes.baseAddress)
}

// MARK: Steps

@c @implementation public func lockstep_reset(
  _ batch: OpaquePointer, _ mask: UnsafePointer<UInt8>?, _ seeds: UnsafePointer<UInt64>?,
  _ error: ErrorPlace
) -> Int32 {
  call(batch, error) { try $0.reset(mask, seeds) }
}

@c @implementation public func lockstep_step(
  _ batch: OpaquePointer, _ error: ErrorPlace
) -> Int32 {
  call(batch, error) { try $0.batch.step($0.buffers, on: $0.pool) }
}

@c @implementation public func lockstep_render(
  _ batch: OpaquePointer, _ lane: Int64, _ width: UnsafeMutablePointer<Int64>,
  _ height: UnsafeMutablePointer<Int64>, _ error: ErrorPlace
) -> UnsafeMutablePointer<UInt8>? {
  attempt(error) {
    let handle = handle(batch)
    let picture = try handle.use { try handle.batch.render(lane: Int(lane)) }
    (width.pointee, height.pointee) = (Int64(picture.width), Int64(picture.height))
    return copy(picture.rgb)
  }
}

// MARK: States

@c @implementation public func lockstep_state(
  _ batch: OpaquePointer, _ lane: Int64, _ bytes: UnsafeMutablePointer<Int64>,
  _ error: ErrorPlace
) -> UnsafeMutablePointer<UInt8>? {
  attempt(error) {
    let handle = handle(batch)
    let state = try handle.use { try handle.batch.state(lane: Int(lane)) }
    bytes.pointee = Int64(state.count)
    return copy(state)
  }
}

@c @implementation public func lockstep_set_state(
  _ batch: OpaquePointer, _ lane: Int64, _ state: UnsafePointer<UInt8>, _ bytes: Int64,
  _ error: ErrorPlace
) -> Int32 {
  call(batch, error) {
    guard (0...1 << 30).contains(bytes) else { throw CallError("no state has \(bytes) bytes") }
    let state = Array(UnsafeBufferPointer(start: state, count: Int(bytes)))
    try $0.batch.setState(lane: Int(lane), state, into: $0.buffers)
  }
}

@c @implementation public func lockstep_save(
  _ batch: OpaquePointer, _ count: Int64, _ lanes: UnsafePointer<Int64>,
  _ slots: UnsafePointer<Int64>, _ error: ErrorPlace
) -> Int32 {
  call(batch, error) { handle in
    try handle.slots.save(
      numbers(lanes, count), numbers(slots, count), of: handle.batch, on: handle.pool)
  }
}

@c @implementation public func lockstep_restore(
  _ batch: OpaquePointer, _ count: Int64, _ lanes: UnsafePointer<Int64>,
  _ slots: UnsafePointer<Int64>, _ error: ErrorPlace
) -> Int32 {
  call(batch, error) { handle in
    try handle.slots.restore(
      numbers(lanes, count), numbers(slots, count), to: handle.batch, handle.buffers,
      on: handle.pool)
  }
}

@c @implementation public func lockstep_error_kind(_ error: UnsafePointer<CChar>) -> Int32 {
  Int32(error[strlen(error) + 1])
}

@c @implementation public func lockstep_release(_ memory: UnsafeMutableRawPointer?) {
  free(memory)
}

// MARK: Between the two languages

private func handle(_ batch: OpaquePointer) -> Handle {
  Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(batch)).takeUnretainedValue()
}

private func numbers(_ place: UnsafePointer<Int64>, _ count: Int64) throws -> [Int] {
  guard (0...Int64(Handle.mostLanes)).contains(count) else {
    throw CallError("\(count) lanes at once")
  }
  return (0..<Int(count)).map { Int(place[$0]) }
}

func attempt<Result>(_ error: ErrorPlace, _ body: () throws -> Result?) -> Result? {
  error?.pointee = nil
  do {
    return try body()
  } catch let reason {
    error?.pointee = line(reason)
    return nil
  }
}

/// The error's text, and behind its end the number of its kind.
private func line(_ error: any Error) -> UnsafeMutablePointer<CChar>? {
  var bytes = Array("\(error)".utf8CString)
  bytes.append(CChar(bitPattern: ErrorKind(error).rawValue))
  return copy(bytes.map(UInt8.init(bitPattern:))).map {
    UnsafeMutableRawPointer($0).assumingMemoryBound(to: CChar.self)
  }
}

private func call(
  _ batch: OpaquePointer, _ error: ErrorPlace, _ body: (Handle) throws -> Void
) -> Int32 {
  let done: Void? = attempt(error) {
    let handle = handle(batch)
    try handle.use { try body(handle) }
  }
  return done == nil ? -1 : 0
}

/// A JSON object of flags, numbers and texts.
func settingValues(_ json: String) throws -> [String: SettingValue] {
  do {
    return try JSONDecoder().decode([String: SettingValue].self, from: Data(json.utf8))
  } catch {
    throw CallError("settings are to be a JSON object of flags, numbers and texts")
  }
}

func text(_ value: some Encodable) -> UnsafeMutablePointer<CChar> {
  // What is encoded here are numbers and texts of our own, which JSON can hold.
  strdup((try? JSON.line(value)) ?? "null")!
}

func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8>? {
  guard let memory = malloc(max(1, bytes.count)) else { return nil }
  bytes.withUnsafeBytes { if let base = $0.baseAddress { memcpy(memory, base, bytes.count) } }
  return memory.assumingMemoryBound(to: UInt8.self)
}
