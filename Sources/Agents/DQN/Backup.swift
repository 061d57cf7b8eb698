import Foundation
import Lanes

/// What an action's outputs are to become after a step.
struct Backup {
  let head: ValueHead
  let actions: Int
  /// nil: the greedy action's value; else Munchausen's.
  let munchausen: Munchausen?

  /// Vieillard et al. 2020, arXiv:2007.14430.
  struct Munchausen: Equatable, Sendable {
    var temperature: Float = 0.03
    var share: Float = 0.9
    var floor: Float = -1
  }

  /// A step, and what the target network says of the states before and after it.
  struct Step {
    var reward, discount: Float
    var action: Int
    /// Outputs of the target network in the next state.
    var next: UnsafePointer<Float>
    /// The action there; without Munchausen.
    var nextAction: Int
    /// Values of the target network in the state that was left; with Munchausen.
    var before: UnsafePointer<Float>?
  }

  /// - Parameter target: [head.numbers], is written.
  func target(_ step: Step, into target: UnsafeMutablePointer<Float>) {
    if let munchausen, let before = step.before {
      return soft(step, munchausen, before, into: target)
    }
    if head.isOfNumber {
      let values = AlignedBuffer<Float>(count: actions)
      head.values(step.next, actions: actions, into: values.pointer)
      write(step.reward + step.discount * values[step.nextAction], into: target)
      return
    }
    let part = AlignedBuffer<Float>(count: head.numbers)
    head.part(step.next, step.nextAction, actions: actions, into: part.pointer)
    let numbers = UnsafeBufferPointer(start: UnsafePointer(part.pointer), count: head.numbers)
    if case .categorical(let support, .projection) = head {
      let masses = AlignedBuffer<Float>(count: head.numbers)
      var written = masses.span.mutableSpan
      numbers.span.softmax(into: &written)
      var span = UnsafeMutableBufferPointer(start: target, count: head.numbers).mutableSpan
      projected(
        UnsafeBufferPointer(masses.span).span, reward: step.reward, discount: step.discount,
        on: support, into: &span)
    } else {
      for index in 0..<head.numbers {
        target[index] = step.reward + step.discount * numbers[index]
      }
    }
  }

  /// A number as the head's target.
  private func write(_ number: Float, into target: UnsafeMutablePointer<Float>) {
    var span = UnsafeMutableBufferPointer(start: target, count: head.numbers).mutableSpan
    switch head {
    case .categorical(let support, .twoHot): twoHot(number, on: support, into: &span)
    case .categorical(let support, .gaussian(let deviation)):
      gaussianHistogram(number, on: support, deviation: deviation, into: &span)
    case .categorical(_, .projection), .scalar, .quantile, .implicit: target[0] = number
    }
  }

  /// r + share * [t log pi(a)] + discount * sum of pi (Q - t log pi); quantiles one by one.
  private func soft(
    _ step: Step, _ munchausen: Munchausen, _ before: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>
  ) {
    let temperature = munchausen.temperature
    let bonus = munchausenBonus(
      UnsafeBufferPointer(start: before, count: actions).span, action: step.action,
      temperature: temperature, share: munchausen.share, floor: munchausen.floor)
    let memory = AlignedBuffer<Float>(count: actions)
    head.values(step.next, actions: actions, into: memory.pointer)
    let values = UnsafeBufferPointer(memory.span).span
    let value = softValue(values, temperature: temperature)
    if head.isOfNumber {
      return write(step.reward + bonus + step.discount * value, into: target)
    }
    // Q - t log pi is the same for all actions: the soft value. What a quantile has beside its mean
    // is weighed by pi.
    for index in 0..<head.numbers {
      var sum = Double(value)
      for action in 0..<actions {
        let chance = exp((Double(values[action]) - Double(value)) / Double(temperature))
        let quantile = step.next[head.place(index, action, actions)]
        sum += chance * (Double(quantile) - Double(values[action]))
      }
      target[index] = step.reward + bonus + step.discount * Float(sum)
    }
  }
}
