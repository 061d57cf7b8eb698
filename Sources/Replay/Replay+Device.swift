import Lanes
import Nets

extension Replay {
  /// Pictures that samples name, and do not copy, have a twin on the device from now on, where there
  /// is room for it.
  public func keep(on device: any Device) {
    self.device = device
    for field in stacks {
      device.keep(store.frame(field, 0), bytes(of: field), isLocked: false)
    }
    if written.contains(where: { $0 > 0 }) { bringAll() }
  }

  /// Fields of which several pictures make an observation.
  var stacks: [Int] { store.fields.indices.filter { store.fields[$0].stack > 1 } }

  private func bytes(of field: Int) -> Int { store.count * store.fields[field].bytes }

  func bringAll() {
    fresh.removeAll(keepingCapacity: true)
    for field in stacks { device?.bring(store.frame(field, 0), bytes(of: field)) }
    device?.wait()
  }

  /// The device gets the rows that have been written since.
  func bringFresh() {
    guard let device, !fresh.isEmpty else { return }
    for first in stride(from: 0, to: fresh.count, by: 1024) {
      let numbers = Array(fresh[first..<min(first + 1024, fresh.count)])
      for field in stacks {
        device.bring(store.frame(field, 0), store.fields[field].bytes, at: numbers)
      }
    }
    fresh.removeAll(keepingCapacity: true)
  }

  func leaveDevice() {
    for field in stacks { device?.forget(store.frame(field, 0)) }
    device = nil
  }

  /// The observations of a batch that names their pictures, by place in the spec.
  /// - Parameter isNext: of those after the steps.
  public func named(_ batch: ReplayBatch, isNext: Bool) -> [(place: Int, rows: Rows)] {
    guard batch.namesPictures else { return [] }
    return stacks.map { field in
      let numbers = (isNext ? batch.nextNumbers : batch.numbers)[field].pointer
      let kept = store.fields[field]
      return (
        kept.place, Rows(pictures: kept.stack, store.frame(field, 0), numbers: numbers)
      )
    }
  }
}
