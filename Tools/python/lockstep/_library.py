"""The library behind the C interface of `lockstep.h`."""
import ctypes
import json
import os

from .errors import KINDS

VERSION = 2
ERROR_PLACE = ctypes.POINTER(ctypes.c_void_p)


def _find():
    """The library, and the processor's level that it was chosen for; a wheel has one for each."""
    given = os.environ.get("LOCKSTEP_LIBRARY")
    if given:
        return given, None
    here = os.path.dirname(os.path.abspath(__file__))
    folder = os.path.join(here, "lib")
    if os.path.exists(os.path.join(folder, "liblockstep-level.so")):
        level = _level(os.path.join(folder, "liblockstep-level.so"))
        return os.path.join(folder, f"liblockstep-{level}.so"), level
    built = os.path.join(
        os.path.dirname(os.path.dirname(os.path.dirname(here))), ".build/release/libLockstepC.so")
    for path in os.path.join(folder, "liblockstep-native.so"), built:
        if os.path.exists(path):
            return path, "native"
    raise ImportError(f"Lockstep's library is neither in {folder} nor at {built}")


def _level(path):
    choose = ctypes.CDLL(path).lockstep_level
    choose.argtypes = [ctypes.POINTER(ctypes.c_char_p)]
    reason = ctypes.c_char_p()
    level = choose(ctypes.byref(reason))
    if level == 0:
        raise ImportError(f"lockstep: {reason.value.decode()}")
    return f"v{level}"


def _load(path):
    library = ctypes.CDLL(path)
    text, batch, error = ctypes.c_void_p, ctypes.c_void_p, ERROR_PLACE
    number, place = ctypes.c_int64, ctypes.c_void_p
    status = ctypes.c_int32
    if library.lockstep_version() != VERSION:
        raise ImportError(f"{path} has version {library.lockstep_version()}, not {VERSION}")
    for name, result, *arguments in [
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
        ("error_kind", status, text),
        ("release", None, place),
    ]:
        function = getattr(library, "lockstep_" + name)
        function.restype, function.argtypes = result, arguments
    return library


_path, _chosen = _find()
library = _load(_path)


def taken(text):
    """A text of the library's, which is then freed."""
    try:
        return ctypes.string_at(text).decode()
    finally:
        library.lockstep_release(text)


def error_of(place):
    """The exception for an error that a call has set."""
    kind = library.lockstep_error_kind(place)
    return KINDS[kind](taken(place))


def build_info():
    """What is running.

    Returns:
        `version`; `library`, the file that is loaded, and `level`, for which processors it was chosen: v2,
        v3 or v4 as in x86-64-v3, or native; `kernels`, what it was compiled for; `roms`, the folder in which
        `import_roms` puts games. The environment variable LOCKSTEP_LEVEL=v3 chooses a lower level.
    """
    return {**json.loads(taken(library.lockstep_build_info())), "level": _chosen, "library": _path}


def catalogue():
    """Every environment: id, family, other names, settings, files that the user has to bring, why it cannot
    be made here, what has been compared with the original."""
    return json.loads(taken(library.lockstep_catalogue()))
