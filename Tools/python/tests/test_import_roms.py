"""ROMs from elsewhere, checked by MD5."""
import hashlib
import os
import subprocess
import sys
import zipfile

import pytest

import lockstep

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
FILES = {file["name"]: file["md5"] for row in lockstep.catalogue() for file in row["files"]}
FOLDERS = [os.environ.get("ALE_ROMS_DIR", ""), os.path.join(ROOT, "Roms")]
FOUND = {
    name: os.path.join(folder, name) for name in FILES for folder in FOLDERS
    if os.path.exists(os.path.join(folder, name))}
HERE = list(FOUND.values())[:3]


def test_one_table():
    with open(os.path.join(ROOT, "Roms/md5.txt")) as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    assert FILES == {name + ".bin": digest for digest, name in rows}


def run(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-m", "lockstep.import_roms", *map(str, arguments)], capture_output=True,
        text=True, cwd="/", env={**os.environ, "PYTHONPATH": os.path.join(ROOT, "Tools/python"),
                                 **{name: str(value) for name, value in variables.items()}})


def test_wrong_sources(tmp_path):
    (tmp_path / "pong.bin").write_bytes(b"no game")
    (tmp_path / "broken.zip").write_bytes(b"no archive")
    with pytest.raises(lockstep.MissingFileError, match="no known ROM .*left out .*broken.zip"):
        lockstep.import_roms(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        lockstep.import_roms(tmp_path / "nothing")
    done = run(tmp_path, XDG_DATA_HOME=tmp_path)
    assert done.returncode == 1 and FILES["pong.bin"] in done.stderr and "Traceback" not in done.stderr
    assert run(tmp_path / "nothing").returncode == 2
    assert not (tmp_path / "lockstep").exists()


def test_list(tmp_path):
    lines = run("--list", XDG_DATA_HOME=tmp_path).stdout.splitlines()
    assert len(lines) == len(FILES) and all(line.startswith("missing") for line in lines)


@pytest.mark.skipif(not HERE, reason="no ROMs; Tools/import-roms fetches them")
def test_found_where_they_were_put(tmp_path):
    """By the library, in Python and in the tool, from any folder."""
    source, data = tmp_path / "source", tmp_path / "data"
    source.mkdir()
    with zipfile.ZipFile(source / "some.zip", "w") as archive:
        for number, path in enumerate(HERE):
            archive.write(path, f"games/{number}.a26")
    done = run(source, XDG_DATA_HOME=data)
    assert done.returncode == 0 and f"{len(HERE)} of {len(FILES)}" in done.stdout
    for path in HERE:
        name = os.path.basename(path)
        copied = (data / "lockstep/roms" / name).read_bytes()
        assert hashlib.md5(copied).hexdigest() == FILES[name]
    code = """
import lockstep, os
assert lockstep.build_info()["roms"] == os.environ["XDG_DATA_HOME"] + "/lockstep/roms"
here = [row["names"][0] for row in lockstep.catalogue() if row["files"] and row["missing"] is None]
print(*sorted(here))"""
    # Elsewhere than beside a checkout, whose own folder would be found.
    library = tmp_path / "a/b/c/d/e/f/liblockstep.so"
    library.parent.mkdir(parents=True)
    library.write_bytes(open(lockstep.build_info()["library"], "rb").read())
    variables = {name: value for name, value in os.environ.items() if name != "ALE_ROMS_DIR"}
    seen = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd="/", env={
            **variables, "PYTHONPATH": os.path.join(ROOT, "Tools/python"), "XDG_DATA_HOME": str(data),
            "LOCKSTEP_LIBRARY": str(library)})
    assert seen.stdout.split() == sorted(os.path.basename(path)[:-4] for path in HERE), seen.stderr
