/// 64-bit FNV-1a, taken eight bytes at a time where it can be. Against damage, not malice.
public func fnv1a(_ bytes: some Collection<UInt8>) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  _ = bytes.withContiguousStorageIfAvailable { buffer in
    let raw = UnsafeRawBufferPointer(buffer)
    let words = raw.count / 8
    for index in 0..<words {
      hash =
        (hash ^ raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self).littleEndian)
        &* 0x100_0000_01B3
      hash ^= hash >> 29
    }
    for index in words * 8..<raw.count { hash = (hash ^ UInt64(raw[index])) &* 0x100_0000_01B3 }
  }
  return hash
}
