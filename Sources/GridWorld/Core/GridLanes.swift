import CLanes
import Lanes

/// What a block's 64 lanes have in rows; the rest lies in their slots.
final class GridLanes: @unchecked Sendable {
  let shape: GridShape
  let kinds: KindTable
  /// [64] each: where the agent is in the rows and in the columns, where it looks, what it holds.
  let rowPlaces, columnPlaces: UnsafeMutablePointer<Int32>
  let directions, carried, carriedNumbers: UnsafeMutablePointer<UInt8>
  let steps, limits: UnsafeMutablePointer<Int32>
  /// [64]: levels, and their rows.
  let slots: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let cells: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>
  /// By direction: to the cell ahead, in the rows and in the columns.
  let rowDeltas, columnDeltas: UnsafeMutablePointer<Int32>
  private let numbers = AlignedBuffer<Int32>(count: 64 * 6)
  private let bytes = AlignedBuffer<UInt8>(count: 64 * 3)
  private let places = AlignedBuffer<UnsafeMutableRawPointer>(count: 64)
  private let rows = AlignedBuffer<UnsafeMutablePointer<UInt8>?>(count: 64)
  private let memory: AlignedBuffer<UInt8>

  init(_ shape: GridShape, _ kinds: KindTable, slots count: Int) {
    (self.shape, self.kinds) = (shape, kinds)
    memory = AlignedBuffer(count: count * shape.bytes)
    (rowPlaces, columnPlaces) = (numbers.pointer, numbers.pointer + 64)
    (steps, limits) = (numbers.pointer + 128, numbers.pointer + 192)
    (rowDeltas, columnDeltas) = (numbers.pointer + 256, numbers.pointer + 320)
    (directions, carried) = (bytes.pointer, bytes.pointer + 64)
    carriedNumbers = bytes.pointer + 128
    (slots, cells) = (places.pointer, rows.pointer)
    for (index, direction) in Direction.allCases.enumerated() {
      rowDeltas[index] = Int32(direction.dx + direction.dy * shape.rowStep)
      columnDeltas[index] = Int32(direction.dy + direction.dx * shape.columnStep)
    }
    for lane in 0..<64 {
      carried[lane] = Cell.empty.code
      aim(lane, slot(lane % count))
    }
  }

  func slot(_ index: Int) -> Slot {
    Slot(base: UnsafeMutableRawPointer(memory.pointer + index * shape.bytes))
  }

  func aim(_ lane: Int, _ slot: Slot) {
    slots[lane] = slot.base
    cells[lane] = slot.bytes(shape.rows)
  }

  @inline(__always) func slot(of lane: Int) -> Slot { Slot(base: slots[lane]) }

  /// The lane's level begins.
  func enter(_ lane: Int) {
    let head = slot(of: lane).head
    set(lane, Place(Int(head.pointee.x), Int(head.pointee.y)))
    directions[lane] = head.pointee.direction
    carried[lane] = head.pointee.carried
    carriedNumbers[lane] = head.pointee.carriedNumber
    steps[lane] = 0
    limits[lane] = head.pointee.limit
  }

  func set(_ lane: Int, _ place: Place) {
    rowPlaces[lane] = Int32(shape.row(place.x, place.y))
    columnPlaces[lane] = Int32(shape.column(place.x, place.y))
  }

  /// What the kernel of views reads.
  func view(seesThroughWalls: Bool) -> grid_lanes {
    grid_lanes(
      cells: UnsafePointer(cells), row_places: UnsafePointer(rowPlaces),
      column_places: UnsafePointer(columnPlaces),
      directions: UnsafePointer(directions), carried: UnsafePointer(carried),
      row_step: Int32(shape.rowStep), column_step: Int32(shape.columnStep),
      column_plane: Int32(shape.plane), objects: UnsafePointer(kinds.objects),
      states: UnsafePointer(kinds.states), sees_through_walls: seesThroughWalls ? 1 : 0)
  }
}
