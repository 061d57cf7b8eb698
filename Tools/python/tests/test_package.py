"""The package as people get it."""
import os
import pathlib
import pydoc
import re
import subprocess
import sys
import zipfile

import lockstep

ROOT = pathlib.Path(__file__).resolve().parents[3]


def python(code, **variables):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/",
        env={**os.environ, "PYTHONPATH": str(ROOT / "Tools/python"), **variables})


def test_import_takes_nothing_along():
    """NumPy and Gymnasium are imported when something needs them; the library alone takes little."""
    python("import sys, lockstep; assert not {'numpy', 'gymnasium'} & set(sys.modules)")
    code = "import time; began = time.process_time(); import lockstep; print(time.process_time() - began)"
    assert min(float(python(code).stdout) for _ in range(5)) < 0.1  # seconds


def test_gymnasium_knows_the_environments_in_any_order():
    for first, second in ("lockstep", "gymnasium"), ("gymnasium", "lockstep"):
        python(f"import {first}, {second}, gymnasium; gymnasium.make('Lockstep/CartPole-v1').reset(seed=0)")
    python("import gymnasium; gymnasium.make('lockstep:Lockstep/Courier-v0').reset(seed=0)")


def test_documented():
    for name in lockstep.__all__:
        thing = getattr(lockstep, name)
        assert pydoc.getdoc(thing), name
        members = vars(thing).items() if isinstance(thing, type) else ()
        for member, value in members:
            if callable(value) and not member.startswith("_") and member not in ("reset", "step", "close"):
                assert pydoc.getdoc(value), (name, member)
    assert set(lockstep.__all__) <= set(dir(lockstep))


def test_wheel(tmp_path):
    """The wheel for this machine has what it needs inside, is made of equal bytes twice, and runs
    where nothing else is to be found."""
    paths = []
    for _ in range(2):
        done = subprocess.run(
            [ROOT / "Tools/build-wheel", "--level", "native"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        paths.append((done.stdout.strip(), pathlib.Path(done.stdout.strip()).read_bytes()))
    assert paths[0] == paths[1]
    with zipfile.ZipFile(paths[0][0]) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    roms = [name for name in names if name.endswith((".bin", ".a26"))]
    assert roms == ["lockstep/Roms/lockstep-courier.bin"]
    assert "lockstep/py.typed" in names and not any("__pycache__" in name for name in names)
    library = tmp_path / "lockstep/lib/liblockstep-native.so"
    needed = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.*?)\.so", needed))
    assert needed <= {"libc", "libm", "libstdc++", "libgcc_s", "ld-linux-x86-64", "libbox2d"}
    assert str(ROOT).encode() not in library.read_bytes()
    assert library.stat().st_size < 25 << 20  # with Foundation's tables of languages it has 60
    code = """
import lockstep, numpy
info = lockstep.build_info()
assert info["level"] == "native" and info["library"].endswith("lib/liblockstep-native.so")
env = lockstep.make_vec("Lockstep/Courier-v0", 3)
env.reset(seed=0)
env.step(numpy.zeros(3, int))
lockstep.make_vec("LunarLander-v3", 2).reset(seed=0)
print(lockstep.__file__)"""
    variables = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path), "HOME": str(tmp_path)}
    seen = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd="/", env=variables)
    assert seen.stdout.startswith(str(tmp_path)), seen.stderr
