"""One Atari console in the library behind `lockstep_console.h`."""
import ctypes
import json

import numpy as np

from ._library import error_of, library as _library, taken as _taken

LIVES, OVER, TRUNCATED, FRAME, EPISODE_FRAME, MODE, DIFFICULTY = range(7)
SCREEN, GREY, RGB, MEMORY, SOUND = range(5)


def _declare():
    text, console, error = ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)
    number, place, status = ctypes.c_int64, ctypes.c_void_p, ctypes.c_int32
    numbers = ctypes.POINTER(number)
    for name, result, *arguments in [
        ("game", text, ctypes.c_char_p, number),
        ("load", console, ctypes.c_char_p, number, ctypes.c_char_p, ctypes.c_uint32, ctypes.c_char_p,
         error),
        ("free", None, console),
        ("facts", text, console),
        ("reset", status, console, error),
        ("act", status, console, status, ctypes.c_float, numbers, error),
        ("status", status, console, numbers, error),
        ("set", status, console, number, number, error),
        ("read", status, console, status, place, number, error),
        ("poke", status, console, number, ctypes.c_uint8, error),
        ("state", place, console, status, numbers, error),
        ("set_state", status, console, ctypes.c_char_p, number, error),
    ]:
        function = getattr(_library, "lockstep_console_" + name)
        function.restype, function.argtypes = result, arguments


_declare()


def game_of(rom):
    """Name of the game whose ROM these bytes are, or None."""
    name = _library.lockstep_console_game(rom, len(rom))
    return _taken(name) if name else None


class Console:
    """A console with a ROM in it. `facts`: game, id, width, height, legal, minimal, modes, difficulties."""

    def __init__(self, rom, seed, settings, game=None):
        self._handle = None
        self._error = ctypes.c_void_p()
        self._error_place = ctypes.byref(self._error)
        handle = _library.lockstep_console_load(
            rom, len(rom), game and game.encode(), seed & 0xFFFFFFFF, json.dumps(settings).encode(),
            self._error_place)
        if not handle:
            raise error_of(self._error.value)
        self._handle = handle
        self.facts = json.loads(_taken(_library.lockstep_console_facts(handle)))
        self._numbers = (ctypes.c_int64 * 7)()
        self._reward = ctypes.c_int64()
        height, width = self.facts["height"], self.facts["width"]
        self.shapes = [(height, width), (height, width), (height, width, 3), (128,), (512,)]

    def __del__(self, free=_library.lockstep_console_free):  # at the interpreter's end modules are empty
        if self._handle:
            free(self._handle)

    def _call(self, function, *arguments):
        if function(self._handle, *arguments, self._error_place) != 0:
            raise error_of(self._error.value)

    def reset(self):
        self._call(_library.lockstep_console_reset)

    def act(self, action, strength=1.0):
        """The reward."""
        self._call(_library.lockstep_console_act, action, strength, ctypes.byref(self._reward))
        return self._reward.value

    def status(self):
        """Seven numbers, in the order of `LIVES` and the others."""
        self._call(_library.lockstep_console_status, self._numbers)
        return self._numbers

    def set(self, mode=-1, difficulty=-1):
        self._call(_library.lockstep_console_set, mode, difficulty)

    def read(self, what, out=None):
        """`SCREEN` and the others; into `out` where that is given."""
        if out is None:
            out = np.empty(self.shapes[what], np.uint8)
        self._call(_library.lockstep_console_read, what, out.ctypes.data, out.nbytes)
        return out

    def poke(self, index, value):
        self._call(_library.lockstep_console_poke, index, value)

    def state(self, with_generator):
        count = ctypes.c_int64()
        state = _library.lockstep_console_state(
            self._handle, int(with_generator), ctypes.byref(count), self._error_place)
        if not state:
            raise error_of(self._error.value)
        try:
            return ctypes.string_at(state, count.value)
        finally:
            _library.lockstep_release(state)

    def set_state(self, state):
        self._call(_library.lockstep_console_set_state, state, len(state))
