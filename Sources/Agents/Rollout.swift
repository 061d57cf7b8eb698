import Environment
import Lanes

/// What happened in [steps, lanes] transitions since the last update.
final class Rollout {
  let steps: Int
  let lanes: Int
  private let observationBytes: Int
  private(set) var step = 0

  private let pictures: AlignedBuffer<UInt8>
  let actions: AlignedBuffer<Int32>
  let logProbabilities: AlignedBuffer<Float>
  let values: AlignedBuffer<Float>
  private let rewards: AlignedBuffer<Float>
  /// 1 where the episode ended, for whatever reason.
  private let ended: AlignedBuffer<UInt8>
  /// Value of the last observation where an episode was cut off, else 0.
  private let cutValues: AlignedBuffer<Float>
  /// [lanes]: value of the observation after the last step.
  let lastValues: AlignedBuffer<Float>
  let advantages: AlignedBuffer<Float>

  init(steps: Int, lanes: Int, observationBytes: Int) {
    self.steps = steps
    self.lanes = lanes
    self.observationBytes = observationBytes
    let count = steps * lanes
    pictures = AlignedBuffer(count: count * observationBytes)
    actions = AlignedBuffer(count: count)
    logProbabilities = AlignedBuffer(count: count)
    values = AlignedBuffer(count: count)
    rewards = AlignedBuffer(count: count)
    ended = AlignedBuffer(count: count)
    cutValues = AlignedBuffer(count: count)
    advantages = AlignedBuffer(count: count)
    lastValues = AlignedBuffer(count: lanes)
  }

  var isFull: Bool { step == steps }
  func clear() { step = 0 }

  /// [lanes, shape] of one step.
  func observations(_ step: Int) -> UnsafePointer<UInt8> {
    UnsafePointer(pictures.pointer + step * lanes * observationBytes)
  }

  /// - Parameter index: step * lanes + lane.
  func observation(_ index: Int) -> UnsafePointer<UInt8> {
    UnsafePointer(pictures.pointer + index * observationBytes)
  }

  /// Copies the step's observations.
  func keep(_ observations: UnsafePointer<UInt8>, pool: ThreadPool) {
    let target = pictures.pointer + step * lanes * observationBytes
    let part = 16
    pool.forEach((lanes + part - 1) / part) { item, _ in
      let first = item * part * observationBytes
      let count = min(part, lanes - item * part) * observationBytes
      (target + first).update(from: observations + first, count: count)
    }
  }

  /// - Parameter fillCutValues: writes values [lanes] where an episode was cut off.
  func observe(_ buffers: StepBuffers, fillCutValues: (UnsafeMutablePointer<Float>) -> Void) {
    let cut = cutValues.pointer + step * lanes
    cut.update(repeating: 0, count: lanes)
    fillCutValues(cut)
    for lane in 0..<lanes {
      rewards[step * lanes + lane] = buffers.rewards[lane]
      ended[step * lanes + lane] = buffers.terminated[lane] | buffers.truncated[lane]
    }
    step += 1
  }

  /// Generalised advantage estimation. Source: Schulman et al. 2016, arXiv:1506.02438.
  ///
  /// A terminated step has no future; one that was cut off takes its last observation's value.
  func estimateAdvantages(discount: Float, lambda: Float) {
    for lane in 0..<lanes {
      var advantage: Float = 0
      var next = lastValues[lane]
      for step in (0..<steps).reversed() {
        let index = step * lanes + lane
        let goesOn: Float = ended[index] == 0 ? 1 : 0
        let future = goesOn * next + cutValues[index]
        let delta = rewards[index] + discount * future - values[index]
        advantage = delta + discount * lambda * goesOn * advantage
        advantages[index] = advantage
        next = values[index]
      }
    }
  }

  /// 1 - variance of (return - value) / variance of return.
  func explainedVariance() -> Double {
    var (sum, square, errorSum, errorSquare) = (0.0, 0.0, 0.0, 0.0)
    let count = steps * lanes
    for index in 0..<count {
      let error = Double(advantages[index])
      let target = error + Double(values[index])
      sum += target
      square += target * target
      errorSum += error
      errorSquare += error * error
    }
    let n = Double(count)
    let variance = square / n - (sum / n) * (sum / n)
    let errorVariance = errorSquare / n - (errorSum / n) * (errorSum / n)
    return variance > 0 ? 1 - errorVariance / variance : 0
  }
}
