"""`ale_py.ALEInterface` over one console of ours."""
import enum
import os
import struct
import warnings
import zlib

import numpy as np

from .. import _console
from .._console import Console, game_of
from ..errors import ArgumentError


class Action(enum.Enum):
    NOOP, FIRE, UP, RIGHT, LEFT, DOWN = range(6)
    UPRIGHT, UPLEFT, DOWNRIGHT, DOWNLEFT = range(6, 10)
    UPFIRE, RIGHTFIRE, LEFTFIRE, DOWNFIRE = range(10, 14)
    UPRIGHTFIRE, UPLEFTFIRE, DOWNRIGHTFIRE, DOWNLEFTFIRE = range(14, 18)

    def __repr__(self):
        return f"Action.{self.name}"

    __str__ = __repr__

    def __index__(self):
        return self.value


class LoggerMode(enum.Enum):
    Info, Warning, Error = range(3)

    def __repr__(self):
        return f"LoggerMode.{self.name}"

    __str__ = __repr__


class ALEState:
    """A console's state, from `cloneState` or from `serialize()`'s bytes."""

    __slots__ = ("_bytes", "_numbers")
    __hash__ = None
    _HEAD = struct.Struct("<8sqqqq")
    _MAGIC = b"LOCKALE1"

    def __init__(self, *given):
        serialized = given[-1] if given else self._HEAD.pack(self._MAGIC, 0, 0, 0, 0)
        if isinstance(serialized, ALEState):
            serialized = serialized.serialize()
        if not isinstance(serialized, bytes):
            raise TypeError(f"a state is made of bytes, not {type(serialized).__name__}")
        magic = serialized[:8]
        if len(serialized) < self._HEAD.size or magic != self._MAGIC:
            raise ArgumentError("these bytes are no ALEState of Lockstep")
        self._numbers = self._HEAD.unpack_from(serialized)[1:]
        self._bytes = serialized

    @classmethod
    def _of(cls, console, with_generator):
        status = console.status()
        numbers = [status[which] for which in (
            _console.FRAME, _console.EPISODE_FRAME, _console.MODE, _console.DIFFICULTY)]
        return cls(cls._HEAD.pack(cls._MAGIC, *numbers) + console.state(with_generator))

    def serialize(self):
        return self._bytes

    def equals(self, other):
        return self._bytes == other._bytes

    def __eq__(self, other):
        return self.equals(other) if isinstance(other, ALEState) else NotImplemented

    def getFrameNumber(self):
        return self._numbers[0]

    def getEpisodeFrameNumber(self):
        return self._numbers[1]

    def getCurrentMode(self):
        return self._numbers[2]

    def getDifficulty(self):
        return self._numbers[3]

    def __reduce__(self):
        return ALEState, (self._bytes,)


_INTS = {"random_seed": -1, "frame_skip": 1, "max_num_frames_per_episode": 0, "fragsize": 64,
         "system_random_seed": 4753849, "reward_min": -2**31, "reward_max": 2**31 - 1}
_BOOLS = {"display_screen": False, "sound": False, "sound_obs": False, "color_averaging": False,
          "truncate_on_loss_of_life": False}
_FLOATS = {"repeat_action_probability": 0.25}
_STRINGS = {"cpu": "low", "record_screen_dir": "", "record_sound_filename": "", "rom_file": ""}


def _text(value):
    """As ALE keeps settings: all as text, numbers with six significant digits."""
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


class ALEInterface:
    """A console; `loadROM` puts a cartridge in.

    As in ALE, settings take hold when a ROM is loaded, a mode at the next `reset_game`, a difficulty at
    the next frame. A window, sound from a loudspeaker and recordings there are none; a call that ALE
    answers by ending the process is an exception here.
    """

    def __init__(self):
        self._settings = {name: _text(value) for kind in (_INTS, _BOOLS, _FLOATS, _STRINGS)
                          for name, value in kind.items()}
        self._console = None
        self._audible = False

    # Settings

    def _set(self, kinds, key, value):
        if not any(key in kind for kind in kinds):
            raise RuntimeError(
                f"The key {key} you are trying to set does not exist or has incorrect value type.\n")
        self._settings[key] = _text(value)

    def setInt(self, key, value):
        self._set((_INTS, _BOOLS), key, int(value))

    def setBool(self, key, value):
        self._set((_BOOLS,), key, bool(value))

    def setFloat(self, key, value):
        self._set((_FLOATS,), key, float(np.float32(value)))

    def setString(self, key, value):
        self._set((_STRINGS,), key, str(value))

    def getString(self, key):
        return self._settings.get(key, "")

    def getInt(self, key):
        return int(self._number(key)) if key in self._settings else -1

    def getFloat(self, key):
        return float(np.float32(self._number(key))) if key in self._settings else -1.0

    def getBool(self, key):
        return self._settings.get(key, "0") in ("1", "True")

    def _number(self, key):
        try:
            return float(self._settings[key])
        except ValueError:
            return 0.0

    @staticmethod
    def setLoggerMode(mode):
        """There is no log: what ALE would write is an exception or a warning."""

    # The cartridge

    @staticmethod
    def isSupportedROM(rom):
        """The game's name, or None."""
        return game_of(_read(rom))

    def loadROM(self, rom):
        """Loads a ROM with a game reset. One that is not known gets the rules of the game that the
        file's name names."""
        data, settings = _read(rom), self._for_console()
        seed = self.getInt("random_seed")
        if seed == -1:
            seed = int.from_bytes(os.urandom(4), "little")
        name = None
        if game_of(data) is None:
            name = os.path.splitext(os.path.basename(os.fspath(rom)))[0]
            warnings.warn(f"{os.fspath(rom)} is not the ROM of {name} that is known")
        self._console = Console(data, seed, settings, name)
        self._settings["rom_file"] = os.fspath(rom)
        self._audible = self.getBool("sound_obs")

    def _for_console(self):
        for key in ("display_screen", "sound", "color_averaging"):
            if self.getBool(key):
                raise ArgumentError(f"{key} is not there; pictures and sound are arrays here")
        for key in ("record_screen_dir", "record_sound_filename"):
            if self.getString(key):
                raise ArgumentError(f"{key} is not there; `saveScreenPNG` and `getAudio` are")
        skip, heard = self.getInt("frame_skip"), self.getBool("sound_obs")
        return {
            "sticky": self.getFloat("repeat_action_probability"), "frame-skip": str(skip),
            "frame-limit": self.getInt("max_num_frames_per_episode"),
            "reward-min": self.getInt("reward_min"), "reward-max": self.getInt("reward_max"),
            "truncate-on-loss-of-life": self.getBool("truncate_on_loss_of_life"),
            # With this the routines that choose a mode skip frames, too.
            "sound": "every-step" if heard or skip != 1 else "false"}

    @property
    def _loaded(self):
        if self._console is None:
            raise RuntimeError("ROM not set")
        return self._console

    # Playing

    def act(self, action, paddle_strength=1.0):
        """The reward."""
        if isinstance(action, Action):
            action = action.value
        elif isinstance(action, bool) or not hasattr(action, "__index__"):
            raise _mismatch("act", "an Action or a number", type(action).__name__)
        action = action.__index__()
        if action < 0:
            raise _mismatch("act", "an action that is not negative", action)
        # ALE's number for the console's reset, which an agent does not get.
        return self._loaded.act(0 if action == 40 else action, paddle_strength)

    def reset_game(self):
        self._loaded.reset()

    def game_over(self, with_truncation=True):
        status = self._loaded.status()
        return bool(status[_console.OVER] or (with_truncation and status[_console.TRUNCATED]))

    def game_truncated(self):
        return bool(self._loaded.status()[_console.TRUNCATED])

    def lives(self):
        return self._loaded.status()[_console.LIVES]

    def getFrameNumber(self):
        return self._loaded.status()[_console.FRAME]

    def getEpisodeFrameNumber(self):
        return self._loaded.status()[_console.EPISODE_FRAME]

    # The game

    def getLegalActionSet(self):
        return [Action(number) for number in self._loaded.facts["legal"]]

    def getMinimalActionSet(self):
        return [Action(number) for number in self._loaded.facts["minimal"]]

    def getAvailableModes(self):
        return list(self._loaded.facts["modes"])

    def getAvailableDifficulties(self):
        return list(self._loaded.facts["difficulties"])

    def setMode(self, mode):
        if mode not in self._loaded.facts["modes"]:
            raise RuntimeError("Invalid game mode requested")
        self._console.set(mode=mode)

    def setDifficulty(self, difficulty):
        if difficulty not in self._loaded.facts["difficulties"]:
            raise RuntimeError("Invalid difficulty requested")
        self._console.set(difficulty=difficulty)

    # What is seen

    def getScreenDims(self):
        """Height, width."""
        return self._loaded.shapes[_console.SCREEN]

    def getScreen(self, buffer=None):
        return self._shown(_console.SCREEN, buffer)

    def getScreenRGB(self, buffer=None):
        return self._shown(_console.RGB, buffer)

    def getScreenGrayscale(self, buffer=None):
        return self._shown(_console.GREY, buffer)

    def getRAMSize(self):
        return 128

    def getRAM(self, buffer=None):
        return self._shown(_console.MEMORY, buffer)

    def setRAM(self, index, value):
        """`index` 0...127, for addresses $80...$FF."""
        if not (0 <= index and 0 <= value <= 255):
            raise _mismatch("setRAM", "an index from 0 and a value 0...255", (index, value))
        if index >= 128:
            raise RuntimeError("setRAM index out of bounds.")
        self._loaded.poke(index, value)

    def getAudioSize(self):
        self._loaded
        return 512

    def getAudio(self, buffer=None):
        """512 samples of the last act, where `sound_obs` is set; else zeros."""
        if self._loaded and not self._audible:
            return self._given(np.zeros(512, np.uint8), buffer)
        return self._shown(_console.SOUND, buffer)

    def _shown(self, what, buffer):
        console = self._loaded
        if buffer is None:
            return console.read(what)
        self._check(buffer, console.shapes[what])
        console.read(what, buffer)

    def _given(self, array, buffer):
        if buffer is None:
            return array
        self._check(buffer, array.shape)
        buffer[...] = array

    @staticmethod
    def _check(buffer, shape):
        if not isinstance(buffer, np.ndarray) or buffer.dtype != np.uint8 or not (
                buffer.flags.c_contiguous and buffer.flags.writeable):
            raise _mismatch(
                "a buffer", "an array of bytes, row by row, that can be written", type(buffer).__name__)
        if len(shape) == 1 and buffer.shape != shape:
            raise _mismatch("a buffer", f"of shape {shape}", buffer.shape)
        if buffer.shape != shape:
            raise RuntimeError(f"Invalid shape, {buffer.shape}, expecting shape {shape}")

    def saveScreenPNG(self, path):
        """Every pixel is twice as wide, as in ALE."""
        picture = np.repeat(self._loaded.read(_console.RGB), 2, axis=1)
        height, width, _ = picture.shape
        rows = np.zeros((height, 1 + 3 * width), np.uint8)
        rows[:, 1:] = picture.reshape(height, -1)

        def chunk(kind, body):
            return (struct.pack(">I", len(body)) + kind + body
                    + struct.pack(">I", zlib.crc32(kind + body)))

        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
            file.write(chunk(b"IDAT", zlib.compress(rows.tobytes())) + chunk(b"IEND", b""))

    # Clones

    def cloneState(self, include_rng=False):
        """`include_rng`: with the generator of sticky actions."""
        return ALEState._of(self._loaded, include_rng)

    def restoreState(self, state):
        """What is shown stays until the next frame."""
        self._loaded.set_state(state.serialize()[ALEState._HEAD.size:])

    def cloneSystemState(self):
        return self.cloneState(include_rng=True)

    restoreSystemState = restoreState


def _mismatch(where, wanted, given):
    """Begins as ale-py's own."""
    return TypeError(f"{where}: incompatible function arguments. The following argument types are "
                     f"supported: {wanted}; not {given}")


def _read(rom):
    try:
        with open(rom, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise RuntimeError("ROM file doesn't exist") from None
