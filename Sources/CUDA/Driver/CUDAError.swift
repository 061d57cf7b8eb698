/// Why a card cannot be used, in one line.
public enum CUDAError: Error, Equatable, CustomStringConvertible {
  case noDriver
  case noCard
  case tooOld(card: String, capability: Int)
  case noCompiler
  case compiler(String)
  case memory(needed: Int, free: Int, total: Int)
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
    case .memory(let needed, let free, let total):
      "the card's memory is too small: \(Self.megabytes(needed)) more are needed, "
        + "\(Self.megabytes(free)) of \(Self.megabytes(total)) are free; "
        + "make batches or lanes fewer"
    case .call(let function, let text): "\(function): \(text)"
    }
  }

  private static func megabytes(_ bytes: Int) -> String { "\((bytes + 1_048_575) >> 20) MiB" }
}
