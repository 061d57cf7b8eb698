"""What Tools/test-window looks at; runs within its X server."""
import argparse
import contextlib
import itertools
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from PIL import Image, ImageChops
from Xlib import XK, X, display
from Xlib.ext import xtest

ROOT = pathlib.Path(os.path.realpath(__file__)).parent.parent
TOOL = os.environ["LOCKSTEP_TOOL"]
COURIER = "Lockstep/Courier-v0"
BAR = 28  # pixels of the line below the pictures
PANEL = 260
# Keys that win the first point against the console, six frames each.
PONG = "..........LLR.LR.LLR..RRL.RR..R..LL.RLLLRRRL.RRL..LLR.LL..L.RL."


# Open all the time: the server begins anew when the last program leaves.
SCREEN = display.Display()


class Wrong(Exception):
    pass


def expect(is_so, what):
    if not is_so:
        raise Wrong(what)


class Window:
    """A program with a window, and what a person does with it."""

    def __init__(self, arguments, title, sound="dummy"):
        self.display = SCREEN
        environment = dict(os.environ, SDL_AUDIODRIVER=sound)
        self.process = subprocess.Popen(
            [TOOL, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        self.window = self.find(title)
        self.window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self.display.sync()
        time.sleep(0.5)

    def find(self, title):
        for _ in range(600):
            for window in self.display.screen().root.query_tree().children:
                with contextlib.suppress(Exception):
                    if (window.get_wm_name() or "").startswith(title):
                        if window.get_attributes().map_state == X.IsViewable:
                            return window
            if self.process.poll() is not None:
                raise Wrong(f"no window: {self.process.stderr.read().strip()}")
            time.sleep(0.1)
        raise Wrong("no window after a minute")

    def key(self, name, down):
        code = self.display.keysym_to_keycode(XK.string_to_keysym(name))
        xtest.fake_input(self.display, X.KeyPress if down else X.KeyRelease, code)
        self.display.sync()

    def tap(self, name, wait=0.25):
        self.key(name, True)
        time.sleep(0.03)
        self.key(name, False)
        time.sleep(wait)

    def hold(self, name, seconds):
        self.key(name, True)
        time.sleep(seconds)
        self.key(name, False)

    def point(self, x, y, wait=0.8):
        """Where: shares of the window."""
        place, size = self.window.get_geometry(), self.size
        xtest.fake_input(
            self.display, X.MotionNotify, x=place.x + int(x * size[0]), y=place.y + int(y * size[1]))
        self.display.sync()
        time.sleep(wait)

    @property
    def size(self):
        geometry = self.window.get_geometry()
        return geometry.width, geometry.height

    def shot(self, box=None):
        """The screen where the window is; `box`: left, top, right, bottom."""
        left, top, right, bottom = box or (0, 0, *self.size)
        size = (right - left, bottom - top)
        data = self.window.get_image(left, top, *size, X.ZPixmap, 0xFFFFFFFF).data
        return Image.frombytes("RGB", size, data, "raw", "BGRX")

    def game(self):
        """Without the line below."""
        return self.shot((0, 0, self.size[0], self.size[1] - BAR))

    def settled(self):
        """The game once it has come to rest: it is paused."""
        for _ in range(60):
            picture = self.game()
            time.sleep(0.12)
            if same(picture, self.game()):
                return picture
        raise Wrong("the picture does not come to rest")

    def panel(self):
        width, height = self.size
        return self.shot((width - PANEL + 1, 0, width, height - BAR))

    def close(self, key="Escape"):
        """Returns the last line of output as JSON, if it is."""
        if key:
            self.tap(key, wait=0)
        try:
            out, err = self.process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Wrong("it does not end") from None
        expect(self.process.returncode == 0, f"status {self.process.returncode}: {err.strip()}")
        lines = out.strip().splitlines()
        return json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.kill()


def play(source, *more, **options):
    return Window(["play", source, "--json", *more], options.pop("title", source), **options)


def run(*arguments):
    result = subprocess.run([TOOL, *arguments], capture_output=True, text=True)
    expect(result.returncode == 0, result.stderr.strip())
    return result.stdout


def same(one, other):
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def rom(name):
    return pathlib.Path(os.environ.get("ALE_ROMS_DIR", ROOT / "Roms")) / f"{name}.bin"


def has_rom(name):
    return rom(name).exists()


def scripted(work, source, text, *more):
    """Plays a script in a window; its end and the pictures it names."""
    script = work / "script"
    script.write_text(text)
    with play(source, "--script", str(script), "--out", str(work / "out"), *more) as window:
        return window.close(key=None)


def pong_script():
    words = {"L": "left", "R": "right"}
    lines, held = [], "."
    for number, key in enumerate(PONG + "."):
        if key != held:
            lines += [f"{6 * number} release {words[held]}"] if held != "." else []
            lines += [f"{6 * number} press {words[key]}"] if key != "." else []
            held = key
    return "\n".join(lines + [f"{6 * len(PONG) + 6} close"])


# Checks: each returns what to say where all is well.

def stick(work):
    """Arrows and mouse move CALE's stick; what the screenshot has is what the screen shows."""
    actions = work / "actions"
    out = work / "out"
    with play(COURIER, "--env-set", "continuous=true", "--record", str(actions), "--out",
              str(out)) as window:
        window.hold("Left", 1.5)
        window.point(0.7, 0.1, wait=1.5)
        window.point(0.1, 0.8, wait=1.5)
        window.tap("p")
        window.tap("F12", wait=0.5)
        seen = window.settled()
        window.close()
    (picture,) = out.glob("*.png")
    taken = Image.open(picture).convert("RGB")
    expect(same(taken.crop((0, 0, *seen.size)), seen), "the screenshot is not what the screen shows")
    # Radius, angle, fire.
    rows = [tuple(map(float, line.split())) for line in actions.read_text().splitlines()
            if not line.startswith("#")]
    left = sum(radius == 1 and angle > 3.1 for radius, angle, _ in rows)
    above = sum(radius > 0.5 and 0 < angle < 1.5 for radius, angle, _ in rows)
    below = sum(radius > 0.5 and angle < -1.6 for radius, angle, _ in rows)
    expect(left > 20 and above > 10 and below > 10, f"steps to the left {left}, above {above}, "
           f"below {below}")
    return f"{left} steps by key, {above + below} by mouse, screenshot equal"


def points(work):
    """Scripted keys play a point."""
    result = scripted(work, COURIER, "1 press up\n100 release up\n400 close\n", "--unpaced")
    expect(result["returns"] == [1], f"Courier: {result['returns']}")
    if not has_rom("pong"):
        return "Courier 1 (no ROM of Pong)"
    result = scripted(work, "ALE/Pong-v5", pong_script(), "--unpaced")
    expect(result["returns"] == [1], f"Pong: {result['returns']}")
    return "Courier 1, Pong 1"


def paddle(work):
    """The mouse turns a paddle to where it points."""
    if not has_rom("breakout"):
        return "left out: no ROM of Breakout"
    places = []
    with play("ALE/Breakout-v5") as window:
        for share in (0.25, 0.75, 0.5):
            window.point(share, 0.5, wait=2)
            picture = window.game()
            row = picture.crop((0, picture.height * 190 // 210, picture.width,
                                picture.height * 190 // 210 + 1))
            # The walls have its colour.
            inside = range(row.width // 16, row.width * 15 // 16)
            red = [x for x in inside if row.getpixel((x, 0)) == (200, 72, 72)]
            expect(red, "no paddle is seen")
            places.append(statistics.mean(red) / picture.width)
        window.close()
    expect(places[0] < places[2] - 0.1 and places[2] < places[1] - 0.1, f"it stands at {places}")
    return "at " + ", ".join(f"{place:.2f}" for place in places) + " of the width"


def states(work):
    """Saved states and going back show the exact pictures."""
    with play(COURIER, "--out", str(work / "out")) as window:
        window.hold("Right", 0.8)
        window.tap("p")
        saved = window.settled()
        window.tap("F5")
        window.tap("p")
        window.hold("Left", 0.8)
        window.tap("p")
        expect(not same(window.settled(), saved), "nothing has moved")
        window.tap("F8")
        expect(same(window.settled(), saved), "the loaded state is another picture")
        seen = [saved]
        for _ in range(30):
            window.tap("n", wait=0.02)
            seen.append(window.settled())
        expect(not same(seen[0], seen[30]), "single steps show nothing")
        window.key("BackSpace", True)
        began = time.monotonic()
        while same(window.game(), seen[30]) and time.monotonic() - began < 3:
            pass
        window.key("BackSpace", False)
        back = window.settled()
        where = [step for step in range(30) if same(seen[step], back)]
        expect(where and not same(back, seen[30]), "going back shows a picture that never was")
        window.tap("Home")
        window.tap("Page_Up")
        first = window.settled()
        window.close()
    with play(COURIER) as window:
        window.tap("p")
        window.tap("Home")
        expect(same(window.settled(), first), "the oldest moment is not the beginning")
        window.close()
    return f"state equal, {30 - where[-1]} steps back equal, beginning equal"


def tiles(picture):
    width, height = picture.width / 8, picture.height / 8
    return [picture.crop((int(x * width) + 6, int(y * height) + 6, int((x + 1) * width) - 6,
                          int((y + 1) * height) - 6)) for y in range(8) for x in range(8)]


def mosaic(work):
    """All lanes are there, and they differ."""
    def distinct(picture):
        return len({tile.tobytes() for tile in tiles(picture)})

    with play(COURIER, "--mosaic", "8x8", "--out", str(work / "out")) as window:
        began = time.monotonic()
        while distinct(window.game()) <= 40:
            expect(time.monotonic() - began < 60, "lanes are alike")
            time.sleep(0.2)
        window.tap("p")
        picture = window.settled()
        window.tap("F12", wait=0.5)
        window.close()
    (file,) = (work / "out").glob("*.png")
    expect(same(Image.open(file).convert("RGB").crop((0, 0, *picture.size)), picture),
           "the screenshot is not what the screen shows")
    expect(all(len(tile.getcolors(100_000)) > 3 for tile in tiles(picture)), "some lane is empty")
    return f"64 lanes, {distinct(picture)} different"


def agent(work):
    """A watched agent's bars and its experts' maps move; a person takes over."""
    folder = str(work / "run")
    run("train", "MinAtar/Breakout-v1", "--set", "bottleneck=soft-moe", "--set", "expert-hidden=16",
        "--steps", "2048", "--batch", "16", "--episodes", "0", "--quiet", "--out", folder)
    with play(folder, title="MinAtar/Breakout-v1") as window:
        seen = set()
        for _ in range(12):
            panel = window.panel()
            seen.add((panel.crop((0, 60, panel.width, 170)).tobytes(),
                      panel.crop((0, 190, panel.width, 330)).tobytes()))
            time.sleep(0.12)
        panel.save(work / "panel.png")
        expect(len({bars for bars, _ in seen}) > 3, "bars stand still")
        expect(len({maps for _, maps in seen}) > 3, "the experts' maps stand still")
        window.tap("t", wait=0.3)
        line = window.shot((0, window.size[1] - BAR, *window.size))
        window.tap("t", wait=0.3)
        expect(not same(line, window.shot((0, window.size[1] - BAR, *window.size))),
               "nobody takes over")
        window.close()
    return f"{len(seen)} different panels of 12"


def chooser(work):
    """A mode is chosen from the list."""
    if not has_rom("space_invaders"):
        return "left out: no ROM of Space Invaders"
    with play("ALE/SpaceInvaders-v5", "--out", str(work / "out")) as window:
        before = window.game()
        window.tap("g")
        listed = window.game()
        expect(not same(before, listed), "no list")
        listed.save(work / "chooser.png")
        for key in ("Down", "Right", "Return"):
            window.tap(key)
        window.tap("p")
        chosen = window.game()
        window.close()
    expect(not same(chosen, listed), "the list stays")
    return "list shown and closed"


def training(work):
    """Lanes are seen to learn; closing their window leaves training running."""
    log = work / "watched/updates.jsonl"

    def updates():
        return len(log.read_text().splitlines()) if log.exists() else 0

    with Window(["train", "CartPole-v1", "--window", "--steps", "1000000000", "--episodes", "0",
                 "--quiet", "--out", str(work / "watched")], "ppo on") as window:
        first, began = window.game(), time.monotonic()
        while same(first, window.game()):
            expect(time.monotonic() - began < 60, "lanes stand still")
            time.sleep(0.1)
        window.key("Escape", True)
        window.key("Escape", False)
        while any((other.get_wm_name() or "").startswith("ppo on")
                  for other in SCREEN.screen().root.query_tree().children):
            expect(time.monotonic() - began < 120, "the window stays")
            time.sleep(0.1)
        before = updates()
        while updates() < before + 3:
            expect(window.process.poll() is None, "training ended with its window")
            expect(time.monotonic() - began < 240, "training stands still")
            time.sleep(0.1)
        window.process.send_signal(signal.SIGINT)
        window.process.communicate(timeout=120)
        expect(window.process.returncode == 130, f"status {window.process.returncode}")
    return f"{before} updates seen, {updates() - before} and more after the window was closed"


# What ale-py makes of a file of actions: 512 samples a frame.
ORIGINAL = """
import sys
from ale_py import ALEInterface, LoggerMode
ALEInterface.setLoggerMode(LoggerMode.Error)
ale = ALEInterface()
ale.setInt("random_seed", 1)
ale.setFloat("repeat_action_probability", 0.0)
ale.setBool("sound_obs", True)
ale.loadROM(sys.argv[1])
actions = ale.getMinimalActionSet()
with open(sys.argv[3], "wb") as target:
    for line in open(sys.argv[2]):
        if not line.startswith("#"):
            ale.act(actions[int(line)])
            target.write(bytes(ale.getAudio()))
"""


def sound(work):
    """What leaves the device is what ale-py's `sound_obs` has."""
    if not has_rom("pong"):
        return "left out: no ROM of Pong"
    script, actions, heard = work / "script", work / "actions", work / "heard"
    script.write_text(pong_script())
    # The writer sleeps between buffers and no longer: it must not fall behind.
    os.environ.update(SDL_DISKAUDIOFILE=str(heard), SDL_DISKAUDIODELAY="4")
    for _ in range(5):
        with play("ALE/Pong-v5", "--script", str(script), "--record", str(actions),
                  sound="disk") as window:
            result = window.close(key=None)
        if result["samples_dropped"] == 0:
            break
    expect(result["samples_dropped"] == 0, f"{result['samples_dropped']} samples were dropped")
    made = work / "made"
    program = work / "original.py"
    program.write_text(ORIGINAL)
    subprocess.run([str(ROOT / "Tools/oracle/python"), str(program), str(rom("pong")), str(actions),
                    str(made)], check=True)

    def runs(samples):
        """Without repetitions: a sample that is held makes them longer, and changes nothing else."""
        return [sample for sample, _ in itertools.groupby(samples)]

    ours, theirs = runs(heard.read_bytes()), runs(b"\x80" + made.read_bytes())
    # What was on its way when the window closed is lost.
    least = len(runs(b"\x80" + made.read_bytes()[:-16 * 512]))
    expect(ours == theirs[:len(ours)], "it differs from ale-py's")
    expect(len(ours) >= least, f"only {len(ours)} of {least} changes were heard")
    return (f"{result['samples']} samples, {len(ours)} changes equal to ale-py's, "
            f"{result['samples_missed']} held")


def clock(work):
    """60 frames a second within half a percent over a minute."""
    with play(COURIER) as window:
        began = time.monotonic()
        while time.monotonic() - began < int(os.environ.get("CLOCK_SECONDS", 60)):
            window.hold("Right", 1)
            window.hold("Left", 1)
        result = window.close()
    rate = result["ticks_per_second"]  # a frame each; between episodes none is played
    expect(abs(rate / 60 - 1) < 0.005, f"{rate:.2f} frames a second: {result}")
    expect(result["ticks_lost"] == 0, f"{result['ticks_lost']} ticks were lost")
    return (f"{rate:.2f} frames a second, {result['pictures']} of {result['ticks']} pictures shown, "
            f"{result['samples_missed']} of {result['samples']} samples missed")


def answer(work):
    """From a key to the picture it changes: at most two frames."""
    frame, times = 1 / 60, []
    with play("MiniGrid-Empty-8x8-v0") as window:
        box = (0, 0, window.size[0], window.size[1] - BAR)
        box = (box[2] // 8, box[3] // 8, box[2] // 3, box[3] // 3)  # around the agent
        for number in range(60):
            before = window.shot(box).tobytes()
            time.sleep(0.1 + number * 0.0031)
            began = time.monotonic()
            window.key("Left", True)
            while window.shot(box).tobytes() == before:
                expect(time.monotonic() - began < 2, "no answer")
            times.append(time.monotonic() - began)
            window.key("Left", False)
        window.close()
    times.sort()
    text = (f"median {times[30] * 1000:.1f} ms, nine of ten within {times[54] * 1000:.1f} ms, "
            f"all within {times[-1] * 1000:.1f} ms")
    expect(times[54] < 2 * frame, text)
    return text


def rewinding(work):
    """Back over a minute of play in less than half a second."""
    with play(COURIER, "--out", str(work / "out")) as window:
        window.tap("p")
        window.tap("Home")
        first = window.game()
        window.tap("p")
        began = time.monotonic()
        while time.monotonic() - began < 61:
            window.hold("Right", 1)
            window.hold("Up", 1)
        window.tap("p")
        expect(not same(window.game(), first), "nothing has moved")
        began = time.monotonic()
        window.key("Home", True)
        while not same(window.game(), first):
            expect(time.monotonic() - began < 5, "the beginning is not shown")
        seconds = time.monotonic() - began
        memory = pathlib.Path(f"/proc/{window.process.pid}/status").read_text()
        window.key("Home", False)
        window.close()
    most = int(memory.split("VmHWM:")[1].split()[0]) // 1024
    expect(seconds < 0.5, f"{seconds:.2f} s")
    return f"{seconds * 1000:.0f} ms for a minute, {most} MB at most"


def rate(folder):
    """Steps a second behind the first update: opening a window takes its time once."""
    lines = (folder / "updates.jsonl").read_text().splitlines()
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    return (last["step"] - first["step"]) / (last["seconds"] - first["seconds"])


def cost(work):
    """A window over training takes at most a twentieth of its steps a second; pair by pair."""
    said = []
    for source, steps, pairs in ((COURIER, "12288", 3), ("CartPole-v1", "400000", 5)):
        shares = []
        for pair in range(pairs):
            rates = {}
            for watched in (False, True) if pair % 2 else (True, False):
                folder = work / f"{source[:3]}{pair}{watched}"
                run("train", source, "--steps", steps, "--episodes", "0", "--quiet", "--threads",
                    "1", "--out", str(folder), *["--window"] * watched)
                rates[watched] = rate(folder)
            shares.append(rates[True] / rates[False])
        share = statistics.median(shares)
        said.append(f"{source} {share:.3f} of the speed without "
                    f"({min(shares):.3f} to {max(shares):.3f})")
        expect(share > 0.95, ", ".join(said))
    return ", ".join(said)


CHECKS = [stick, points, paddle, states, mosaic, agent, chooser, training, sound]
TIMING = [clock, answer, rewinding, cost]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--timing", action="store_true")
    parser.add_argument("--keep")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    known = {check.__name__: check for check in CHECKS + TIMING}
    unknown = set(options.names) - set(known)
    if unknown:
        sys.exit(f"test-window: no such check: {', '.join(sorted(unknown))}; "
                 f"there are {', '.join(known)}")
    chosen = [known[name] for name in options.names] or (
        CHECKS + (TIMING if options.timing else []))
    failed = 0
    for check in chosen:
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            try:
                print(f"{check.__name__}: {check(work)}", flush=True)
            except Wrong as wrong:
                failed += 1
                print(f"{check.__name__}: WRONG: {wrong}", flush=True)
            if options.keep:
                target = pathlib.Path(options.keep)
                target.mkdir(parents=True, exist_ok=True)
                for picture in work.rglob("*.png"):
                    picture.rename(target / f"{check.__name__}-{picture.name}")
    if failed:
        sys.exit(f"test-window: {failed} of {len(chosen)} checks failed")


if __name__ == "__main__":
    main()
