import Environment

public enum ControlFamily {
  public static let rows: [EnvironmentRow] = []
}
