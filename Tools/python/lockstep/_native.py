"""The library behind the C interface of `lockstep.h`, and a batch of environments in it."""
import ctypes
import json
import os
import pathlib
import sys

import numpy as np

VERSION = 1
_PLACES = ctypes.POINTER(ctypes.c_void_p)


class Error(ValueError):
    """What Lockstep refuses, in its own words."""


def _find():
    here = pathlib.Path(__file__).resolve().parent
    given = os.environ.get("LOCKSTEP_LIBRARY")
    places = [pathlib.Path(given)] if given else [
        here / "lib" / "libLockstepC.so", here.parents[2] / ".build/release/libLockstepC.so"]
    for place in places:
        if place.exists():
            return str(place)
    raise ImportError("libLockstepC.so is not there: " + ", ".join(map(str, places)))


def _load():
    library = ctypes.CDLL(_find())
    text, batch, error = ctypes.c_void_p, ctypes.c_void_p, _PLACES
    number, place = ctypes.c_int64, ctypes.c_void_p
    status = ctypes.c_int32
    for name, result, *arguments in [
        ("version", status),
        ("build_info", text),
        ("catalogue", text),
        ("make", batch, ctypes.c_char_p, number, number, ctypes.c_char_p, error),
        ("free", None, batch),
        ("spec", text, batch),
        ("bind", status, batch, number, place, error),
        ("column", place, batch, number),
        ("reset", status, batch, place, place, error),
        ("step", status, batch, error),
        ("render", place, batch, number, ctypes.POINTER(number), ctypes.POINTER(number), error),
        ("state", place, batch, number, ctypes.POINTER(number), error),
        ("set_state", status, batch, number, ctypes.c_char_p, number, error),
        ("save", status, batch, number, place, place, error),
        ("restore", status, batch, number, place, place, error),
        ("release", None, place),
    ]:
        function = getattr(library, "lockstep_" + name)
        function.restype, function.argtypes = result, arguments
    if library.lockstep_version() != VERSION:
        raise ImportError(f"libLockstepC.so has version {library.lockstep_version()}, not {VERSION}")
    return library


_library = _load()


def _taken(text):
    """A text of the library's, which is then freed."""
    try:
        return ctypes.string_at(text).decode()
    finally:
        _library.lockstep_release(text)


def build_info():
    """`version` and the processor level for which the kernels were compiled."""
    return json.loads(_taken(_library.lockstep_build_info()))


def catalogue():
    """Every environment: id, family, other names, settings, what has been compared with the original."""
    return json.loads(_taken(_library.lockstep_catalogue()))


class _Set:
    """Arrays for all columns that a step writes. Each owns its memory, so that whoever holds one, or a
    view of it, is seen in its count of references."""

    def __init__(self, columns, actions):
        self.arrays = [np.zeros(shape, element) for _, shape, element, _ in columns[1:]]
        everything = [actions] + self.arrays
        self.places = (ctypes.c_void_p * len(everything))(*[a.ctypes.data for a in everything])
        self._resting = [sys.getrefcount(array) for array in self.arrays]

    def is_free(self):
        count = sys.getrefcount
        return all(count(a) <= n for a, n in zip(self.arrays, self._resting))


class _Owner:
    """Frees a batch when neither it nor an array in its memory is held."""

    def __init__(self, handle):
        self.handle = handle

    def __del__(self):
        _library.lockstep_free(self.handle)


class _OwnSet:
    """The batch's own memory for all columns that a step writes."""

    def __init__(self, columns, owner):
        self.arrays = []
        for index, (_, shape, element, _) in enumerate(columns[1:], 1):
            memory = (ctypes.c_uint8 * (int(np.prod(shape)) * element.itemsize)).from_address(
                _library.lockstep_column(owner.handle, index))
            memory.owner = owner
            self.arrays.append(np.frombuffer(memory, element).reshape(shape))
            self.arrays[-1].flags.writeable = False

    def is_free(self):
        return True


class Batch:
    """Lanes that step together.

    Arrays that are returned stay as they are while anybody holds them, or a view of them: the next step
    writes to others. Changing them changes nothing that comes later. With `reuse` they cannot be
    changed, and every step writes to the same ones: nothing has to be kept beside them.
    """

    def __init__(self, id, lanes, threads=0, settings=None, reuse=False):
        self._handle = self._owner = None
        error = ctypes.c_void_p()
        handle = _library.lockstep_make(
            str(id).encode(), _whole(lanes, "lanes"), _whole(threads, "threads"),
            json.dumps(settings or {}).encode(), ctypes.byref(error))
        if not handle:
            raise Error(_taken(error.value))
        self._handle, self._owner = handle, _Owner(handle)
        self._error = ctypes.c_void_p()
        self._error_place = ctypes.byref(self._error)
        view = json.loads(_taken(_library.lockstep_spec(handle)))
        self.id, self.lanes, self.threads = view["id"], view["lanes"], view["threads"]
        self.spec = view["spec"]
        self.columns = [
            (c["name"], tuple(c["shape"]), np.dtype(c["element"]), c["group"]) for c in view["columns"]]
        _, shape, element, _ = self.columns[0]
        self.actions = np.zeros(shape, element)
        places = (ctypes.c_void_p * len(self.columns))(self.actions.ctypes.data)
        self._call(_library.lockstep_bind, len(self.columns), places)
        self._sets = []
        self._current = _OwnSet(self.columns, self._owner) if reuse else None
        self._groups = {}
        for index, (_, _, _, group) in enumerate(self.columns[1:]):
            self._groups.setdefault(group, []).append(index)

    def __del__(self):
        self.close()

    def close(self):
        """Ends the batch's threads. Arrays that were returned stay."""
        self._handle = self._owner = self._current = None

    def _call(self, function, *arguments):
        if not self._handle:
            raise Error("the environment is closed")
        if function(self._handle, *arguments, self._error_place) != 0:
            raise Error(_taken(self._error.value))

    def _aim(self):
        """At arrays that nobody holds."""
        if not self._handle:
            raise Error("the environment is closed")
        current = self._current
        if current is not None and current.is_free():
            return
        chosen = next((s for s in self._sets if s is not current and s.is_free()), None)
        if chosen is None:
            chosen = _Set(self.columns, self.actions)
            self._sets.append(chosen)
        self._call(_library.lockstep_bind, len(self.columns), chosen.places)
        self._current = chosen

    def group(self, name):
        """The arrays of `observations`, `final_observations`, `info`, `final_info` or `results`."""
        return [self._current.arrays[index] for index in self._groups.get(name, [])]

    def step(self):
        """One step of every lane under `actions`."""
        self._aim()
        self._call(_library.lockstep_step)

    def reset(self, mask=None, seeds=None):
        """New episodes: in all lanes, or where the mask, a bool a lane, says so; seeds one a lane."""
        if mask is None:
            self._aim()
        else:
            mask = np.ascontiguousarray(mask, np.uint8)
            if mask.shape != (self.lanes,):
                raise Error(f"the mask is to have {self.lanes} lanes, not shape {mask.shape}")
            self._keep_rows()
        if seeds is not None:
            seeds = np.ascontiguousarray(seeds, np.uint64)
            if seeds.shape != (self.lanes,):
                raise Error(f"{self.lanes} seeds are wanted, not shape {seeds.shape}")
        place = lambda array: None if array is None else array.ctypes.data
        self._call(_library.lockstep_reset, place(mask), place(seeds))

    def render(self, lane=0):
        """[height, width, 3] bytes."""
        width, height = ctypes.c_int64(), ctypes.c_int64()
        picture = self._made(
            _library.lockstep_render, _whole(lane, "lane"), ctypes.byref(width), ctypes.byref(height))
        shape = (height.value, width.value, 3)
        try:
            raw = ctypes.string_at(picture, height.value * width.value * 3)
            return np.frombuffer(bytearray(raw), np.uint8).reshape(shape)
        finally:
            _library.lockstep_release(picture)

    def state(self, lane=0):
        """Everything that the lane's future depends on, as bytes."""
        count = ctypes.c_int64()
        state = self._made(_library.lockstep_state, _whole(lane, "lane"), ctypes.byref(count))
        try:
            return ctypes.string_at(state, count.value)
        finally:
            _library.lockstep_release(state)

    def set_state(self, lane, state):
        """The lane becomes what it was; arrays show what they showed then."""
        self._keep_rows()
        self._call(_library.lockstep_set_state, _whole(lane, "lane"), bytes(state), len(state))

    def save(self, lanes, slots):
        """Keeps states in memory: lane `lanes[i]` in slot `slots[i]`."""
        count, lanes, slots = _pairs(lanes, slots)
        self._call(_library.lockstep_save, count, lanes.ctypes.data, slots.ctypes.data)

    def restore(self, lanes, slots):
        """Lane `lanes[i]` becomes what was kept in slot `slots[i]`."""
        count, lanes, slots = _pairs(lanes, slots)
        self._keep_rows()
        self._call(_library.lockstep_restore, count, lanes.ctypes.data, slots.ctypes.data)

    def _keep_rows(self):
        """Arrays to write into that show what the last step showed."""
        old = self._current
        self._aim()
        if old is not None and old is not self._current:
            for new, kept in zip(self._current.arrays, old.arrays):
                new[...] = kept

    def _made(self, function, *arguments):
        if not self._handle:
            raise Error("the environment is closed")
        result = function(self._handle, *arguments, self._error_place)
        if not result:
            raise Error(_taken(self._error.value))
        return result


def _whole(value, name):
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise Error(f"{name} is to be a whole number, not {value!r}") from None
    if number != value or not -2**63 <= number < 2**63:
        raise Error(f"{name} is to be a whole number, not {value!r}")
    return number


def _pairs(lanes, slots):
    lanes, slots = (np.ascontiguousarray(x, np.int64).reshape(-1) for x in (lanes, slots))
    if lanes.shape != slots.shape:
        raise Error(f"{lanes.size} lanes for {slots.size} slots")
    return lanes.size, lanes, slots
