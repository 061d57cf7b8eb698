import Lanes

/// The mission: words with spaces between them.
extension Level {
  /// Adds words; a space goes before unless they begin with a comma.
  @discardableResult public func say(_ words: StaticString) -> Level {
    words.withUTF8Buffer { add($0) }
    return self
  }

  @discardableResult public func say(_ colour: Colour) -> Level { say(colour.name) }

  @discardableResult public func say(_ kind: Kind) -> Level {
    if let own = kinds.own(kind) {
      var name = own.name
      name.withUTF8 { add($0) }
      return self
    }
    return say(kind.name)
  }

  private func add(_ bytes: UnsafeBufferPointer<UInt8>) {
    if bytes.isEmpty { return }
    let text = slot.bytes(shape.text)
    var at = Int(slot.head.pointee.letters)
    if at > 0 && bytes[0] != UInt8(ascii: ",") && at < shape.letters {
      text[at] = UInt8(ascii: " ")
      at += 1
    }
    let fitting = min(bytes.count, shape.letters - at)
    if fitting > 0 { (text + at).update(from: bytes.baseAddress!, count: fitting) }
    slot.head.pointee.letters = Int16(at + max(fitting, 0))
  }

  /// Finds the words' ids.
  func spell() {
    let (text, tokens) = (slot.bytes(shape.text), slot.bytes(shape.tokens))
    var index = 0
    Vocabulary.forEachWord(UnsafeBufferPointer(start: text, count: Int(slot.head.pointee.letters)))
    {
      if index == shape.words { return }
      tokens[index] = Vocabulary.id($0)
      index += 1
    }
  }
}

/// The words of missions: those of MiniGrid's `DictObservationSpaceWrapper` in its order, then those
/// that only BabyAI's instructions have; 0 is none, the last id a word that is not among them.
public enum Vocabulary {
  public static let words =
    """
    red green blue yellow purple grey unseen empty wall floor box key ball door goal agent lava pick \
    avoid get find put use open go fetch reach unlock traverse up the a at , square and then to of \
    rooms near opening must you matching end hallway object from room maze next on your left right \
    in front behind after
    """.split(separator: " ").map(String.init)

  /// Above every id.
  public static let bound = words.count + 2

  /// By hash of the word, open addressing: its id, or 0.
  private static let table: [(hash: UInt32, id: UInt8)] = {
    var table = [(hash: UInt32, id: UInt8)](repeating: (0, 0), count: 256)
    for (index, word) in words.enumerated() {
      let sum = Array(word.utf8).withUnsafeBufferPointer(hash)
      var place = Int(sum & 255)
      while table[place].id != 0 { place = (place + 1) & 255 }
      table[place] = (sum, UInt8(index + 1))
    }
    return table
  }()

  private static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt32 {
    word.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }

  static func id(_ word: UnsafeBufferPointer<UInt8>) -> UInt8 {
    let sum = hash(word)
    var place = Int(sum & 255)
    while table[place].id != 0 {
      if table[place].hash == sum { return table[place].id }
      place = (place + 1) & 255
    }
    return UInt8(bound - 1)
  }

  /// Words are parted by spaces; a comma is one.
  static func forEachWord(
    _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    var start = 0
    func end(_ at: Int) {
      if at > start { body(UnsafeBufferPointer(rebasing: text[start..<at])) }
    }
    for at in 0..<text.count {
      if text[at] != UInt8(ascii: " ") && text[at] != UInt8(ascii: ",") { continue }
      end(at)
      start = at + 1
      if text[at] == UInt8(ascii: ",") { body(UnsafeBufferPointer(rebasing: text[at...at])) }
    }
    end(text.count)
  }
}
