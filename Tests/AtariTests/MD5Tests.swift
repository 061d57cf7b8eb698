import Testing

@testable import Atari

@Suite("MD5") struct MD5Tests {
  @Test(
    "Known answers of RFC 1321",
    arguments: [
      ("", "d41d8cd98f00b204e9800998ecf8427e"),
      ("abc", "900150983cd24fb0d6963f7d28e17f72"),
      ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
      (
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        "57edf4a22be3c955ac49da2e2107b67a"
      ),
    ])
  func known(text: String, digest: String) {
    #expect(MD5.hex(Array(text.utf8)) == digest)
  }

  @Test("Lengths around the padding's edges differ", arguments: [55, 56, 57, 63, 64, 65])
  func edges(length: Int) {
    let one = MD5.hex([UInt8](repeating: 7, count: length))
    let other = MD5.hex([UInt8](repeating: 7, count: length + 1))
    #expect(one.count == 32 && one != other)
  }
}
