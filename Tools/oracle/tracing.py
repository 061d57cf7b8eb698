"""What the comparisons with our traces share."""
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = os.environ.get("LOCKSTEP", ROOT / ".build" / "release" / "lockstep")


def ours(name, seed, actions, *options):
    """The lines of `lockstep trace`, or its error."""
    with tempfile.NamedTemporaryFile("w") as file:
        print(*actions, sep="\n", file=file, flush=True)
        done = subprocess.run(
            [TOOL, "trace", name, "--seed", str(seed), "--actions", file.name, *options],
            capture_output=True, text=True)
    if done.returncode:
        return [done.stderr.strip()]
    return done.stdout.split("\n")[:-1]


def first_difference(theirs, mine):
    for index, (one, other) in enumerate(zip(theirs, mine)):
        if one != other:
            return f"line {index}\n  {one}\n  {other}"
    return f"{len(theirs)} lines, ours {len(mine)}"
