import Foundation
import Records
import Training

/// A run folder as it was read: whole or not, today's or an old one.
public struct RunRecord: Sendable {
  /// The folder's name, or as much of its path as tells it from the others.
  public var name: String
  public var settings: RunSettings
  public var log: UpdateLog
  public var evaluation: EvaluationFile?
  /// Moments of an episode.
  public var picture: InlinePicture?
  /// What was wrong with its files.
  public var notes: [String]

  /// - Throws: `RunError.folder` where there is no run.
  public init(_ folder: RunFolder) throws {
    name = (folder.path as NSString).lastPathComponent
    settings = try folder.settings()
    let path = folder.file(RunFolder.updatesName)
    log = (try? InputFile.bytes(path)).map { UpdateLog(Data($0)) } ?? UpdateLog()
    notes = log.notes
    switch Self.read(EvaluationFile.self, folder.file(RunFolder.evaluationName)) {
    case .success(let file): evaluation = file
    case .failure: notes.append("\(RunFolder.evaluationName) is damaged")
    }
  }

  /// nil: there is no such file.
  private static func read<Value: Decodable>(
    _ type: Value.Type, _ path: String
  ) -> Result<Value?, any Error> {
    guard FileManager.default.fileExists(atPath: path) else { return .success(nil) }
    return Result {
      try JSONDecoder().decode(type, from: Data(InputFile.bytes(path, atMost: 1 << 26)))
    }
  }

  // MARK: Many

  /// Runs, and the runs in folders that hold some.
  /// - Parameter pictures: bytes for the pictures of all.
  /// - Throws: `RunError.folder` where there is no run.
  public static func read(_ paths: [String], pictures: Int = 1_200_000) throws -> [RunRecord] {
    let folders = try paths.flatMap(folders)
    var records: [RunRecord] = []
    var seen = Set<String>()
    for folder in folders {
      let real = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path
      guard seen.insert(real).inserted else { continue }
      records.append(try RunRecord(folder))
      records[records.count - 1].readPicture(folder, room: pictures / max(folders.count, 1))
    }
    distinguish(&records, folders.map(\.path))
    return records
  }

  private static func folders(_ path: String) throws -> [RunFolder] {
    let folder = RunFolder(path: path)
    if folder.holdsRun { return [folder] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let inside = names.sorted().map { RunFolder(path: folder.file($0)) }.filter(\.holdsRun)
    if inside.isEmpty { _ = try folder.settings() }  // says what is missing
    return inside
  }

  private mutating func readPicture(_ folder: RunFolder, room: Int) {
    let path = folder.file(RunFolder.pictureName)
    guard FileManager.default.fileExists(atPath: path) else { return }
    picture = InlinePicture(path, room: min(room, 150_000))
    if picture == nil { notes.append("\(RunFolder.pictureName) is damaged or too large") }
  }

  /// Equal names get numbers.
  private static func distinguish(_ records: inout [RunRecord], _ paths: [String]) {
    var counts: [String: Int] = [:]
    for record in records { counts[record.name, default: 0] += 1 }
    var numbers: [String: Int] = [:]
    for index in records.indices where counts[records[index].name]! > 1 {
      numbers[records[index].name, default: 0] += 1
      records[index].name += " (\(numbers[records[index].name]!))"
    }
  }
}

/// `evaluation.json`.
public struct EvaluationFile: Decodable, Sendable {
  public let trained: Scores
  public let random: Scores?

  public struct Scores: Decodable, Sendable {
    public let episodes: Int
    public let mean, iqm: Double
    public let tasks: [Evaluation.Task]?
  }
}
