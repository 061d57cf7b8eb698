import Environment

extension Replay {
  /// Writes all steps that it holds as a data set.
  ///
  /// An episode ends at every flag, as offline learning wants it; the first of a lane may lack its
  /// beginning, the last its end.
  /// - Throws: `ReplayError.dataset`; also where stacks do not follow one another.
  public func write(to folder: String, shardBytes: Int = 64 << 20) throws(ReplayError) {
    let writer = try DatasetWriter(folder, spec: spec, shardBytes: shardBytes)
    for lane in 0..<lanes {
      var position = oldest(lane) + store.history
      while position < written[lane] {
        guard store.kind(row(lane, position)) == .step, let end = end(lane, position) else {
          position += 1
          continue
        }
        guard (position...end).allSatisfy({ store.kind(row(lane, $0)) != .filler }) else {
          throw .dataset(folder, "pictures of a stack do not follow those of the step before")
        }
        try writer.add(episode(lane, position, end))
        // A lost life is shown as an end, and its observation begins what follows.
        position = end
      }
    }
    try writer.finish()
  }

  /// Where the observation after the episode's last step is; nil: nowhere yet.
  private func end(_ lane: Int, _ position: Int) -> Int? {
    var place = position
    while true {
      guard let next = next(lane, place) else { return nil }
      let isOver = isEnd(row(lane, place))
      if isOver || store.kind(row(lane, next)) != .step { return next }
      place = next
    }
  }

  private func episode(_ lane: Int, _ position: Int, _ end: Int) -> Episode {
    var episode = Episode(
      observations: store.fields.indices.map { field in
        (position - store.history...end).flatMap {
          bytes(store.frame(field, row(lane, $0)), store.fields[field].bytes)
        }
      })
    for place in position..<end {
      let row = row(lane, place)
      episode.actions += bytes(store.action(row), store.actionBytes)
      episode.rewards.append(store.rewards[row])
    }
    let last = row(lane, end - 1)
    episode.terminated = store.isTerminated(last)
    episode.truncated = store.isTruncated(last)
    return episode
  }

  private func bytes(_ start: UnsafeRawPointer, _ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: count)
  }

  /// Adds an episode of a data set to lane 0.
  func add(_ episode: Episode) {
    let places = Dictionary(
      uniqueKeysWithValues: store.fields.enumerated().map { ($1.place, $0) })
    for step in 0...episode.steps {
      let isLast = step == episode.steps
      push(0, isLast ? .last : .open) { place in
        let field = places[place]!
        let kept = store.fields[field]
        // A stack's pictures follow one another, the newest at history + step.
        let first = store.history + step + 1 - kept.stack
        return episode.observations[field].withUnsafeBytes {
          $0.baseAddress! + first * kept.bytes
        }
      }
      isOpen[0] = !isLast
      if isLast { return }
      episode.actions.withUnsafeBytes {
        close(
          0, $0.baseAddress! + step * store.actionBytes, episode.rewards[step],
          terminated: episode.terminated && step == episode.steps - 1,
          truncated: episode.truncated && step == episode.steps - 1)
      }
      isOpen[0] = false
    }
  }
}
