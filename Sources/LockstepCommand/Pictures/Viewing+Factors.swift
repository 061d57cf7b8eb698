import Catalog
import Environment

extension Viewing {
  /// Whole numbers of columns and rows that a pixel becomes, at this scale as near to the aspect as
  /// can be.
  func factors(_ scale: Int) -> (across: Int, down: Int) {
    (max(1, Int((pixelAspect * Double(scale)).rounded())), scale)
  }
}

extension Judge {
  var viewing: Viewing { (try? Catalog.row(settings.environment).viewing) ?? Viewing() }
}
