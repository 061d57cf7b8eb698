"""Copies Atari 2600 ROMs to where Lockstep finds them, each checked by MD5 and named as ALE names it.

    python -m lockstep.import_roms        takes those of an installed ale-py
    python -m lockstep.import_roms DIR    every known ROM in DIR and below, zip files included
    python -m lockstep.import_roms FILE   every known ROM in the archive, or the one ROM that it is

ROMs are known by their MD5, whatever their files are called. They go to $XDG_DATA_HOME/lockstep/roms
(~/.local/share/lockstep/roms), or to the folder that --to names. --list shows which are there. What
cannot be read is named and left out. Exit status: 0 when at least one ROM was found, 1 when none, 2 for
wrong use.

From Python, `lockstep.import_roms(source=None, to=None)` returns the names of the games found.
"""
# Tools/import-roms uses this file too, where no library has been built: nothing else of the package is
# imported before it is needed.
import argparse
import hashlib
import importlib.util
import io
import os
import stat
import sys
import types
import zipfile

LARGEST = 1 << 16  # bytes, of a cartridge
LARGEST_NESTED = 1 << 26  # of an archive in an archive
MOST_UNPACKED = 1 << 28  # of one archive
ENDINGS = (".bin", ".a26", ".rom")
ARCHIVES = (".zip", ".whl")


class ROMImportError(Exception):
    """What went wrong, in one line, and the exit status it stands for."""

    def __init__(self, message, status=1):
        super().__init__(message)
        self.status = status


class TooLarge(Exception):
    """An archive that unpacks to more than these bytes."""


def shown(text):
    """On one line, whatever characters a name has."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))


def digest_of(data):
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


class Search:
    """What is found in folders and archives, as (bytes, where), and what had to be left out."""

    def __init__(self, note):
        self.note = note

    def leave_out(self, where, reason):
        self.note(f"left out {shown(where)}: {shown(reason)}")

    def archive(self, source, label, depth=0, budget=None):
        """Every file in a zip archive that may be a ROM; archives may be nested once."""
        budget = budget if budget is not None else [MOST_UNPACKED]
        try:
            with zipfile.ZipFile(source) as archive:
                for entry in archive.infolist():
                    yield from self.entry(archive, entry, f"{label}:{entry.filename}", depth, budget)
        except TooLarge as error:
            if depth > 0:
                raise
            self.leave_out(label, f"what follows in it: it unpacks to more than {error} bytes")
        except Exception as error:  # damaged archives raise whatever their bytes lead to
            self.leave_out(label, f"it cannot be read ({str(error) or type(error).__name__})")

    def entry(self, archive, entry, where, depth, budget):
        is_archive = entry.filename.lower().endswith(ARCHIVES) and depth == 0
        limit = LARGEST_NESTED if is_archive else LARGEST
        if entry.is_dir():
            return
        if entry.file_size > limit:
            if is_archive:
                self.leave_out(where, f"an archive of {entry.file_size} bytes in an archive")
            return
        if entry.file_size > budget[0]:
            raise TooLarge(MOST_UNPACKED)
        budget[0] -= entry.file_size
        if entry.flag_bits & 1:
            self.leave_out(where, "it is encrypted")
            return
        try:
            with archive.open(entry) as file:
                data = file.read(limit + 1)
        except Exception as error:
            self.leave_out(where, f"it is damaged ({str(error) or type(error).__name__})")
            return
        if is_archive:
            yield from self.archive(io.BytesIO(data), where, depth + 1, budget)
        else:
            yield data, where

    def file(self, path):
        """A file that may be an archive or a ROM; pipes are not waited for."""
        try:
            status = os.stat(path)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(0, "it is no regular file")
            if path.lower().endswith(ARCHIVES):
                yield from self.archive(path, path)
            elif status.st_size <= LARGEST:
                with open(path, "rb") as file:
                    yield file.read(LARGEST + 1), path
        except OSError as error:
            self.leave_out(path, error.strerror)

    def folder(self, folder):
        """Every file in and below a folder that may be a ROM."""
        def unreadable(error):
            self.leave_out(error.filename, error.strerror)

        for parent, folders, files in os.walk(folder, onerror=unreadable):
            folders.sort()
            for name in sorted(files):
                yield from self.file(os.path.join(parent, name))

    def source(self, source):
        """All that a folder, an archive or a single file has."""
        if os.path.isdir(source):
            return self.folder(source)
        if not os.path.exists(source):
            raise ROMImportError(f"{shown(source)}: no such file or folder", status=2)
        if not os.path.isfile(source):
            raise ROMImportError(f"{shown(source)} is neither a folder nor a regular file", status=2)
        if zipfile.is_zipfile(source):
            return self.archive(source, source)
        if os.path.getsize(source) <= LARGEST:
            return self.file(source)
        raise ROMImportError(f"{shown(source)} is neither a ROM nor a zip archive; unpack it first")


def installed():
    """The folder of an installed ale-py's ROMs."""
    spec = importlib.util.find_spec("ale_py")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if os.path.isdir(os.path.join(folder, "roms")):
            return os.path.join(folder, "roms")
    raise ROMImportError("ale-py is not installed; name a folder or a zip file that has the ROMs")


def write(path, data):
    """Replaces the file as a whole or leaves it as it was."""
    temporary = f"{path}.part-{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError as error:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise ROMImportError(f"cannot write {shown(path)}: {error.strerror}") from None


def copy(found, names, folder, note):
    """Copies the known ones among (bytes, where) to the folder.

    - names: MD5 -> the file's name.
    - note: is given a line about files that look like games but are not known.
    Returns the copied files' names, in order.
    """
    copied, foreign = set(), []
    for data, where in found:
        digest = digest_of(data)
        name = names.get(digest)
        if name is None:
            foreign.append((where, digest))
        elif name not in copied:
            write(os.path.join(folder, name), data)
            copied.add(name)
    _note_strangers(foreign, names, copied, note)
    return sorted(copied)


def _note_strangers(foreign, names, copied, note):
    """Names the files that look like a game's ROM but have another MD5."""
    digests = {name: digest for digest, name in names.items()}
    others = 0
    for where, digest in foreign:
        if not where.lower().endswith(ENDINGS):
            continue
        name = os.path.splitext(os.path.basename(where.split(":")[-1]))[0].lower()
        if name + ".bin" in digests and name + ".bin" not in copied:
            note(f"{shown(where)} is not the ROM of {name}: MD5 {digest}, "
                 f"expected {digests[name + '.bin']}")
        else:
            others += 1
    if others:
        note(f"left out {others} file{'s' * (others > 1)} of unknown MD5")


def listing(names, folder):
    """A line for each known ROM: whether it is in the folder."""
    for digest, name in sorted(names.items(), key=lambda row: row[1]):
        path = os.path.join(folder, name)
        state = "missing"
        if os.path.exists(path):
            with open(path, "rb") as file:
                state = "here" if digest_of(file.read()) == digest else "WRONG"
        yield f"{state:8}{digest}  {name[:-4]}"


def run(program, doc, names, folder, take):
    """The command line of both tools; returns its status.

    - names: gives MD5 -> the file's name.
    - folder: gives the one to copy to, where --to names none.
    - take: gives the (bytes, where) of a search for the source that was named, or for none.
    """
    def note(line):
        print(f"{program}: {line}", file=sys.stderr)

    for stream in sys.stdout, sys.stderr:
        stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(
        prog=program, description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", metavar="DIR|FILE")
    parser.add_argument("--to", metavar="DIR", help="copy to another folder")
    parser.add_argument("--list", action="store_true", help="show which known ROMs are there")
    options = parser.parse_args()
    try:
        known, target = names(), options.to or folder()
        if options.list:
            for line in listing(known, target):
                print(line)
        else:
            copied = copy(take(Search(note), options.source), known, target, note)
            if not copied:
                raise ROMImportError(
                    f"no known ROM in {shown(options.source or 'ale-py')}; --list shows those known")
            print(f"{len(copied)} of {len(known)} known ROMs are now in {target}")
        sys.stdout.flush()
    except ROMImportError as error:
        note(error)
        return error.status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except OSError as error:
        what = shown(error.filename) if error.filename else "the output"
        note(f"failed at {what}: {error.strerror}")
        return 1
    except MemoryError:
        note("out of memory")
        return 1
    except KeyboardInterrupt:
        note("interrupted; what was imported is whole")
        return 130


def _names():
    """MD5 -> the file's name, of every file that an environment wants."""
    from . import catalogue

    return {file["md5"]: file["name"] for row in catalogue() for file in row["files"]}


def _folder():
    from . import build_info

    return build_info()["roms"]


def import_roms(source=None, to=None):
    """Copies the known ROMs of a folder, a zip file or a file to where Lockstep finds them.

    Args:
        source: None: those of an installed ale-py.
        to: another folder; name it with the environment variable ALE_ROMS_DIR to have it used.
    Returns:
        The names of the games whose ROMs were found.
    Raises:
        lockstep.MissingFileError: none was; the text says what could not be read.
    """
    from .errors import MissingFileError

    notes = []
    try:
        source = os.fspath(source) if source is not None else installed()
        found = Search(notes.append).source(source)
        copied = copy(found, _names(), os.fspath(to) if to is not None else _folder(), notes.append)
    except ROMImportError as error:
        raise MissingFileError(str(error)) from None
    if not copied:
        raise MissingFileError("; ".join([f"no known ROM in {shown(source)}", *notes]))
    return [name.removesuffix(".bin") for name in copied]


class _Callable(types.ModuleType):
    """So that `lockstep.import_roms` is the function as well as the module that Python runs."""

    def __call__(self, source=None, to=None):
        return import_roms(source, to)


if __name__ == "__main__":
    sys.exit(run("import_roms", __doc__, _names, _folder, lambda search, source: search.source(
        source if source is not None else installed())))
elif __name__ in sys.modules:
    sys.modules[__name__].__class__ = _Callable
