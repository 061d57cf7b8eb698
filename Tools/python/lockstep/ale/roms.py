"""ROMs by name, as `ale_py.roms` has them."""
import functools
import hashlib
import importlib.util
import os
import warnings
from pathlib import Path

from .._console import game_of
from .._library import build_info, catalogue


@functools.lru_cache(maxsize=1)
def get_all_rom_ids():
    """Names of all games."""
    return [name for row in catalogue() if row["family"] == "atari" for name in row["names"]]


def _folders():
    """Those that the library looks through, then that of an installed ale-py."""
    named = os.environ.get("ALE_ROMS_DIR")
    if named:
        yield Path(named)
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in [start, *start.parents][:6]:
            yield folder / "Roms"
    yield Path(build_info()["roms"])
    found = importlib.util.find_spec("ale_py")
    for place in (found and found.submodule_search_locations) or []:
        yield Path(place) / "roms"


def get_rom_path(name):
    """The path of a game's ROM, whose MD5 has been checked; None and a warning for no game of ours.

    Raises:
        NotADirectoryError: `ALE_ROMS_DIR` names no folder.
        FileNotFoundError: there is no such file.
        OSError: it is the ROM of something else.
    """
    named = os.environ.get("ALE_ROMS_DIR")
    if named and not os.path.isdir(named):
        raise NotADirectoryError(f"ROM directory {named} is not a directory")
    if name not in get_all_rom_ids():
        warnings.warn(f"Rom {name} not supported.")
        return None
    folders = list(dict.fromkeys(_folders()))
    for folder in folders:
        path = folder / f"{name}.bin"
        if not path.is_file():
            continue
        rom = path.read_bytes()
        if game_of(rom) != name:
            raise OSError(f"{path} is not the ROM of {name}: its MD5 is {hashlib.md5(rom).hexdigest()}")
        return path
    raise FileNotFoundError(
        f"no ROM of {name} in {folders[0]} or the other folders; run lockstep.import_roms(), "
        "or name a folder with ALE_ROMS_DIR")
