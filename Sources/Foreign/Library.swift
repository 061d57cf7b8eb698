import Glibc

/// A library that is opened while the program runs: who does not need it need not have it.
package struct Library: @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer
  private let name: String

  /// - Parameters:
  ///   - names: file names to try, the best first.
  ///   - package: what Debian calls it.
  /// - Throws: `ForeignError.missing`.
  package init(_ names: [String], package: String) throws(ForeignError) {
    for name in names {
      guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
      self.handle = handle
      self.name = name
      return
    }
    throw .missing(library: names[0], package: package)
  }

  /// nil: the library has no such function.
  package func address(_ symbol: String) -> UnsafeMutableRawPointer? { dlsym(handle, symbol) }

  /// A function of the library; `type` is its C signature.
  /// - Throws: `ForeignError.symbol`.
  func function<Function>(_ symbol: String, _ type: Function.Type) throws(ForeignError) -> Function
  {
    guard let address = address(symbol) else { throw .symbol(symbol, library: name) }
    return unsafeBitCast(address, to: type)
  }
}

public enum ForeignError: Error, Equatable, CustomStringConvertible {
  case missing(library: String, package: String)
  case symbol(String, library: String)

  public var description: String {
    switch self {
    case .missing(let library, let package):
      "\(library) is missing; install the package \(package)"
    case .symbol(let symbol, let library): "\(library) has no function '\(symbol)'"
    }
  }
}
