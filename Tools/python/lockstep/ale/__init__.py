"""The names of `ale_py`, over Lockstep's own emulator: a script changes its import line.

    import lockstep.ale as ale_py
    from lockstep.ale import ALEInterface, AtariVectorEnv, roms
"""
import importlib

#: The release of ale-py whose results these are.
__version__ = "0.12.1"
#: There is no window; pictures are arrays.
SDL_SUPPORT = False

_PLACES = {
    "ALEInterface": "interface", "ALEState": "interface", "Action": "interface",
    "LoggerMode": "interface", "AtariEnv": "env", "AtariEnvStepMetadata": "env",
    "AtariVectorEnv": "vector_env", "ALEVectorInterface": "vector_env",
    "env": None, "registration": None, "roms": None, "vector_env": None,
}
__all__ = [*_PLACES, "SDL_SUPPORT"]


def __getattr__(name):
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = _PLACES[name]
    module = importlib.import_module(f".{place or name}", __name__)
    return module if place is None else getattr(module, name)


def __dir__():
    return sorted([*globals(), *_PLACES])
