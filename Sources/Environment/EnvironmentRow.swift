import Records

/// One environment of the catalogue: all that commands, Python and tests know of it.
public struct EnvironmentRow: Sendable {
  /// Gymnasium-style.
  public var id: String
  public var family: String
  /// Other names that find it.
  public var names: [String] = []
  /// Every setting with its default.
  public var settings: @Sendable () -> [SettingDescription]
  /// The settings that exist beside the given ones, with the values then in force, where one setting
  /// decides about others, as a preset does; nil: none does.
  /// - Throws: what is wrong with the given ones.
  public var described:
    (@Sendable (_ given: [String: SettingValue]) throws -> [SettingDescription])?
  /// What the user has to bring.
  public var files: [KnownFile] = []
  /// nil: compared with nothing yet.
  public var verified: Verification?
  /// Why it cannot be made on this machine; nil: it can.
  public var missing: @Sendable () -> String? = { nil }
  /// What training adds to the user's settings where these say nothing.
  public var learning: @Sendable (_ given: [String: SettingValue]) -> [String: SettingValue] = {
    _ in [:]
  }
  /// The settings under which an agent trained with `given` is judged: whole games.
  public var measuring: @Sendable (_ given: [String: SettingValue]) -> [String: SettingValue] = {
    $0
  }
  /// What play by a person adds to the user's settings where these say nothing.
  public var playing: @Sendable (_ given: [String: SettingValue]) -> [String: SettingValue] = {
    _ in [:]
  }
  public var viewing = Viewing()
  /// Values among which a setting's are, by its name, where its kind does not list them.
  public var choices: [String: [Int]] = [:]
  /// - Throws: `SettingError`, `EnvironmentError`, the family's own errors.
  public var make:
    @Sendable (_ lanes: Int, _ settings: [String: SettingValue], _ workers: Int) throws ->
      any EnvironmentBatch
  /// Players that need no training, by name, for a batch of this row.
  public var bots: [String: @Sendable (any EnvironmentBatch) throws -> any ScriptedPolicy] = [:]
  /// Prints the family's lines.
  public var trace: @Sendable (TraceRequest) throws -> Void

  public init(
    id: String, family: String, settings: @escaping @Sendable () -> [SettingDescription],
    verified: Verification? = nil,
    make:
      @escaping @Sendable (_ lanes: Int, _ settings: [String: SettingValue], _ workers: Int)
      throws -> any EnvironmentBatch,
    trace: @escaping @Sendable (TraceRequest) throws -> Void
  ) {
    self.id = id
    self.family = family
    self.settings = settings
    self.verified = verified
    self.make = make
    self.trace = trace
  }

  /// Every setting that exists beside the given ones, with the value in force.
  /// - Throws: what is wrong with the given ones, where `described` is there to say so.
  public func settings(given: [String: SettingValue]) throws -> [SettingDescription] {
    if let described { return try described(given) }
    let rows = settings()
    let typed = rows.typed(given)
    return rows.map {
      SettingDescription(
        name: $0.name, kind: $0.kind, help: $0.help, value: typed[$0.name] ?? $0.value)
    }
  }

  /// The row of an environment made of blocks.
  /// - Parameters:
  ///   - body: the kind of block.
  ///   - settings: what the user's are added to.
  ///   - stepLimit: the original's.
  ///   - trace: nil: `traceSteps`.
  public static func blocks<Body: Block>(
    _ id: String, family: String, _ body: Body.Type, settings: Body.Settings = .init(),
    stepLimit: Int? = nil, verified: Verification? = nil, viewing: Viewing = Viewing(),
    trace: (@Sendable (TraceRequest) throws -> Void)? = nil
  ) -> EnvironmentRow {
    var standard = EpisodeSettings()
    standard.stepLimit = stepLimit
    let episode = standard
    let make: @Sendable (Int, [String: SettingValue], Int) throws -> any EnvironmentBatch = {
      lanes, values, workers in
      let common = Set(EpisodeSettings.settings.map(\.name))
      try SettingError.check(
        values.keys, of: Body.Settings.owner,
        among: Body.Settings.settings.map(\.name) + EpisodeSettings.settings.map(\.name))
      var episode = episode
      try episode.change(values.filter { common.contains($0.key) })
      var settings = settings
      try settings.change(values.filter { !common.contains($0.key) })
      return try BlockBatch<Body>(id, settings, episode, lanes: lanes, workers: workers)
    }
    var row = EnvironmentRow(
      id: id, family: family,
      settings: { settings.descriptions + episode.descriptions }, verified: verified,
      make: make, trace: trace ?? { try traceSteps($0, make: make) })
    row.viewing = viewing
    return row
  }
}

/// A file that is no part of Lockstep.
public struct KnownFile: Equatable, Sendable, Codable {
  public var name: String
  /// Of its bytes, in small hexadecimal digits.
  public var md5: String

  public init(name: String, md5: String) {
    self.name = name
    self.md5 = md5
  }
}

/// Thrown where a known file is missing, or is another.
public protocol KnownFileError: Error {}

/// A player that was programmed.
public protocol ScriptedPolicy: AnyObject {
  /// Writes every lane's action; is asked once a step.
  func act(_ buffers: StepBuffers)
}

/// What has been compared with the original without a difference.
public struct Verification: Equatable, Sendable, Codable {
  /// The original and its version.
  public var oracle: String
  /// How much, in words: "20000 frames, 12 modes x difficulties".
  public var extent: String
  /// Of the comparison, year-month-day.
  public var date: String

  public init(oracle: String, extent: String, date: String) {
    self.oracle = oracle
    self.extent = extent
    self.date = date
  }
}

/// What `lockstep trace` was asked for.
public struct TraceRequest: Sendable {
  public var id: String
  public var seed: UInt64
  public var lanes = 1
  /// The file's numbers, for a second player those of a second file: as many as fill whole steps.
  public var actions: [[Double]]
  /// Numbers are those of a box where an environment takes both kinds.
  public var isContinuous = false
  public var settings: [String: SettingValue] = [:]
  /// What a line shows beside its usual words.
  public var extras: Set<String> = []
  public var write: @Sendable (String) -> Void

  public init(
    id: String, seed: UInt64, actions: [[Double]], write: @escaping @Sendable (String) -> Void
  ) {
    self.id = id
    self.seed = seed
    self.actions = actions
    self.write = write
  }
}
