import CSDL2
import Glibc
import Pixels

/// A window of SDL's that shows a canvas, and what a person does in it.
public final class Screen {
  private let window: OpaquePointer
  private let renderer: OpaquePointer
  private var texture: OpaquePointer?
  private var pads = Pads()
  /// As large as the window, in its own pixels; another one when the window's size changes.
  public private(set) var canvas: Canvas
  /// Pixels of the canvas in a pixel of the desktop.
  public private(set) var density = 1.0
  private var mustShow = true
  private var isWhole = false
  /// Of the system's own events.
  public var onDevice: (DeviceEvent) -> Void = { _ in }

  public enum DeviceEvent { case lostSound(UInt32), newSound }

  /// - Throws: `WindowError`.
  public init(title: String, width: Int, height: Int) throws(WindowError) {
    SDL_SetMainReady()
    // ctrl-C goes on meaning what it means to the program.
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1")
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1")
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "0")
    try Self.begin()
    let flags = SDL_WINDOW_RESIZABLE.rawValue | SDL_WINDOW_ALLOW_HIGHDPI.rawValue
    let centred = Int32(bitPattern: 0x2FFF_0000)  // SDL_WINDOWPOS_CENTERED
    guard
      let window = SDL_CreateWindow(
        title, centred, centred, Int32(width), Int32(height), flags)
    else {
      let reason = sdlError()
      SDL_QuitSubSystem(SDL_INIT_VIDEO)
      throw .noDisplay(reason)
    }
    guard
      let renderer = SDL_CreateRenderer(window, -1, 0)
        ?? SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE.rawValue)
    else {
      let reason = sdlError()
      SDL_DestroyWindow(window)
      SDL_QuitSubSystem(SDL_INIT_VIDEO)
      throw .failed(reason)
    }
    (self.window, self.renderer) = (window, renderer)
    canvas = Canvas(width: max(width, 1), height: max(height, 1))
    SDL_SetWindowMinimumSize(window, 64, 64)
    SDL_StopTextInput()
    pads.open()
    fit()
  }

  /// Debian's SDL takes a driver that shows nothing where there is no screen; nobody means that who has
  /// not said so.
  private static func begin() throws(WindowError) {
    let isChosen = getenv("SDL_VIDEODRIVER") != nil
    if !isChosen && getenv("DISPLAY") == nil && getenv("WAYLAND_DISPLAY") == nil {
      throw .noDisplay("neither DISPLAY nor WAYLAND_DISPLAY is set")
    }
    guard SDL_Init(SDL_INIT_VIDEO) == 0 else { throw .noDisplay(sdlError()) }
    let driver = SDL_GetCurrentVideoDriver().map { String(cString: $0) } ?? "none"
    if isChosen || !["offscreen", "dummy", "evdev"].contains(driver) { return }
    SDL_QuitSubSystem(SDL_INIT_VIDEO)
    throw .noDisplay("SDL finds no screen at DISPLAY or WAYLAND_DISPLAY")
  }

  deinit {
    pads.close()
    if let texture { SDL_DestroyTexture(texture) }
    SDL_DestroyRenderer(renderer)
    SDL_DestroyWindow(window)
    SDL_QuitSubSystem(SDL_INIT_VIDEO)
  }

  // MARK: Size

  /// Gives the canvas the size that the window has.
  private func fit() {
    var (wide, high): (Int32, Int32) = (0, 0)
    var (width, height): (Int32, Int32) = (0, 0)
    SDL_GetWindowSize(window, &width, &height)
    guard SDL_GetRendererOutputSize(renderer, &wide, &high) == 0, wide > 0, high > 0 else { return }
    density = max(Double(wide) / Double(max(width, 1)), 0.5)
    if Int(wide) == canvas.width && Int(high) == canvas.height && texture != nil { return }
    canvas = Canvas(width: Int(wide), height: Int(high))
    if let texture { SDL_DestroyTexture(texture) }
    texture = SDL_CreateTexture(
      renderer, SDL_PIXELFORMAT_ARGB8888.rawValue, Int32(SDL_TEXTUREACCESS_STREAMING.rawValue),
      wide, high)
    if let texture { SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_NONE) }
    mustShow = true
  }

  public func resize(width: Int, height: Int) {
    SDL_SetWindowSize(window, Int32(width), Int32(height))
    fit()
  }

  public func switchWhole() {
    isWhole.toggle()
    SDL_SetWindowFullscreen(window, isWhole ? SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue : 0)
    fit()
  }

  public func name(_ title: String) { SDL_SetWindowTitle(window, title) }

  // MARK: Showing

  /// Shows what has changed on the canvas.
  public func show(_ changed: [Rect]) {
    if changed.isEmpty && !mustShow { return }
    guard let texture else { return fit() }
    for rect in mustShow ? [canvas.bounds] : changed {
      let rect = rect.clipped(to: canvas.bounds)
      if rect.isEmpty { continue }
      var place = SDL_Rect(
        x: Int32(rect.x), y: Int32(rect.y), w: Int32(rect.width), h: Int32(rect.height))
      let start = canvas.pixels.pointer + rect.y * canvas.width + rect.x
      SDL_UpdateTexture(texture, &place, start, Int32(canvas.width * 4))
    }
    SDL_RenderCopy(renderer, texture, nil, nil)
    SDL_RenderPresent(renderer)
    mustShow = false
  }

  // MARK: Events

  /// Calls `body` with everything that has happened since the last call.
  public func pump(_ body: (InputEvent) throws -> Void) rethrows {
    var event = SDL_Event()
    while SDL_PollEvent(&event) != 0 {
      for event in translated(event) { try body(event) }
    }
  }

  private func translated(_ event: SDL_Event) -> [InputEvent] {
    switch SDL_EventType(event.type) {
    case SDL_QUIT: return [.close]
    case SDL_KEYDOWN:
      return [.press(Self.name(event.key.keysym), isRepeat: event.key.repeat != 0)]
    case SDL_KEYUP: return [.release(Self.name(event.key.keysym))]
    case SDL_MOUSEMOTION: return [pointer(event.motion.x, event.motion.y)]
    case SDL_MOUSEBUTTONDOWN:
      return [pointer(event.button.x, event.button.y), .button(isDown: true)]
    case SDL_MOUSEBUTTONUP: return [.button(isDown: false)]
    case SDL_WINDOWEVENT: return changed(SDL_WindowEventID(UInt32(event.window.event)))
    case SDL_RENDER_TARGETS_RESET, SDL_RENDER_DEVICE_RESET:
      mustShow = true
      return []
    case SDL_AUDIODEVICEREMOVED where event.adevice.iscapture == 0:
      onDevice(.lostSound(event.adevice.which))
      return []
    case SDL_AUDIODEVICEADDED where event.adevice.iscapture == 0:
      onDevice(.newSound)
      return []
    default: return pads.translated(event)
    }
  }

  private func pointer(_ x: Int32, _ y: Int32) -> InputEvent {
    .pointer(x: Int(Double(x) * density), y: Int(Double(y) * density))
  }

  private static func name(_ key: SDL_Keysym) -> String {
    String(cString: SDL_GetKeyName(key.sym)).lowercased()
  }

  private func changed(_ event: SDL_WindowEventID) -> [InputEvent] {
    switch event {
    case SDL_WINDOWEVENT_SIZE_CHANGED: fit()
    case SDL_WINDOWEVENT_EXPOSED: mustShow = true
    case SDL_WINDOWEVENT_FOCUS_LOST: return [.leave]
    default: break
    }
    return []
  }
}
