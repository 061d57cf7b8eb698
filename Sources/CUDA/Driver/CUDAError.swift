/// Why a card cannot be used, in one line.
public enum CUDAError: Error, Equatable, CustomStringConvertible {
  case noDriver
  case noCard
  case tooOld(card: String, capability: Int)
  case noCompiler
  case compiler(String)
  /// - rows: for which so much is needed; 0: it is not for rows.
  case memory(needed: Int, free: Int, total: Int, rows: Int = 0)
  case call(String, String)

  public var description: String {
    switch self {
    case .noDriver: "no NVIDIA driver: libcuda.so.1 is missing"
    case .noCard: "the NVIDIA driver finds no card"
    case .tooOld(let card, let capability):
      "\(card) has compute capability \(capability / 10).\(capability % 10); "
        + "8.0 or newer is needed"
    case .noCompiler:
      "NVIDIA's compiler, libnvrtc.so.12 or .13, is missing; Tools/setup.sh fetches it, or set "
        + "LOCKSTEP_NVRTC to its folder"
    case .compiler(let log): "the kernels do not compile: \(log)"
    case .memory(let needed, let free, let total, let rows):
      "the card's memory is too small: \(Self.megabytes(needed)) more are needed, "
        + "\(Self.megabytes(free)) of \(Self.megabytes(total)) are free; "
        + (rows > 0
          ? "of \(rows) rows at once, \(Self.fit(rows, needed, free)) would fit: "
            + "lanes, or samples of an update"
          : "make batches or lanes fewer")
    case .call(let function, let text): "\(function): \(text)"
    }
  }

  private static func fit(_ rows: Int, _ needed: Int, _ free: Int) -> Int {
    Int(Double(rows) * Double(free) / Double(max(needed, 1)))
  }

  private static func megabytes(_ bytes: Int) -> String { "\((bytes + 1_048_575) >> 20) MiB" }
}
