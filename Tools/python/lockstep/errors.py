"""What Lockstep refuses, in its own words: one line each."""


class Error(Exception):
    """Of all errors here."""


class ArgumentError(Error, ValueError):
    """A value, an id, a setting or a saved state that does not suit."""


class KindError(Error, TypeError):
    """Something of a kind, or an array of elements, that does not suit."""


class UseError(Error, RuntimeError):
    """A call at a wrong time: before the first reset, after close, during another call, after fork()."""


class MissingFileError(Error, FileNotFoundError):
    """A game's ROM is not there, or is another; see `lockstep.import_roms`."""


class OutOfMemoryError(Error, MemoryError):
    """There is less memory than was asked for."""


#: By the number that the library has for each.
KINDS = (ArgumentError, UseError, MissingFileError, OutOfMemoryError)
