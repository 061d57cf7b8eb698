"""Puts the Python package and its libraries together as a wheel.

    wheel.py LIBRARIES FOLDER    # writes a .whl file in FOLDER and prints its path

Equal input makes equal bytes.
"""
import base64
import ctypes
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "Tools/python/lockstep"
ROM = ROOT / "Roms/lockstep-courier.bin"
DISTRIBUTION = "lockstep_rl"

# The newest versions of the C++ library's symbols beside those of the C library with which they may be
# expected: PEP 600's policies.
CXX = {"3.4.25": 28, "3.4.28": 31, "3.4.29": 34, "3.4.30": 35, "3.4.32": 38, "3.4.33": 39}
# What every such system has.
SYSTEM = re.compile(r"(libc|libm|libgcc_s|libstdc\+\+|ld-linux-x86-64)\.so\.\d+")

METADATA = """\
Metadata-Version: 2.1
Name: lockstep-rl
Version: {version}
Summary: Reinforcement-learning environments that step thousands at once
Requires-Python: >=3.10
Requires-Dist: numpy >=1.24
Requires-Dist: gymnasium >=1.1
Description-Content-Type: text/plain

{description}"""

WHEEL = """\
Wheel-Version: 1.0
Generator: lockstep
Root-Is-Purelib: false
Tag: py3-none-{platform}
"""


def numbers(version):
    return [int(part) for part in version.split(".")]


def platform(libraries):
    """The oldest Linux that has what the libraries want."""
    minor, own = 17, {path.name for path in libraries}
    for path in libraries:
        text = subprocess.run(
            ["readelf", "-W", "-d", "-V", path], capture_output=True, text=True, check=True).stdout
        for name in re.findall(r"\(NEEDED\).*\[(.*)\]", text):
            if name not in own and not SYSTEM.fullmatch(name):
                sys.exit(f"build-wheel: {path.name} needs {name}, which not every system has")
        for version in re.findall(r"Name: GLIBC_(2\.\d+)", text):
            minor = max(minor, numbers(version)[1])
        for version in re.findall(r"Name: GLIBCXX_(3\.4\.\d+)", text):
            enough = [glibc for newest, glibc in CXX.items() if numbers(newest) >= numbers(version)]
            if not enough:
                sys.exit(f"build-wheel: {path.name} needs GLIBCXX_{version}")
            minor = max(minor, min(enough))
    return f"manylinux_2_{minor}_x86_64"


def contents(libraries):
    """Name in the wheel -> bytes."""
    files = {}
    for path in PACKAGE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            files[f"lockstep/{path.relative_to(PACKAGE)}"] = path.read_bytes()
    for path in libraries:
        files[f"lockstep/lib/{path.name}"] = path.read_bytes()
    files[f"lockstep/Roms/{ROM.name}"] = ROM.read_bytes()
    return files


def build_info(library):
    function = ctypes.CDLL(str(library)).lockstep_build_info
    function.restype = ctypes.c_char_p
    return json.loads(function())


def record(files, name):
    def row(path, data):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        return f"{path},sha256={digest},{len(data)}"

    return "\n".join([row(*file) for file in sorted(files.items())] + [f"{name},,", ""]).encode()


def write(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name)  # of 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            archive.writestr(entry, data)


def main(folder, target):
    libraries = sorted(pathlib.Path(folder).glob("*.so*"))
    kernels = [path for path in libraries if re.search(r"-(v2|native)\.so$", path.name)]
    is_native = kernels[0].name.endswith("-native.so")
    version = build_info(kernels[0])["version"] + ("+native" if is_native else "")
    tag = platform(libraries)
    if is_native:
        tag = "linux_x86_64"
    files = contents(libraries)
    info = f"{DISTRIBUTION}-{version}.dist-info"
    docstring = re.match(r'"""(.*?)"""', (PACKAGE / "__init__.py").read_text(), re.DOTALL)
    files[f"{info}/METADATA"] = METADATA.format(version=version, description=docstring[1]).encode()
    files[f"{info}/WHEEL"] = WHEEL.format(platform=tag).encode()
    files[f"{info}/RECORD"] = record(files, f"{info}/RECORD")
    path = pathlib.Path(target) / f"{DISTRIBUTION}-{version}-py3-none-{tag}.whl"
    write(path, files)
    print(path)


main(*sys.argv[1:])
