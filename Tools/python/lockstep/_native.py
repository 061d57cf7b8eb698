"""A batch of environments behind the C interface, its columns as NumPy arrays."""
import collections
import ctypes
import json
import mmap
import sys
import threading

import numpy as np

from ._library import build_info, catalogue, error_of, library as _library, taken as _taken
from .errors import ArgumentError, Error, KindError, OutOfMemoryError, UseError

__all__ = ["Batch", "Error", "build_info", "catalogue"]

_INT64 = np.dtype(np.int64)
_FLAGS = ("terminated", "truncated")


def _zeros(shape, element):
    """Large arrays lie in pages of 2 MB, where the system has such: copies into them take a tenth less time
    than into what `np.zeros` gives."""
    size = int(np.prod(shape)) * element.itemsize
    if size < 4 << 20 or not hasattr(mmap, "MADV_HUGEPAGE"):
        return np.zeros(shape, element)
    pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    pages.madvise(mmap.MADV_HUGEPAGE)
    return np.ndarray(shape, element, pages)


class _Set:
    """Arrays for all columns that a step writes. Whoever holds one, or a view of it, is seen in its count
    of references, or in that of its pages."""

    def __init__(self, columns, actions):
        try:
            self.arrays = [_zeros(shape, element) for _, shape, element, _ in columns[1:]]
        except (MemoryError, OSError) as error:
            raise OutOfMemoryError(str(error)) from None
        self._counted = self.arrays + [a.base for a in self.arrays if a.base is not None]
        everything = [actions] + self.arrays
        self.places = (ctypes.c_void_p * len(everything))(*[a.ctypes.data for a in everything])
        del everything
        self._resting = self._counts()

    def _counts(self):
        return list(map(sys.getrefcount, self._counted))

    def is_free(self):
        return self._counts() == self._resting


class _Life:
    """A batch of the library's and the arrays that it writes to. Ends when neither the Python batch, nor a
    call, nor an array in the library's own memory is left."""

    def __init__(self, handle):
        self.handle = handle
        self.current = None
        self.sets = collections.deque()  # others, the one used longest ago first

    def __del__(self, free=_library.lockstep_free):  # at the interpreter's end this module is empty
        free(self.handle)


class _OwnSet:
    """The batch's own memory for all columns that a step writes."""

    def __init__(self, columns, life):
        self.arrays = []
        for index, (_, shape, element, _) in enumerate(columns[1:], 1):
            memory = (ctypes.c_uint8 * (int(np.prod(shape)) * element.itemsize)).from_address(
                _library.lockstep_column(life.handle, index))
            memory.life = life
            self.arrays.append(np.frombuffer(memory, element).reshape(shape))
            self.arrays[-1].flags.writeable = False


class Batch:
    """Lanes that step together.

    Arrays that are returned stay as they are while anybody holds them, or a view of them: the next step
    writes to others. Changing them changes nothing that comes later. With `reuse` they cannot be
    changed, and every step writes to the same ones: nothing has to be kept beside them.

    One thread may call at a time; another's call meanwhile is a `UseError`.
    """

    def __init__(self, id, lanes, threads=0, settings=None, reuse=False):
        self._life = None
        error = ctypes.c_void_p()
        handle = _library.lockstep_make(
            _text(id), _whole(lanes, "lanes"), _whole(threads, "threads"),
            json.dumps(settings or {}).encode(), ctypes.byref(error))
        if not handle:
            raise error_of(error.value)
        self._life = life = _Life(handle)
        self._callers = {}
        self._error = ctypes.c_void_p()
        self._error_place = ctypes.byref(self._error)
        view = json.loads(_taken(_library.lockstep_spec(handle)))
        self.id, self.lanes, self.threads = view["id"], view["lanes"], view["threads"]
        self.spec, self.steps_per_second = view["spec"], view["steps_per_second"]
        self.columns = [
            (c["name"], tuple(c["shape"]), np.dtype(bool if c["name"] in _FLAGS else c["element"]),
             c["group"]) for c in view["columns"]]
        _, shape, element, _ = self.columns[0]
        self.actions = np.zeros(shape, element)
        self._action_shapes = self._shapes_of_actions()
        self._zeros, self._lower = bytes(self.actions.nbytes), None
        if element.kind == "i" and self.spec["players"] == 1 and sys.byteorder == "little":
            self._lower = self.actions.reshape(-1).view(np.uint32)
        places = (ctypes.c_void_p * len(self.columns))(self.actions.ctypes.data)
        self._call(life, _library.lockstep_bind, len(self.columns), places)
        self._spare = 0
        self._own = _OwnSet(self.columns, life) if reuse else None
        self.indices = {}
        for index, (_, _, _, group) in enumerate(self.columns[1:]):
            self.indices.setdefault(group, []).append(index)

    def close(self):
        """Ends the batch's threads, once no call is under way. Arrays that were returned stay."""
        self._life = self._own = None

    # Calls

    def _enter(self):
        """What the call works on, and keeps alive."""
        life = self._life
        if life is None:
            raise UseError("the environment is closed")
        me = threading.get_ident()
        # A thread that was interrupted may still stand there; then it is its own.
        if self._callers.setdefault(0, me) != me:
            raise UseError("another thread is in a call on this environment")
        return life

    def _leave(self):
        self._callers.pop(0, None)

    def _call(self, life, function, *arguments):
        if function(life.handle, *arguments, self._error_place) != 0:
            raise error_of(self._error.value)

    def _made(self, life, function, *arguments):
        result = function(life.handle, *arguments, self._error_place)
        if not result:
            raise error_of(self._error.value)
        return result

    # Arrays

    def _aim(self, life):
        """At arrays that nobody holds."""
        if self._own is not None:
            return
        current = life.current
        if current is not None and current.is_free():
            return
        chosen = self._free_set(life) or _Set(self.columns, self.actions)
        self._call(life, _library.lockstep_bind, len(self.columns), chosen.places)
        if current is not None:
            life.sets.append(current)
        life.current = chosen

    def _show(self, life, function, *arguments):
        """A call that writes all rows, or fails and writes none."""
        old = life.current
        self._aim(life)
        try:
            self._call(life, function, *arguments)
        except Error:
            if old is not None and old is not life.current:
                self._call(life, _library.lockstep_bind, len(self.columns), old.places)
                life.sets.remove(old)
                life.sets.append(life.current)
                life.current = old
            raise

    def _free_set(self, life):
        """One that nobody holds, of the four that were used longest ago. Where all four are free for long,
        there are more than are needed."""
        sets = life.sets
        count = min(4, len(sets))
        if count < 4:
            for _ in range(count):
                chosen = sets.popleft()
                if chosen.is_free():
                    return chosen
                sets.append(chosen)
            return None
        free = [index for index in range(count) if sets[index].is_free()]
        if len(free) == 4:
            self._spare += 1
            if self._spare >= 64:
                self._spare = 0
                sets.pop()
        if free:
            chosen = sets[free[0]]
            del sets[free[0]]
            return chosen
        sets.rotate(-count)
        return None

    def _keep_rows(self, life):
        """Arrays to write into that show what the last step showed."""
        old = life.current
        self._aim(life)
        if old is not None and old is not life.current:
            for new, kept in zip(life.current.arrays, old.arrays):
                new[...] = kept

    @property
    def arrays(self):
        """Of all columns but the actions', in the order of `columns`."""
        life = self._life
        if life is None:
            raise UseError("the environment is closed")
        current = self._own or life.current
        if current is None:
            raise UseError("the environment has not been reset yet")
        return current.arrays

    def group(self, name):
        """The arrays of `observations`, `final_observations`, `info`, `final_info` or `results`."""
        arrays = self.arrays
        return [arrays[index] for index in self.indices.get(name, [])]

    # Actions

    def _shapes_of_actions(self):
        """What a caller may give: [lanes, (players,) width], and without the last axis where it is 1."""
        players, width = self.spec["players"], self.actions.shape[-1]
        shape = (self.lanes,) + ((players,) if players > 1 else ())
        return (shape + (width,),) + ((shape,) if width == 1 else ())

    def take(self, actions):
        """Copies actions, checked for kind and shape, to where the next step reads them."""
        # What most callers give: the halves of 64-bit numbers are looked at where they lie.
        if type(actions) is np.ndarray and actions.dtype is _INT64 and self._lower is not None and (
                actions.shape in self._action_shapes and actions.flags.c_contiguous):
            halves = actions.reshape(-1).view(np.uint32)
            if halves[1::2].tobytes() == self._zeros:
                self._lower[:] = halves[::2]
                return
        given, target = np.asarray(actions), self.actions
        is_whole = target.dtype.kind == "i"
        if given.dtype.kind not in ("iub" if is_whole else "iubf"):
            raise KindError(
                f"actions of {given.dtype}: {'whole ' * is_whole}numbers are wanted")
        if given.shape not in self._action_shapes:
            raise ArgumentError(f"actions of shape {given.shape}: {self._action_shapes[-1]} is wanted")
        if self.spec["players"] > 1:
            given = np.moveaxis(given.reshape(self._action_shapes[0]), 1, 0)
        if is_whole and given.dtype.itemsize == 8:
            given = _narrow(given)
        if not is_whole and given.dtype.itemsize == 8:
            with np.errstate(over="ignore"):  # to infinity, which a step refuses
                given = given.astype(target.dtype)
        np.copyto(target, given.reshape(target.shape), casting="unsafe")

    def step(self, actions=None):
        """One step of every lane under `actions`, or what the array `actions` of the batch holds."""
        life = self._enter()
        try:
            if actions is not None:
                self.take(actions)
            self._show(life, _library.lockstep_step)
        finally:
            self._leave()

    def reset(self, mask=None, seeds=None):
        """New episodes: in all lanes, or where the mask, a bool a lane, says so; seeds one a lane."""
        mask_place = seed_place = None
        if mask is not None:
            mask = np.ascontiguousarray(_array(mask, "biu", "the mask") != 0, np.uint8)
            if mask.shape != (self.lanes,):
                raise ArgumentError(f"the mask is to have {self.lanes} lanes, not shape {mask.shape}")
            mask_place = mask.ctypes.data
        if seeds is not None:
            seeds = np.ascontiguousarray(_array(seeds, "iu", "seeds"), np.uint64)
            if seeds.shape != (self.lanes,):
                raise ArgumentError(f"{self.lanes} seeds are wanted, not shape {seeds.shape}")
            seed_place = seeds.ctypes.data
        life = self._enter()
        try:
            if mask is None:
                self._show(life, _library.lockstep_reset, None, seed_place)
            else:
                self._keep_rows(life)
                self._call(life, _library.lockstep_reset, mask_place, seed_place)
        finally:
            self._leave()

    def render(self, lane=0):
        """[height, width, 3] bytes."""
        lane = _whole(lane, "lane")
        width, height = ctypes.c_int64(), ctypes.c_int64()
        life = self._enter()
        try:
            picture = self._made(
                life, _library.lockstep_render, lane, ctypes.byref(width), ctypes.byref(height))
        finally:
            self._leave()
        shape = (height.value, width.value, 3)
        try:
            raw = ctypes.string_at(picture, height.value * width.value * 3)
            return np.frombuffer(bytearray(raw), np.uint8).reshape(shape)
        finally:
            _library.lockstep_release(picture)

    # States

    def state(self, lane=0):
        """Everything that the lane's future depends on, as bytes."""
        lane, count = _whole(lane, "lane"), ctypes.c_int64()
        life = self._enter()
        try:
            state = self._made(life, _library.lockstep_state, lane, ctypes.byref(count))
        finally:
            self._leave()
        try:
            return ctypes.string_at(state, count.value)
        finally:
            _library.lockstep_release(state)

    def set_state(self, lane, state):
        """The lane becomes what it was; arrays show what they showed then."""
        lane = _whole(lane, "lane")
        try:
            state = bytes(memoryview(state))
        except TypeError:
            raise KindError(f"a state is bytes, not {type(state).__name__}") from None
        self._change(_library.lockstep_set_state, lane, state, len(state))

    def save(self, lanes, slots):
        """Keeps states in memory: lane `lanes[i]` in slot `slots[i]`."""
        count, lanes, slots = _pairs(lanes, slots)
        life = self._enter()
        try:
            self._call(life, _library.lockstep_save, count, lanes.ctypes.data, slots.ctypes.data)
        finally:
            self._leave()

    def restore(self, lanes, slots):
        """Lane `lanes[i]` becomes what was kept in slot `slots[i]`."""
        count, lanes, slots = _pairs(lanes, slots)
        self._change(_library.lockstep_restore, count, lanes.ctypes.data, slots.ctypes.data)

    def fork(self, source, lanes):
        """Lanes become copies of one."""
        own = -2**63  # a slot that callers hardly choose
        self.save([source], [own])
        lanes = _numbers(lanes, "lanes")
        self.restore(lanes, np.full_like(lanes, own))

    def _change(self, function, *arguments):
        """A call that changes some rows and leaves the others."""
        life = self._enter()
        try:
            self._keep_rows(life)
            self._call(life, function, *arguments)
        finally:
            self._leave()


def _text(value):
    if not isinstance(value, str):
        raise KindError(f"an id is a text, not {value!r}")
    try:
        text = value.encode()
    except UnicodeEncodeError:
        text = b"\0"
    if b"\0" in text:
        raise ArgumentError(f"unknown environment {value!r}")
    return text


def _whole(value, name):
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(f"{name} is to be a whole number, not {value!r}") from None
    if number != value or not -2**63 <= number < 2**63:
        raise ArgumentError(f"{name} is to be a whole number, not {value!r}")
    return number


def _array(value, kinds, name):
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in kinds and array.size:
        raise KindError(f"{name}: an array of {array.dtype} does not suit")
    return array


def _numbers(values, name):
    return np.ascontiguousarray(_array(values, "iu", name), np.int64).reshape(-1)


def _pairs(lanes, slots):
    lanes, slots = _numbers(lanes, "lanes"), _numbers(slots, "slots")
    if lanes.shape != slots.shape:
        raise ArgumentError(f"{lanes.size} lanes for {slots.size} slots")
    return lanes.size, lanes, slots


def _narrow(given):
    """64-bit numbers as 32-bit ones; the step itself refuses those that are not actions."""
    given = np.ascontiguousarray(given, given.dtype.newbyteorder("="))
    halves = given.view(np.uint32).reshape(given.shape + (2,))
    if halves[..., 1].any():
        raise ArgumentError(f"actions from {given.min()} to {given.max()}: some are out of range")
    return halves[..., 0]
