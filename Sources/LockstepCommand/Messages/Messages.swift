import Logging

/// What the tool says beside its answers: lines on standard error, so that answers can be piped.
struct MessageHandler: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    Interruption.write(Self.line(event.level, "\(event.message)") + "\n")
  }

  /// Plain text; only what is more than information names its level.
  static func line(_ level: Logger.Level, _ message: String) -> String {
    let text = Complaint.escaped(message)
    return level > .notice ? "lockstep: \(level): \(text)" : text
  }
}

extension Logger {
  /// - Parameter isQuiet: only warnings and errors.
  static func messages(isQuiet: Bool = false) -> Logger {
    var logger = Logger(label: "lockstep") { _ in MessageHandler() }
    logger.logLevel = isQuiet ? .warning : .info
    return logger
  }
}
