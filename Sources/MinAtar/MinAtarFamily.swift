import Environment

public enum MinAtarFamily {
  public static let rows: [EnvironmentRow] = []
}
