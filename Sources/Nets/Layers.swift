import Lanes

/// A layer of a planned network: sizes, places of its parameters, and the two passes over a few
/// samples. Activations are [samples, height, width, channels].
protocol Layer: Sendable {
  /// Floats a sample has at the output.
  var outputCount: Int { get }
  /// Floats of working memory either pass needs.
  var scratchCount: Int { get }

  func forward(_ pass: Pass, output: UnsafeMutablePointer<Float>)
  /// Adds to the parameters' gradients; writes the gradient of the input unless it is nil.
  /// `outputGradient` may be overwritten.
  func backward(
    _ pass: Pass, output: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>)
}

/// What a layer works on.
struct Pass {
  let samples: Int
  let values: UnsafePointer<Float>
  let input: LayerInput
  let scratch: UnsafeMutablePointer<Float>
}

enum LayerInput {
  case floats(UnsafePointer<Float>)
  /// One [channels, height, width] picture of bytes a sample.
  case pictures(UnsafePointer<UnsafePointer<UInt8>>)

  var floats: UnsafePointer<Float> {
    guard case .floats(let pointer) = self else { preconditionFailure("a layer of floats") }
    return pointer
  }
}

/// y = activation(x W + b), W [inputs, outputs].
struct Dense: Layer {
  let inputs: Int
  let outputCount: Int
  let relu: Bool
  let weights: ParameterSlice
  let bias: ParameterSlice
  var scratchCount: Int { 0 }

  func forward(_ pass: Pass, output: UnsafeMutablePointer<Float>) {
    Kernels.multiply(
      pass.input.floats, pass.values + weights.offset, output,
      m: pass.samples, n: outputCount, k: inputs)
    Kernels.addBias(
      pass.values + bias.offset, to: output, rows: pass.samples, columns: outputCount, relu: relu)
  }

  func backward(
    _ pass: Pass, output: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>
  ) {
    if relu {
      Kernels.maskRelu(outputGradient, by: output, count: pass.samples * outputCount)
    }
    Kernels.multiplyTransposed(
      pass.input.floats, outputGradient, gradients + weights.offset,
      m: inputs, n: outputCount, k: pass.samples, beta: 1)
    Kernels.addColumnSums(
      outputGradient, to: gradients + bias.offset, count: pass.samples, columns: outputCount)
    guard let inputGradient else { return }
    Kernels.multiplyByTransposed(
      outputGradient, pass.values + weights.offset, inputGradient,
      m: pass.samples, n: inputs, k: outputCount)
  }
}

/// Valid convolution and ReLU as a matrix product over unfolded patches, a few samples at a time.
///
/// A patch is [row, column, channel], or [channel, row, column] where the input is bytes; weights
/// are [patch, filters].
struct Convolution: Layer {
  let height, width, channels: Int
  let kernel, stride, filters: Int
  let readsPictures: Bool
  let weights: ParameterSlice
  let bias: ParameterSlice

  /// Samples unfolded at a time: few enough for the cache, enough for the product.
  private static let chunk = 4

  var outputHeight: Int { (height - kernel) / stride + 1 }
  var outputWidth: Int { (width - kernel) / stride + 1 }
  var positions: Int { outputHeight * outputWidth }
  var patch: Int { kernel * kernel * channels }
  var outputCount: Int { positions * filters }
  var inputCount: Int { height * width * channels }
  var scratchCount: Int { 2 * Self.chunk * positions * patch }

  func forward(_ pass: Pass, output: UnsafeMutablePointer<Float>) {
    forEachChunk(pass) { first, count in
      unfold(pass, first: first, count: count)
      let rows = count * positions
      let out = output + first * outputCount
      Kernels.multiply(
        pass.scratch, pass.values + weights.offset, out, m: rows, n: filters, k: patch)
      Kernels.addBias(pass.values + bias.offset, to: out, rows: rows, columns: filters, relu: true)
    }
  }

  func backward(
    _ pass: Pass, output: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>
  ) {
    Kernels.maskRelu(outputGradient, by: output, count: pass.samples * outputCount)
    let folded = pass.scratch + Self.chunk * positions * patch
    forEachChunk(pass) { first, count in
      let rows = count * positions
      let gradient = outputGradient + first * outputCount
      unfold(pass, first: first, count: count)
      Kernels.multiplyTransposed(
        pass.scratch, gradient, gradients + weights.offset, m: patch, n: filters, k: rows, beta: 1)
      Kernels.addColumnSums(gradient, to: gradients + bias.offset, count: rows, columns: filters)
      guard let inputGradient else { return }
      Kernels.multiplyByTransposed(
        gradient, pass.values + weights.offset, folded, m: rows, n: patch, k: filters)
      fold(folded, into: inputGradient + first * inputCount, count: count)
    }
  }

  private func forEachChunk(_ pass: Pass, _ body: (_ first: Int, _ count: Int) -> Void) {
    var first = 0
    while first < pass.samples {
      let count = min(Self.chunk, pass.samples - first)
      body(first, count)
      first += count
    }
  }

  private func unfold(_ pass: Pass, first: Int, count: Int) {
    for sample in 0..<count {
      let target = pass.scratch + sample * positions * patch
      switch pass.input {
      case .pictures(let pictures): unfoldBytes(pictures[first + sample], into: target)
      case .floats(let floats):
        unfoldFloats(floats + (first + sample) * inputCount, into: target)
      }
    }
  }

  /// Bytes become 0...1.
  private func unfoldBytes(
    _ picture: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<Float>
  ) {
    var out = target
    for y in 0..<outputHeight {
      for x in 0..<outputWidth {
        for channel in 0..<channels {
          var row = picture + (channel * height + y * stride) * width + x * stride
          for _ in 0..<kernel {
            for column in 0..<kernel { out[column] = Float(row[column]) * (1 / 255) }
            out += kernel
            row += width
          }
        }
      }
    }
  }

  private func unfoldFloats(
    _ input: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let run = kernel * channels
    var out = target
    for y in 0..<outputHeight {
      for x in 0..<outputWidth {
        var row = input + (y * stride * width + x * stride) * channels
        for _ in 0..<kernel {
          out.update(from: row, count: run)
          out += run
          row += width * channels
        }
      }
    }
  }

  /// The reverse of unfolding: sums what overlapping patches say of a pixel.
  private func fold(
    _ patches: UnsafePointer<Float>, into input: UnsafeMutablePointer<Float>, count: Int
  ) {
    let run = kernel * channels
    input.update(repeating: 0, count: count * inputCount)
    var source = patches
    for sample in 0..<count {
      for y in 0..<outputHeight {
        for x in 0..<outputWidth {
          var row = input + sample * inputCount + (y * stride * width + x * stride) * channels
          for _ in 0..<kernel {
            for index in 0..<run { row[index] += source[index] }
            source += run
            row += width * channels
          }
        }
      }
    }
  }
}
