import CLanes

/// What this build's kernels have been compiled for.
public enum KernelLevel {
  /// As in "AVX2".
  public static let name = String(cString: lanes_level())
}
