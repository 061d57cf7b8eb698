"""Whatever a caller does is refused in a line; nothing takes the interpreter down."""
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import lockstep


def begun(id="CartPole-v1", lanes=4, **settings):
    env = lockstep.make_vec(id, lanes, **settings)
    env.reset(seed=0)
    return env


def closed():
    env = begun()
    env.close()
    return env


@pytest.mark.parametrize("kind, call", [
    (ValueError, lambda: lockstep.make_vec("Nope-v1", 3)),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1\0", 3)),
    (ValueError, lambda: lockstep.make_vec("\ud800", 3)),
    (TypeError, lambda: lockstep.make_vec(7, 3)),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", 0)),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", -2**63)),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", 10**30)),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", 1.5)),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", float("nan"))),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", None)),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", 2, num_threads=-1)),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", 2, num_threads=10**6)),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", 2, foo=3)),
    (TypeError, lambda: lockstep.make_vec("CartPole-v1", 2, low=[1])),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", 2, step_limit=10**400)),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", 2).reset(options={"low": -0.1})),
    (ValueError, lambda: lockstep.make("Pendulum-v1").reset(options={"x_init": 0.1})),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", 2, low=float("nan"))),
    (ValueError, lambda: lockstep.make_vec("CartPole-v1", 2, render_mode="human")),
    (MemoryError, lambda: lockstep.make_vec("Lockstep/Courier-v0", 2**20, preset="raw")),
    (RuntimeError, lambda: lockstep.make_vec("CartPole-v1", 2).step(np.zeros(2, int))),
    (RuntimeError, lambda: lockstep.make_vec("CartPole-v1", 2).state()),
    (RuntimeError, lambda: lockstep.make_vec("CartPole-v1", 2).snapshot([0])),
    (ValueError, lambda: begun().step(np.zeros(3, int))),
    (ValueError, lambda: begun().step(np.zeros((4, 2), int))),
    (ValueError, lambda: begun().step(5)),
    (ValueError, lambda: begun().step(np.full(4, 9))),
    (ValueError, lambda: begun().step(np.full(4, -1))),
    (ValueError, lambda: begun().step(np.full(4, 2**31))),
    (ValueError, lambda: begun().step(np.full(4, 2**32))),
    (ValueError, lambda: begun().step(np.full(4, 2**64 - 1, np.uint64))),
    (ValueError, lambda: begun().step(np.full(4, 2**32 - 1, np.uint32))),
    (TypeError, lambda: begun().step(np.zeros(4))),
    (TypeError, lambda: begun().step(["a"] * 4)),
    (TypeError, lambda: begun().step(None)),
    (TypeError, lambda: begun("Pendulum-v1").step(np.zeros((4, 1), complex))),
    (ValueError, lambda: begun("Pendulum-v1").step(np.full((4, 1), np.nan, np.float32))),
    (ValueError, lambda: begun("Pendulum-v1").step(np.full((4, 1), 1e300))),
    (ValueError, lambda: begun().reset(seed=-1)),
    (ValueError, lambda: begun().reset(seed=2**63)),
    (ValueError, lambda: begun().reset(seed="x")),
    (ValueError, lambda: begun().reset(seed=[1])),
    (ValueError, lambda: begun().reset(seed=[1, 2, 3, -4])),
    (ValueError, lambda: begun().reset(options={"reset_mask": [True]})),
    (TypeError, lambda: begun().reset(options={"reset_mask": ["x"] * 4})),
    (ValueError, lambda: begun().set_state(0, b"nonsense")),
    (TypeError, lambda: begun().set_state(0, 10**9)),
    (TypeError, lambda: begun().set_state(0, None)),
    (ValueError, lambda: begun().set_state(99, b"")),
    (ValueError, lambda: begun().state(-1)),
    (ValueError, lambda: begun().state(2**70)),
    (ValueError, lambda: begun().restore([0], [7])),
    (ValueError, lambda: begun().snapshot([0, 1], [0])),
    (ValueError, lambda: begun().snapshot([0, 1], [5, 5])),
    (ValueError, lambda: begun().snapshot([0, 9], [0, 1])),
    (TypeError, lambda: begun().snapshot([0.5])),
    (TypeError, lambda: begun().snapshot([[0], [1, 2]])),
    (ValueError, lambda: begun().fork(0, [1, 4])),
    (ValueError, lambda: begun().fork(-1, [1])),
    (RuntimeError, lambda: closed().step(np.zeros(4, int))),
    (RuntimeError, lambda: closed().reset()),
    (RuntimeError, lambda: closed().state()),
    (RuntimeError, lambda: closed().snapshot([0])),
])
def test_refused(kind, call):
    with pytest.raises(lockstep.Error) as caught:
        call()
    assert isinstance(caught.value, kind)
    assert "\n" not in str(caught.value) and str(caught.value)


def test_a_refused_call_changes_nothing():
    one, other = begun("CartPole-v1", 3), begun("CartPole-v1", 3)
    one.snapshot([0], [4])
    for wrong in (lambda: one.step(np.array([0, 1, 7])), lambda: one.snapshot([0, 9], [4, 5]),
                  lambda: one.restore([0, 1], [4, 5]), lambda: one.fork(0, [1, 3]),
                  lambda: one.reset(seed=[1, 2]), lambda: one.set_state(0, b"x" * 300)):
        with pytest.raises(lockstep.Error):
            wrong()
    shown = one.step(np.zeros(3, int))[0].copy(), other.step(np.zeros(3, int))[0]
    with pytest.raises(lockstep.Error):
        other.step(np.full(3, 9))
    assert np.array_equal(other.observe()[0], shown[0]) and np.array_equal(*shown)
    for action in (0, 1, 1, 0):
        a, b = (env.step(np.full(3, action)) for env in (one, other))
        assert np.array_equal(a[0], b[0])


def test_strides_and_kinds_of_actions():
    env, other = begun("MiniGrid-DoorKey-5x5-v0"), begun("MiniGrid-DoorKey-5x5-v0")
    wide = np.arange(32).reshape(4, 8) % 7
    kinds = [np.int8, np.uint8, np.int16, np.uint32, np.int64, np.uint64, ">i4", ">i8"]
    for place in range(8):
        actions = wide[:, place]
        given = actions.astype(kinds[place])[::-1][::-1]
        a, b = env.step(wide.T[place]), other.step(given if place % 2 else list(actions))
        assert np.array_equal(a[0]["image"], b[0]["image"])
    reverse = begun()
    reverse.step(np.array([0, 1, 0, 1])[::-1])


def test_two_threads_on_one_environment():
    env = begun("Lockstep/Courier-v0", 512, num_threads=1, render_mode="rgb_array")
    seen, done = [], threading.Event()

    def disturb():
        while not done.is_set():
            for call in (lambda: env.step(np.full(512, 10**9)), lambda: env.step(np.zeros(512, int)),
                         lambda: env.state(3), lambda: env.restore([0], [0]), lambda: env.fork(0, [1]),
                         lambda: env.render()):
                try:
                    call()
                except lockstep.Error as error:
                    seen.append(type(error))

    env.snapshot([0])
    others = [threading.Thread(target=disturb) for _ in range(3)]
    for thread in others:
        thread.start()
    until = time.monotonic() + 2
    while time.monotonic() < until:
        try:
            env.step(np.ones(512, int))
        except lockstep.UseError:
            pass
    done.set()
    for thread in others:
        thread.join()
    assert lockstep.UseError in seen
    env.reset(seed=1)
    env.step(np.zeros(512, int))


def test_closed_during_a_step():
    for _ in range(10):
        env = begun("Lockstep/Courier-v0", 256, num_threads=2)
        thread = threading.Thread(target=lambda: [env.step(np.zeros(256, int)) for _ in range(50)])
        failures = []
        threading.excepthook = lambda failure: failures.append(failure.exc_type)
        thread.start()
        time.sleep(0.01)
        env.close()
        thread.join()
        threading.excepthook = threading.__excepthook__
        assert failures in ([], [lockstep.UseError])


def test_fork():
    env = begun("Lockstep/Courier-v0", 128, num_threads=3)
    env.step(np.zeros(128, int))
    child = os.fork()
    if child == 0:
        status = 1
        try:
            try:
                env.step(np.zeros(128, int))
            except lockstep.UseError as error:
                assert "fork" in str(error)
                env.close()
                del env
                own = begun("Lockstep/Courier-v0", 128, num_threads=3)
                own.step(np.zeros(128, int))
                own.close()
                status = 0
        finally:
            os._exit(status)
    until = time.monotonic() + 60
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < until:
        time.sleep(0.01)
    if ended[0] == 0:
        os.kill(child, signal.SIGKILL)
    assert ended == (child, 0)
    env.step(np.zeros(128, int))


def test_interrupted():
    """Ctrl-C ends a loop of steps once the step under way is done; the environment goes on."""
    env = begun("Lockstep/Courier-v0", 2048, num_threads=2)
    actions = np.zeros(2048, int)
    for delay in np.linspace(0.01, 0.2, 8):
        signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
        signal.setitimer(signal.ITIMER_REAL, delay)
        with pytest.raises(KeyboardInterrupt):
            while True:
                env.step(actions)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        env.step(actions)
    pickle.loads(pickle.dumps(begun())).step(np.zeros(4, int))


def child(code, seconds=120):
    """Runs code in an interpreter of its own; a crash shows in its status."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=seconds,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)})
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return done.stdout


def test_little_memory():
    assert "MB are free" in child("""
import lockstep, resource
lockstep.make_vec("CartPole-v1", 1).close()
used = int(open("/proc/self/statm").read().split()[0]) * 4096
resource.setrlimit(resource.RLIMIT_AS, (used + (300 << 20),) * 2)
try:
    lockstep.make_vec("Lockstep/Courier-v0", 50_000, num_threads=1)
except lockstep.OutOfMemoryError as error:
    print(error)
lockstep.make_vec("Lockstep/Courier-v0", 64, num_threads=1).reset(seed=0)
""")


def test_random_calls_in_python():
    child("""
import lockstep, numpy as np, random
random.seed(5)
ids = ["CartPole-v1", "Pendulum-v1", "Lockstep/Courier-v0", "MiniGrid-DoorKey-5x5-v0", "MinAtar/Breakout-v1"]
odd = [None, -1, 0, 1, 3, 2**31, -2**31, 2**63, -2**63, 2**64, 10**30, 0.5, float("nan"), float("inf"), "x",
       b"x", [], [0], [0, 0], [[1]], {}, object(), True, np.zeros(0), np.zeros((4, 1)), np.full(4, np.nan),
       np.arange(4), np.arange(8)[::2], np.zeros(4, "S3"), np.zeros(4, object), np.float16(1),
       np.zeros((4, 2, 2), np.float32)[:, 0, ::2], np.array(3), np.iinfo(np.int64).min, "CartPole-v1"]
names = ["step", "reset", "state", "set_state", "snapshot", "restore", "fork", "observe", "render"]
count = refused = 0
for round in range(60):
    env = lockstep.make_vec(random.choice(ids), 4, num_threads=2, reuse=random.random() < 0.3,
                            render_mode="rgb_array")
    env.reset(seed=round)
    for _ in range(60):
        name = random.choice(names)
        pick = lambda: random.choice(odd)
        arguments = [pick() for _ in range(random.choice([0, 1, 1, 1, 2]))]
        keywords = {}
        if name == "reset":
            arguments, keywords = [], {"seed": pick(), "options": random.choice([None, {"reset_mask": pick()}])}
        if name == "step" and random.random() < 0.5:
            arguments = [env.action_space.sample()]
        count += 1
        try:
            getattr(env, name)(*arguments, **keywords)
        except (lockstep.Error, TypeError, ValueError, AttributeError) as error:
            refused += 1
        except OverflowError:
            raise
        if random.random() < 0.01:
            env.close()
    for _ in range(10):
        try:
            lockstep.make_vec(random.choice(ids + ["x", ""]), random.choice([1, 2, -1, 0, 2**63, None, 1e3]),
                              num_threads=random.choice([1, 2, -1, 2**40, "x"]),
                              **{random.choice(["autoreset", "step_limit", "x", "preset"]): random.choice(
                                  [0, -1, 10**30, "same-step", "disabled", "", None, [], float("nan"), 5])})
        except lockstep.Error:
            pass
assert refused > 500, (count, refused)
""")


def test_random_calls_of_the_library():
    child("""
import ctypes, random
import numpy as np
import lockstep
from lockstep._library import library, taken
random.seed(7)
numbers = [0, 1, 2, 3, 4, 5, 64, -1, 2**31, 2**40, 2**63 - 1, -2**63]
error = ctypes.c_void_p()
place = ctypes.byref(error)
def settle():
    if error.value:
        assert library.lockstep_error_kind(error.value) in range(4)
        text = taken(error.value)
        assert text and "\\n" not in text
        error.value = None
        return 1
    return 0
refused = 0
for round in range(300):
    batch = library.lockstep_make(
        random.choice([b"CartPole-v1", b"Lockstep/Courier-v0", b"Pendulum-v1", b"", b"\\xff\\xfe"]),
        random.choice([3] * 8 + [n for n in numbers if n <= 64 or n > 2**30]),
        random.choice([0, 1, 2] * 4 + [-1, 2**40]),
        random.choice([None, b"{}"] * 4 + [b"", b"[", b"{\\"autoreset\\": 3}", b"\\xff", b"{" * 1000]), place)
    refused += settle()
    if not batch:
        continue
    taken(library.lockstep_spec(batch))
    few = np.array([random.choice(numbers) for _ in range(64)], np.int64)
    slots = np.array([random.choice(numbers) for _ in range(64)], np.int64)
    mask = np.random.randint(0, 255, 64).astype(np.uint8)
    state = bytes(random.randrange(256) for _ in range(64))
    width, height = ctypes.c_int64(), ctypes.c_int64()
    for _ in range(40):
        call, n = random.randrange(11), random.choice(numbers)
        if call == 0: library.lockstep_reset(batch, random.choice([None, mask.ctypes.data]), None, place)
        if call == 1: library.lockstep_reset(batch, None, None, place)
        if call == 2: library.lockstep_step(batch, place)
        if call == 3:
            p = library.lockstep_render(batch, n, ctypes.byref(width), ctypes.byref(height), place)
            library.lockstep_release(p)
        if call == 4:
            p = library.lockstep_state(batch, n, ctypes.byref(width), place)
            if p and random.random() < 0.5:
                library.lockstep_set_state(batch, random.choice(numbers), ctypes.string_at(p, width.value),
                                           width.value, place)
            library.lockstep_release(p)
        if call == 5: library.lockstep_set_state(
            batch, n, state, random.choice([0, 8, 16, 64, -1, -2**63, 2**62]), place)
        if call in (6, 7):
            count = random.choice([0, 1, 2, 3, 64, -1, -2**63, 2**40, 2**63 - 1])
            function = library.lockstep_save if call == 6 else library.lockstep_restore
            lanes = np.array([0, 1, 2], np.int64) if random.random() < 0.7 else few
            count = min(count, 3) if lanes is not few else count
            function(batch, count, lanes.ctypes.data, slots.ctypes.data, place)
        if call == 8:
            library.lockstep_bind(batch, random.choice([-1, 0, 5, 2**40]), few.ctypes.data, place)
        if call == 9: library.lockstep_column(batch, n)
        if call == 10:  # any bytes as actions
            at = library.lockstep_column(batch, 0)
            ctypes.memmove(at, random.choice([b"\\0" * 12, bytes(random.randrange(256) for _ in range(12))]), 12)
            library.lockstep_step(batch, place)
        refused += settle()
    library.lockstep_free(batch)
assert refused > 1000, refused
library.lockstep_free(None)
library.lockstep_release(None)
""")
