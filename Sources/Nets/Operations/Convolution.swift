extension Value {
  /// Convolution, [height, width, channels] to [height', width', filters]; patches are
  /// [row, column, channel].
  public func conv(
    _ filters: Int, _ kernel: Int, stride: Int = 1, _ padding: Padding = .valid,
    initialiser: Initialiser? = nil, biases: Initialiser? = nil, bias: Bool = true,
    name: String? = nil
  ) -> Value {
    let window = window(kernel, stride, filters, padding)
    let layer = graph.layer(name, "conv")
    func slice(_ part: String, _ shape: [Int], _ initialiser: Initialiser?) -> Slice {
      graph.reserve(
        layer, part, shape, initialiser, fan: (window.patch, kernel * kernel * filters))
    }
    let operation = Convolution(
      window: window, weights: slice("weight", [window.patch, filters], initialiser),
      bias: bias ? slice("bias", [filters], biases) : nil)
    return made(operation, window.outputShape)
  }

  /// The largest number under a window, channel by channel.
  public func maxPool(_ kernel: Int, stride: Int, _ padding: Padding = .valid) -> Value {
    pool(.most, kernel, stride, padding)
  }

  /// The mean of the numbers under a window that lie in the picture.
  public func meanPool(_ kernel: Int, stride: Int, _ padding: Padding = .valid) -> Value {
    pool(.mean, kernel, stride, padding)
  }

  private func pool(_ kind: Pooling, _ kernel: Int, _ stride: Int, _ padding: Padding) -> Value {
    let window = window(kernel, stride, channels, padding)
    return made(Pool(kind: kind, window: window), window.outputShape)
  }

  private func window(
    _ kernel: Int, _ stride: Int, _ filters: Int, _ padding: Padding
  ) -> Window {
    precondition(shape.count == 3, "no picture: \(shape)")
    let window = Window(shape, kernel: kernel, stride: stride, filters: filters, padding)
    precondition(window.outputHeight > 0 && window.outputWidth > 0, "\(shape) is too small")
    return window
  }
}

struct Convolution: Activated {
  let window: Window
  /// [patch, filters]
  let weights: Slice
  let bias: Slice?
  var activation = Activation.none

  var slices: [Slice] { [weights] + (bias.map { [$0] } ?? []) }
  var products: Int { window.positions * window.patch * window.filters }
  func scratch(rows: Int, _ backend: any Backend) -> Int { backend.scratch(window) }

  func forward(_ run: Run) {
    run.backend.convolve(
      window, rows: run.count, run.input(0), weights: run.weights(weights),
      bias: bias.map { run.weights($0) }, run.output, activation, scratch: run.scratch)
  }

  func backward(_ run: Run) {
    run.backend.convolveSlopes(
      window, rows: run.count, run.input(0), weights: run.weights(weights), output: run.output,
      activation, slopeOfOutput: run.slope, gradient: run.learns ? run.gradient(weights) : nil,
      bias: run.learns ? bias.map { run.gradient($0) } : nil, run.slope(ofInput: 0),
      scratch: run.scratch)
  }
}

struct Pool: Operation {
  let kind: Pooling
  let window: Window

  func forward(_ run: Run) {
    run.backend.pool(kind, window, rows: run.count, run.input(0), run.output)
  }

  func backward(_ run: Run) {
    guard let slopes = run.slope(ofInput: 0) else { return }
    run.backend.poolSlopes(
      kind, window, rows: run.count, run.input(0), run.output, slopeOfOutput: run.slope, slopes)
  }
}
