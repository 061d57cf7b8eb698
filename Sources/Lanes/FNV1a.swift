/// 64-bit FNV-1a, taken eight bytes at a time where it can be. Against damage, not malice: another
/// word anywhere gives another sum.
public func fnv1a(_ bytes: some Collection<UInt8>) -> UInt64 {
  bytes.withContiguousStorageIfAvailable { fnv1a(UnsafeRawBufferPointer($0)) }
    ?? Array(bytes).withUnsafeBytes { fnv1a($0) }
}

/// As above, of memory.
public func fnv1a(_ raw: UnsafeRawBufferPointer) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  let words = raw.count / 8
  for index in 0..<words {
    hash =
      (hash ^ raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self).littleEndian)
      &* 0x100_0000_01B3
    hash ^= hash >> 29
  }
  for index in words * 8..<raw.count { hash = (hash ^ UInt64(raw[index])) &* 0x100_0000_01B3 }
  return hash
}
