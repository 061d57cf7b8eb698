import Foundation
import PictureFiles
import Pixels
import Records
import Statistics
import Testing
import Training

@testable import Report

struct PageTests {
  private let runs = Runs()

  private func near(_ cell: String, _ value: Double) -> Bool {
    guard let shown = number(cell) else { return false }
    return abs(shown - value) <= 1e-3 * max(abs(value), 0.05)
  }

  /// By step; read as plainly as can be.
  private func returns(_ name: String) throws -> [(step: Double, value: Double)] {
    let text = try String(contentsOfFile: runs.folder(name).file("updates.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Double]
      return (try #require(object?["step"]), try #require(object?["return_mean"]))
    }
  }

  @Test("Every number shown is that of the JSON lines")
  func numbers() throws {
    let wave: @Sendable (Double) -> (Int) -> Double = { phase in
      { 100 * sin(Double($0) / 7 + phase) + Double($0) }
    }
    for seed in 0..<5 {
      let folder = try runs.add(
        "a\(seed)", seed: UInt64(seed), updates: 30 + seed, value: wave(Double(seed)))
      try runs.evaluate(folder, trained: 10 * Double(seed * seed), random: Double(seed))
    }
    try runs.add("b", settings: ["clip": 0.3], value: wave(9))
    let names = (0..<5).map { "a\($0)" }
    let page = try runs.page(names + ["b"])

    // Runs, one by one.
    let overview = table("run-table", in: page)
    #expect(overview.count == 6)
    for (row, name) in zip(overview, names) {
      let own = try returns(name)
      #expect(row[0] == name && number(row[4]) == own.last?.step)
      #expect(near(row[6], own.last!.value) && near(row[7], own.map(\.value).max()!))
      #expect(near(row[10], 1000))
    }

    // The curve: the last value at or before each step, then the mean of the middle half of five.
    let curve = table("return-0-numbers", in: page)
    let first = curve.filter { $0[1].hasSuffix("default") }
    #expect(first.count == 11 && curve.count == 22)
    let all = try names.map(returns)
    for row in first {
      let step = try #require(number(row[0]))
      let values = all.map { run in run.last { $0.step <= step + 0.5 }!.value }.sorted()
      #expect(near(row[3], (values[1] + values[2] + values[3]) / 3), "\(row)")
      let ends = row[4].components(separatedBy: " to ").compactMap(number)
      #expect(ends.count == 2 && ends[0] <= ends[1])
      #expect(ends[0] >= values[0] - 0.1 && ends[1] <= values[4] + 0.1)
    }
    // As far as the shortest run has come.
    #expect(number(first.first![0]) == 100 && number(first.last![0]) == 3000)

    let scores = table("score-table", in: page)
    let last = all.map { $0.last!.value }.sorted()
    #expect(scores.count == 2 && scores[0][2] == "5")
    #expect(near(scores[0][3], (last[1] + last[2] + last[3]) / 3))
    #expect(near(scores[0][5], (10 + 40 + 90) / 3.0) && near(scores[0][7], 2))
    #expect(scores[1][4] == "–" && scores[1][5] == "–")

    #expect(table("difference-table", in: page).map(\.first) == ["clip", "seed", "steps"])
    #expect(
      table("difference-table", in: page)[0] == ["clip"] + [String](repeating: "default", count: 5)
        + ["0.3"])
  }

  @Test("Tasks of a shared batch have charts and rows of their own")
  func tasks() throws {
    let folder = try runs.add(
      "m", environment: "A-v0,B-v0",
      more: { ["return_mean/A-v0": Double($0), "return_mean/B-v0": -Double($0)] })
    let scores = "{\"episodes\":2,\"mean\":1,\"iqm\":1,\"tasks\":[{\"name\":\"B-v0\",\"mean\":7}]}"
    try runs.write("{\"trained\":\(scores)}", folder, "evaluation.json")
    let page = try runs.page(["m"])
    #expect(
      table("task-table-0", in: page) == [
        ["A-v0", "ppo", "30.00", "–", "–", "–"], ["B-v0", "ppo", "−30.00", "–", "7.000", "–"],
      ])
    #expect(page.contains("id=\"task-0-1-title\">B-v0<"))
  }

  @Test("Arms are summed up over tasks, between random play and the first arm")
  func together() throws {
    // By run: settings, and of two environments what was reached; random play has 10 and 20.
    let reached: [(String, [String: SettingValue], [Double])] = [
      ("a0", [:], [20, 40]), ("a1", [:], [40, 80]),
      ("b0", ["clip": 0.3], [30, 140]), ("b1", ["clip": 0.3], [10, 20]),
    ]
    for (name, settings, values) in reached {
      for (place, value) in values.enumerated() {
        let folder = try runs.add(
          "\(name)\(place)", environment: "E\(place)-v0",
          seed: UInt64(name.last!.wholeNumberValue!), settings: settings)
        try runs.evaluate(folder, trained: value, random: place == 0 ? 10 : 20)
      }
    }
    let names = reached.flatMap { [$0.0 + "0", $0.0 + "1"] }
    let rows = table("together-table", in: try runs.page(names))
    #expect(rows.map { $0[0] } == ["ppo, clip default", "ppo, clip 0.3"])
    // The first arm's means are 30 and 60, so its scores 0.5, 1.5 and again; the other's 1, 0, 3, 0.
    #expect(rows.map { $0[1] } == ["4", "4"])
    #expect(near(rows[0][2], 1) && near(rows[1][2], 0.5))
    #expect(near(rows[0][4], 1) && near(rows[1][4], 1) && near(rows[1][5], 1))
    #expect(near(rows[0][6], 0.5) && near(rows[1][6], 0.375))
    // One environment, or one arm, sums up nothing.
    #expect(!(try runs.page(["a00", "a10", "b00"])).contains("together-table"))
    #expect(!(try runs.page(["a00", "a01", "a10"])).contains("together-table"))
  }

  @Test("What files say becomes no markup")
  func escaping() throws {
    let evil = "\"><script>alert('x')</script>&amp;\u{7}"
    try runs.add(
      "evil", environment: evil, settings: [evil: .text(evil)],
      more: { _ in ["\\\"><script>": 1, "return_mean/<b>": 2, "loss'<i>": 3] })
    try runs.add("evil2", environment: evil)
    let page = try runs.page(["evil", "evil2"])
    for tag in ["<script", "<b>", "<i>"] { #expect(!page.contains(tag)) }
    #expect(
      !page.contains("\u{7}")
        && page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;"))
  }

  @Test("Tags close in the order in which they open; ids are there once; nothing is fetched")
  func wellFormed() throws {
    try runs.add("a", more: { _ in ["expert_usage/0": 0.5, "dormant_fraction": 0.1] })
    try runs.add("b", environment: "A-v0,B-v0", more: { ["return_mean/A-v0": Double($0)] })
    let page = try runs.page(["a", "b"])
    var open: [Substring] = []
    for tag in page.matches(of: /<(\/?)([a-zA-Z0-9]+)([^>]*)>/) {
      let (name, rest) = (tag.2, tag.3)
      if ["meta", "img"].contains(name) || rest.hasSuffix("/") { continue }
      if tag.1.isEmpty { open.append(name) } else { #expect(open.popLast() == name) }
    }
    #expect(open.isEmpty)
    let ids = page.matches(of: #/ id="([^"]*)"/#).map(\.1)
    #expect(ids.count > 20 && Set(ids).count == ids.count)
    for reference in page.matches(of: /aria-labelledby="([^"]*)"/) {
      for id in reference.1.split(separator: " ") { #expect(ids.contains(id)) }
    }
    let addresses = page.matches(of: /(?:src|href)="([^"]*)"/).map(\.1)
    #expect(addresses.allSatisfy { $0.hasPrefix("#") || $0.hasPrefix("data:") })
    #expect(page.replacing("http://www.w3.org/2000/svg", with: "").contains("http") == true)
    #expect(!page.contains("https:") && !page.contains("url("))
    #expect(page.contains("<summary>Experts") && page.contains("<summary>Dormant units"))
  }

  @Test("Ten runs with pictures and many figures stay under 3 MB")
  func size() throws {
    var noise = Picture(width: 984, height: 860, filled: (0, 0, 0))
    for index in noise.rgb.indices {
      noise.rgb[index] = UInt8(truncatingIfNeeded: index &* index >> 7)
    }
    for index in 0..<10 {
      let folder = try runs.add(
        "run\(index)", environment: "Env\(index)-v0", seed: UInt64(index), updates: 500,
        more: { update in
          Dictionary(
            uniqueKeysWithValues: (0..<20).map { ("figure_\($0)", sin(Double(update * $0))) })
        }, value: { 50 * sin(Double($0)) })
      try PNG.write(noise, to: folder.file("episode.png"))
    }
    let page = try runs.page((0..<10).map { "run\($0)" })
    #expect(page.utf8.count < 3_000_000)
    #expect(page.components(separatedBy: "data:image/png;base64,").count == 11)
  }
}
