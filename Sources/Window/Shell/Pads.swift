import CSDL2

/// Game controllers: the first two are the players'.
struct Pads {
  private var pads: [(pad: OpaquePointer, id: SDL_JoystickID, stick: SIMD2<Double>)] = []
  private var isReady = false

  private mutating func add(_ index: Int32) {
    guard pads.count < 2, SDL_IsGameController(index) == SDL_TRUE,
      let pad = SDL_GameControllerOpen(index)
    else { return }
    let id = SDL_JoystickInstanceID(SDL_GameControllerGetJoystick(pad))
    if pads.contains(where: { $0.id == id }) { return SDL_GameControllerClose(pad) }
    pads.append((pad, id, .zero))
  }

  /// Those that are plugged in.
  mutating func open() {
    isReady = SDL_InitSubSystem(SDL_INIT_GAMECONTROLLER) == 0
    if !isReady { return }
    for index in 0..<max(SDL_NumJoysticks(), 0) { add(index) }
  }

  mutating func close() {
    for pad in pads { SDL_GameControllerClose(pad.pad) }
    pads = []
    if isReady { SDL_QuitSubSystem(SDL_INIT_GAMECONTROLLER) }
    isReady = false
  }

  mutating func translated(_ event: SDL_Event) -> [InputEvent] {
    switch SDL_EventType(event.type) {
    case SDL_CONTROLLERDEVICEADDED:
      add(event.cdevice.which)
    case SDL_CONTROLLERDEVICEREMOVED:
      guard let index = player(event.cdevice.which) else { break }
      SDL_GameControllerClose(pads[index].pad)
      pads.remove(at: index)
      return [.leave]
    case SDL_CONTROLLERBUTTONDOWN, SDL_CONTROLLERBUTTONUP:
      guard let index = player(event.cbutton.which),
        let name = Self.name(SDL_GameControllerButton(Int32(event.cbutton.button)))
      else { break }
      let key = (index == 0 ? "pad " : "pad2 ") + name
      return [event.cbutton.state != 0 ? .press(key) : .release(key)]
    case SDL_CONTROLLERAXISMOTION:
      guard let index = player(event.caxis.which) else { break }
      return moved(index, SDL_GameControllerAxis(Int32(event.caxis.axis)), event.caxis.value)
    default: break
    }
    return []
  }

  private func player(_ id: SDL_JoystickID) -> Int? { pads.firstIndex { $0.id == id } }

  private static func name(_ button: SDL_GameControllerButton) -> String? {
    switch button {
    case SDL_CONTROLLER_BUTTON_DPAD_UP: "up"
    case SDL_CONTROLLER_BUTTON_DPAD_DOWN: "down"
    case SDL_CONTROLLER_BUTTON_DPAD_LEFT: "left"
    case SDL_CONTROLLER_BUTTON_DPAD_RIGHT: "right"
    default: SDL_GameControllerGetStringForButton(button).map { String(cString: $0) }
    }
  }

  private mutating func moved(
    _ player: Int, _ axis: SDL_GameControllerAxis, _ value: Int16
  ) -> [InputEvent] {
    // A stick that rests is never quite in the middle.
    let share = abs(Int(value)) < 4000 ? 0 : max(Double(value) / 32767, -1)
    switch axis {
    case SDL_CONTROLLER_AXIS_LEFTX: pads[player].stick.x = share
    case SDL_CONTROLLER_AXIS_LEFTY: pads[player].stick.y = -share
    default: return []
    }
    return [.stick(player: player, x: pads[player].stick.x, y: pads[player].stick.y)]
  }
}
