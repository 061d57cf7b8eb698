/// A 5 x 7 bitmap font for the labels of charts.
enum Font {
  static let width = 6
  static let height = 8

  /// Five columns a character, least significant bit on top.
  private static let glyphs: [Character: [UInt8]] = {
    var glyphs: [Character: [UInt8]] = [" ": [0, 0, 0, 0, 0]]
    for row in table.split(separator: "\n") {
      let parts = row.split(separator: " ")
      glyphs[Character(String(parts[0]))] = parts.dropFirst().map { UInt8($0, radix: 16)! }
    }
    return glyphs
  }()

  static func draw(
    _ text: String, x: Int, y: Int, _ colour: Picture.Colour, scale: Int = 1, upwards: Bool = false,
    on picture: inout Picture
  ) {
    for (index, character) in text.enumerated() {
      let columns = glyphs[character] ?? glyphs["?"]!
      for (column, bits) in columns.enumerated() {
        for row in 0..<7 where bits >> UInt8(row) & 1 == 1 {
          for pixel in 0..<(scale * scale) {
            let right = (index * width + column) * scale + pixel % scale
            let down = row * scale + pixel / scale
            picture.set(upwards ? x + down : x + right, upwards ? y - right : y + down, colour)
          }
        }
      }
    }
  }

  private static let table = """
    0 3E 51 49 45 3E
    1 00 42 7F 40 00
    2 42 61 51 49 46
    3 21 41 45 4B 31
    4 18 14 12 7F 10
    5 27 45 45 45 39
    6 3C 4A 49 49 30
    7 01 71 09 05 03
    8 36 49 49 49 36
    9 06 49 49 29 1E
    A 7E 11 11 11 7E
    B 7F 49 49 49 36
    C 3E 41 41 41 22
    D 7F 41 41 22 1C
    E 7F 49 49 49 41
    F 7F 09 09 09 01
    G 3E 41 49 49 7A
    H 7F 08 08 08 7F
    I 00 41 7F 41 00
    J 20 40 41 3F 01
    K 7F 08 14 22 41
    L 7F 40 40 40 40
    M 7F 02 0C 02 7F
    N 7F 04 08 10 7F
    O 3E 41 41 41 3E
    P 7F 09 09 09 06
    Q 3E 41 51 21 5E
    R 7F 09 19 29 46
    S 46 49 49 49 31
    T 01 01 7F 01 01
    U 3F 40 40 40 3F
    V 1F 20 40 20 1F
    W 3F 40 38 40 3F
    X 63 14 08 14 63
    Y 07 08 70 08 07
    Z 61 51 49 45 43
    a 20 54 54 54 78
    b 7F 48 44 44 38
    c 38 44 44 44 20
    d 38 44 44 48 7F
    e 38 54 54 54 18
    f 08 7E 09 01 02
    g 0C 52 52 52 3E
    h 7F 08 04 04 78
    i 00 44 7D 40 00
    j 20 40 44 3D 00
    k 7F 10 28 44 00
    l 00 41 7F 40 00
    m 7C 04 18 04 78
    n 7C 08 04 04 78
    o 38 44 44 44 38
    p 7C 14 14 14 08
    q 08 14 14 18 7C
    r 7C 08 04 04 08
    s 48 54 54 54 20
    t 04 3F 44 40 20
    u 3C 40 40 20 7C
    v 1C 20 40 20 1C
    w 3C 40 30 40 3C
    x 44 28 10 28 44
    y 0C 50 50 50 3C
    z 44 64 54 4C 44
    - 08 08 08 08 08
    . 00 60 60 00 00
    , 00 50 30 00 00
    / 20 10 08 04 02
    ( 00 1C 22 41 00
    ) 00 41 22 1C 00
    : 00 36 36 00 00
    + 08 08 3E 08 08
    % 23 13 08 64 62
    ? 02 01 51 09 06
    """
}
