import CSDL2

/// The sound device.
///
/// It runs at the rate at which samples are made, 512 a frame and so 30,720 a second at 60 frames: a
/// little lower than ALE's 31,400 Hz, and without gaps. SDL brings that to what the hardware wants.
public final class Speaker {
  private let ring: SampleRing
  private(set) var device: SDL_AudioDeviceID = 0
  public let samplesPerSecond: Double
  private var isReady = false

  /// Samples that the game made, and those that the device asked for in vain.
  public var total: Int { ring.total }
  public var missed: Int { ring.held }
  public private(set) var dropped = 0

  /// - Parameter frame: samples that come at once.
  public init(samplesPerSecond: Double, frame: Int) {
    self.samplesPerSecond = samplesPerSecond
    ring = SampleRing(capacity: 16 * frame, target: 4 * frame, silence: 128)
  }

  deinit {
    close()
    if isReady { SDL_QuitSubSystem(SDL_INIT_AUDIO) }
  }

  /// - Returns: nil, or why there is no sound.
  public func open() -> String? {
    if !isReady && SDL_InitSubSystem(SDL_INIT_AUDIO) != 0 { return sdlError() }
    isReady = true
    var wanted = SDL_AudioSpec()
    wanted.freq = Int32(samplesPerSecond.rounded())
    wanted.format = SDL_AudioFormat(AUDIO_U8)
    wanted.channels = 1
    wanted.samples = 512
    wanted.userdata = Unmanaged.passUnretained(ring).toOpaque()
    wanted.callback = { ring, target, count in
      guard let ring, let target else { return }
      Unmanaged<SampleRing>.fromOpaque(ring)._withUnsafeGuaranteedRef {
        $0.read(into: target, count: Int(count))
      }
    }
    device = SDL_OpenAudioDevice(nil, 0, &wanted, nil, 0)
    if device == 0 { return sdlError() }
    SDL_PauseAudioDevice(device, 0)
    return nil
  }

  /// The device is gone.
  /// - Returns: whether it was this one.
  func lose(_ gone: UInt32) -> Bool {
    guard device != 0, gone == device else { return false }
    close()
    return true
  }

  var isOpen: Bool { device != 0 }

  /// Also waits for the callback to end.
  func close() {
    if device != 0 { SDL_CloseAudioDevice(device) }
    device = 0
  }

  public func play(_ samples: [UInt8]) {
    if device == 0 || samples.isEmpty { return }
    dropped += samples.count - ring.write(samples)
  }

  /// By how much ticks should be longer so that as much sound waits as should: a five-hundredth at
  /// most.
  public var stretch: Double {
    if device == 0 || ring.count == 0 { return 1 }
    let excess = Double(ring.count - ring.target) / Double(ring.target)
    return 1 + 0.002 * excess.clamped(to: -1...1)
  }
}

func sdlError() -> String { String(cString: SDL_GetError()) }
