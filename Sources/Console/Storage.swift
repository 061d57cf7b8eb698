import Lanes

/// Zeroed pieces of memory that live as long as the object that has them made: no piece has to be
/// given back by hand.
final class Storage {
  private var pieces: [AnyObject] = []

  /// [count], on a 64-byte boundary.
  func make<Element: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<Element> {
    let piece = AlignedBuffer<Element>(count: count)
    pieces.append(piece)
    return piece.pointer
  }

  /// [count][64].
  func rows<Element: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<Element> {
    make(count * 64)
  }
}
