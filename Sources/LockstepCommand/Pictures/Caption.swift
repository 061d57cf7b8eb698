import Environment
import Foundation
import Lettering
import Pixels
import Records

/// What can be drawn in below a picture.
enum CaptionPart: String, CaseIterable {
  case step, `return`, reward, action, value, mission

  /// - Throws: `UsageError`.
  static func list(_ text: String) throws -> Set<CaptionPart> {
    if text == "all" { return Set(allCases) }
    return Set(
      try text.split(separator: ",").map { word in
        if let part = CaptionPart(rawValue: String(word)) { return part }
        let known = allCases.map(\.rawValue).joined(separator: ", ")
        throw UsageError("--show has \(known) or all, not '\(word)'")
      })
  }
}

/// Lines below pictures; always as many, so that all pictures have one size.
struct Caption {
  private let parts: Set<CaptionPart>
  private let spec: EnvironmentSpec
  private let style: Lettering
  private let width: Int
  /// Where the mission stands; nil: there is none.
  private let mission: Int?

  init(_ parts: Set<CaptionPart>, _ spec: EnvironmentSpec, width: Int) {
    self.parts = parts
    self.spec = spec
    self.width = width
    style = Lettering(size: min(22, max(11, Double(width) / 28)).rounded())
    mission =
      parts.contains(.mission) ? spec.info.firstIndex { $0.role == .text } : nil
  }

  /// - Parameter buffers: what the step has led to; of many lanes the sums are shown.
  func below(
    _ picture: Picture, step: Int, _ buffers: StepBuffers, value: Double?
  ) -> Picture {
    var lines: [String] = []
    var figures = figures(step, buffers)
    if let value, buffers.lanes == 1 { figures.append(String(format: "value %.2f", value)) }
    if !figures.isEmpty {
      lines += style.wrapped(
        figures.joined(separator: " · "), width: width, rows: width < 420 ? 2 : 1)
    }
    if let mission {
      lines += style.wrapped(text(buffers.info[mission]), width: width, rows: 2)
    }
    if lines.isEmpty { return picture }
    let strip = style.picture(lines, width: width)
    return Picture(
      width: width, height: picture.height + strip.height, rgb: picture.rgb + strip.rgb)
  }

  private func figures(_ step: Int, _ buffers: StepBuffers) -> [String] {
    var words: [String] = []
    if parts.contains(.step) { words.append("step \(step)") }
    if parts.contains(.return) {
      let returns = buffers.episodeReturns.of(Double.self)
      let sum = (0..<buffers.lanes).reduce(0) { $0 + returns[$1] }
      let value = shortText((sum / Double(buffers.lanes) * 1000).rounded() / 1000)
      words.append(buffers.lanes == 1 ? "return \(value)" : "mean return \(value)")
    }
    guard buffers.lanes == 1 else { return words + ["\(buffers.lanes) lanes"] }
    if parts.contains(.reward) {
      words.append(
        "reward \(shortText((buffers.rewards.of(Double.self)[0] * 1000).rounded() / 1000))")
    }
    if parts.contains(.action) { words.append("action \(step == 0 ? "–" : action(buffers))") }
    return words
  }

  /// By name where it has one.
  private func action(_ buffers: StepBuffers) -> String {
    let width = spec.action.width
    switch spec.action {
    case .box:
      let numbers = buffers.actions.of(Float.self)
      return (0..<width).map { shortText((Double(numbers[$0]) * 100).rounded() / 100) }
        .joined(separator: " ")
    case .discrete, .multiDiscrete:
      let numbers = buffers.actions.of(Int32.self)
      return (0..<width).map { index in
        let number = Int(numbers[index])
        return spec.actionNames.indices.contains(number) && width == 1
          ? spec.actionNames[number] : "\(number)"
      }.joined(separator: " ")
    }
  }

  private func text(_ column: Column) -> String {
    String(decoding: column.row(0).prefix { $0 != 0 }, as: UTF8.self)
  }
}
