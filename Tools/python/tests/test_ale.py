"""`lockstep.ale` against ale-py."""
import os
import pickle
import subprocess
import sys
import zlib

import gymnasium
import numpy as np
import pytest
from conftest import GAMES, STEPS, assert_same

import lockstep
from lockstep import ale

theirs = pytest.importorskip("ale_py", reason="ale-py is not installed")
theirs.ALEInterface.setLoggerMode(theirs.LoggerMode.Error)


# The vector environment


def arguments(rng):
    return dict(
        repeat_action_probability=float(rng.choice([0, 0.25])), full_action_space=bool(rng.integers(2)),
        autoreset_mode=str(rng.choice(["NextStep", "SameStep"])), img_height=int(rng.choice([84, 100])),
        img_width=int(rng.choice([84, 160])), grayscale=bool(rng.integers(2)),
        stack_num=int(rng.integers(1, 5)), frameskip=int(rng.integers(1, 6)),
        maxpool=bool(rng.integers(2)), noop_max=int(rng.choice([0, 1, 30])),
        episodic_life=bool(rng.integers(2)), life_loss_info=bool(rng.integers(2)),
        reward_clipping=bool(rng.integers(2)), use_fire_reset=bool(rng.integers(2)),
        max_num_frames_per_episode=int(rng.choice([108000, 150])), continuous=bool(rng.integers(2)),
        continuous_action_threshold=float(rng.choice([0.5, 0.2])))


@pytest.mark.parametrize("is_plain", [True, False])
@pytest.mark.parametrize("game", GAMES)
def test_vector(game, is_plain, rng):
    given = {} if is_plain else arguments(rng)
    if game == "skiing":
        given.pop("continuous", None)  # Most of these actions are not legal there, and ale-py hangs.
    envs = [kind(game, 3, **given) for kind in (ale.AtariVectorEnv, theirs.AtariVectorEnv)]
    one, other = envs
    assert one.observation_space == other.observation_space
    assert one.action_space == other.action_space
    assert one.metadata["autoreset_mode"] == other.metadata["autoreset_mode"]
    seed = int(rng.integers(2**31 - 10))
    assert_same(one.reset(seed=seed), other.reset(seed=seed), given)
    other.action_space.seed(seed)
    for step in range(STEPS):
        if step % 25 == 24:
            mask = rng.integers(2, size=3).astype(bool)
            seeds = rng.integers(2**31, size=mask.sum()) if rng.integers(2) else None
            a, b = (env.reset(seed=seeds, options={"reset_mask": mask}) for env in envs)
            assert_same(a, b, (given, step, mask))
        action = other.action_space.sample()
        a, b = one.step(action), other.step(action)
        if "final_obs" in b[4]:
            # Theirs are whatever memory held where no episode has ended; nor has one where a lost life
            # is shown as an end.
            written = b[2] | b[3]
            if given.get("life_loss_info"):
                written &= b[3] | (b[4]["lives"] == 0)
            for info in (a[4], b[4]):
                info["final_obs"][~written] = 0
        assert_same(a, b, (given, step))
    one.close()


def test_continuous_skiing(rng):
    """The number of an action is taken for a place among the nine legal ones."""
    one, other = (kind("skiing", 2, continuous=True)
                  for kind in (ale.AtariVectorEnv, theirs.AtariVectorEnv))
    seed = int(rng.integers(2**31))
    assert_same(one.reset(seed=seed), other.reset(seed=seed))
    for step in range(STEPS):
        # Nothing, or one of seven directions: all but down and left.
        angles = rng.choice([-0.25, 0, 0.25, 0.5, 0.75, 1, -0.5], size=2) * np.pi
        action = np.stack([np.ones(2), angles, np.zeros(2)], 1).astype(np.float32)
        assert_same(one.step(action), other.step(action), (seed, step, action))


def test_some_lanes_at_a_time(rng):
    whole = ale.AtariVectorEnv("pong", 6)
    parts = ale.AtariVectorEnv("pong", 6, batch_size=4)
    seeds = rng.integers(2**31, size=6)
    shown = list(whole.reset(seed=seeds)[0])
    moved = np.zeros(6, int)
    history = [[picture] for picture in shown]
    for _ in range(12):
        for lane, picture in enumerate(whole.step(np.full(6, 2))[0]):
            history[lane].append(picture)
    observations, info = parts.reset(seed=seeds)
    seen = set()
    for _ in range(12):
        assert len(observations) == 4 and info["env_id"].dtype == np.int32
        for lane, picture in zip(info["env_id"], observations):
            assert np.array_equal(picture, history[lane][moved[lane]]), lane
            moved[lane] += 1
            seen.add(int(lane))
        observations, *_, info = parts.step(np.full(4, 2))
    assert seen == set(range(6))


@pytest.mark.parametrize("error, call", [
    (AssertionError, lambda: ale.AtariVectorEnv("MsPacman", 1)),
    (gymnasium.error.Error, lambda: ale.AtariVectorEnv("pong", 1, frameskip=0)),
    (gymnasium.error.Error, lambda: ale.AtariVectorEnv("pong", 1, frameskip=(2, 4))),
    (lockstep.Error, lambda: ale.AtariVectorEnv("pong", 2, batch_size=3)),
    (ValueError, lambda: ale.AtariVectorEnv("pong", 1, autoreset_mode="Disabled")),
    (lockstep.Error, lambda: ale.AtariVectorEnv("pong", 2).step(np.zeros(2, int))),
    (lockstep.Error, lambda: begun().step(np.full(2, 9))),
    (AssertionError, lambda: begun().step(np.zeros(3, int))),
    (lockstep.Error, lambda: begun().recv()),
    (ValueError, lambda: begun().reset(seed=np.zeros(3, int))),
    (TypeError, lambda: begun().reset(options={"reset_mask": [True, False]})),
    (ValueError, lambda: begun().ale.reset([0, 0], [-1, -1])),
    (lockstep.Error, lambda: begun().ale.send([0, 0], [1.0, 0.5])),
    (IndexError, lambda: begun().ale.reset([2], [-1])),
    (RuntimeError, lambda: ale.AtariVectorEnv("pong", 2).reset(
        options={"reset_mask": np.array([True, False])})),
    (ValueError, lambda: begun(batch_size=1).reset(options={"reset_mask": np.array([True, False])})),
])
def test_refused(error, call):
    with pytest.raises(error):
        call()


def begun(**settings):
    env = ale.AtariVectorEnv("pong", 2, **settings)
    env.reset(seed=0)
    return env


# The interface


def looks(one, other, where, audio):
    for name in ["getScreen", "getScreenRGB", "getScreenGrayscale", "getRAM", "lives", "getFrameNumber",
                 "getEpisodeFrameNumber", "game_over", "game_truncated"] + ["getAudio"] * audio:
        assert_same(getattr(one, name)(), getattr(other, name)(), (where, name))
    assert one.game_over(with_truncation=False) == other.game_over(with_truncation=False)


@pytest.mark.parametrize("is_plain", [True, False])
@pytest.mark.parametrize("game", GAMES)
def test_interface(game, is_plain, rng):
    both = [ale.ALEInterface(), theirs.ALEInterface()]
    one, other = both
    given = {} if is_plain else dict(
        repeat_action_probability=float(rng.choice([0, 0.7])), frame_skip=int(rng.integers(1, 5)),
        max_num_frames_per_episode=int(rng.choice([0, 200])), sound_obs=True,
        truncate_on_loss_of_life=bool(rng.integers(2)), reward_min=-1, reward_max=1)
    seed = int(rng.integers(2**31 - 1))
    for console in both:
        for name, value in given.items():
            kind = {bool: "setBool", int: "setInt", float: "setFloat"}[type(value)]
            getattr(console, kind)(name, value)
        console.setInt("random_seed", seed)
        console.loadROM(ale.roms.get_rom_path(game))
    for name in ["getAvailableModes", "getAvailableDifficulties", "getScreenDims", "getRAMSize"]:
        assert_same(getattr(one, name)(), getattr(other, name)(), name)
    for name in ["getLegalActionSet", "getMinimalActionSet"]:
        assert [a.name for a in getattr(one, name)()] == [a.name for a in getattr(other, name)()]
    audio = not is_plain
    looks(one, other, "load", audio)
    clones, action, is_poked = [], 0, False
    for step in range(5 * STEPS):
        what, chance = "act", rng.integers(40)
        if chance == 0:
            with_generator = bool(rng.integers(2))
            clones.append([console.cloneState(include_rng=with_generator) for console in both])
            assert clones[-1][0] == one.cloneState(include_rng=with_generator)
        elif chance == 1 and clones and not is_poked:
            # A poke may send the program astray: see `test_restored_when_hung`, COMPATIBILITY.md.
            what = "restore"
            a, b = clones[rng.integers(len(clones))]
            one.restoreState(pickle.loads(pickle.dumps(a)))
            other.restoreState(b)
        elif chance == 2:
            what = "mode"
            mode, difficulty = (int(rng.choice(values)) for values in (
                one.getAvailableModes(), one.getAvailableDifficulties()))
            for console in both:
                console.setMode(mode)
                console.setDifficulty(difficulty)
        elif chance == 3 and not is_poked and step > 4.5 * STEPS:
            # One, late, by little and not of the stack: a program that it sends astray is another matter.
            what, is_poked = "memory", True
            index = int(rng.integers(112))
            value = int(one.getRAM()[index]) ^ 1
            for console in both:
                console.setRAM(index, value)
        elif one.game_over() and chance < 20:
            what = "reset"
            for console in both:
                console.reset_game()
        else:
            action = int(rng.integers(18)) if chance < 8 else action
            strength = float(rng.random() * 2) if chance < 20 else 1.0
            a, b = one.act(ale.Action(action), strength), other.act(action, strength)
            assert_same(a, b, (given, step, "reward"))
        looks(one, other, (given, seed, step, what), audio)


@pytest.mark.parametrize("game, index, values", [
    ("asteroids", 74, [128]), ("ms_pacman", 19, [64, 127, 128])])
def test_restored_when_hung(game, index, values, rng):
    """Clones of a console before and after a poke that has hung its program: whether the last frame
    has ended is the console's own, not the clone's."""
    seed = int(rng.integers(2**31 - 1))
    hangs = 0
    for turn in range(6):
        both = [ale.ALEInterface(), theirs.ALEInterface()]
        for console in both:
            console.setInt("random_seed", seed)
            console.loadROM(ale.roms.get_rom_path(game))
        for _ in range(int(rng.integers(100, 250))):
            act_equally(both, rng, (seed, turn))
        running = clones_of(both)
        for console in both:
            console.setRAM(index, values[turn % len(values)])
        for _ in range(3):
            before = both[1].getScreen()
            act_equally(both, rng, (seed, turn, "poked"))
        hangs += np.array_equal(before, both[1].getScreen())
        for clones in [running, clones_of(both), running, running]:
            for console, clone in zip(both, clones):
                console.restoreState(clone)
                assert console.cloneState(include_rng=True) == clone
            for _ in range(int(rng.integers(3))):
                act_equally(both, rng, (seed, turn, "restored"))
    assert hangs


def clones_of(both):
    return [console.cloneState(include_rng=True) for console in both]


def act_equally(both, rng, where):
    one, other = both
    action = int(rng.integers(18))
    assert one.act(action) == other.act(ale.Action(action)), where
    looks(one, other, where, False)


def test_settings():
    both = [ale.ALEInterface(), theirs.ALEInterface()]
    calls = ["getInt", "getBool", "getFloat", "getString"]
    names = ["random_seed", "frame_skip", "repeat_action_probability", "cpu", "sound_obs", "nope",
             "reward_min", "system_random_seed"]
    for change in [None, ("setInt", "frame_skip", 7), ("setFloat", "repeat_action_probability", 1 / 3),
                   ("setBool", "sound_obs", True), ("setInt", "random_seed", -5)]:
        for console in both:
            if change:
                getattr(console, change[0])(*change[1:])
        for call in calls:
            for name in names:
                if (call, name) == ("getInt", "cpu"):
                    continue
                assert_same(*(getattr(console, call)(name) for console in both), (change, call, name))
    for console in both:
        for call in [("setInt", "nope", 1), ("setFloat", "frame_skip", 1.0)]:
            with pytest.raises(RuntimeError):
                getattr(console, call[0])(*call[1:])


def loaded():
    console = ale.ALEInterface()
    console.loadROM(ale.roms.get_rom_path("pong"))
    return console


@pytest.mark.parametrize("error, call", [
    (RuntimeError, lambda: ale.ALEInterface().lives()),
    (RuntimeError, lambda: ale.ALEInterface().getScreen()),
    (RuntimeError, lambda: ale.ALEInterface().loadROM("/nowhere/pong.bin")),
    (lockstep.Error, lambda: ale.ALEInterface().loadROM("/dev/null")),
    (TypeError, lambda: loaded().act(-1)),
    (TypeError, lambda: loaded().act(1.0)),
    (lockstep.Error, lambda: loaded().act(18)),
    (lockstep.Error, lambda: loaded().act(3, float("nan"))),
    (RuntimeError, lambda: loaded().setMode(99)),
    (RuntimeError, lambda: loaded().setRAM(128, 0)),
    (TypeError, lambda: loaded().setRAM(0, 256)),
    (RuntimeError, lambda: loaded().getScreen(np.zeros((3, 4), np.uint8))),
    (TypeError, lambda: loaded().getScreen(np.zeros((210, 160)))),
    (lockstep.Error, lambda: ale.ALEState(b"nonsense")),
    (lockstep.Error, lambda: loaded().restoreState(ale.ALEState())),
    (lockstep.Error, lambda: loaded().restoreState(
        ale.ALEState(loaded().cloneState().serialize()[:-30] + bytes(30)))),
])
@pytest.mark.filterwarnings("ignore")
def test_interface_refuses(error, call):
    with pytest.raises(error) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_buffers_and_files(tmp_path):
    console = loaded()
    for name in ["getScreen", "getScreenRGB", "getScreenGrayscale", "getRAM"]:
        read = getattr(console, name)
        buffer = np.zeros_like(read())
        assert read(buffer) is None and np.array_equal(buffer, read()) and buffer.any()
    console.saveScreenPNG(str(tmp_path / "screen.png"))
    data = (tmp_path / "screen.png").read_bytes()
    start = data.index(b"IDAT") + 4
    length = int.from_bytes(data[start - 8:start - 4], "big")
    rows = np.frombuffer(zlib.decompress(data[start:start + length]), np.uint8).reshape(210, -1)
    assert np.array_equal(rows[:, 1:].reshape(210, 160, 2, 3)[:, :, 1], console.getScreenRGB())


def test_may_outlive_the_modules():
    """At the interpreter's end they are emptied first."""
    code = """
import threading, lockstep, lockstep.ale as ale
env, console = lockstep.make_vec("CartPole-v1", 2), ale.ALEInterface()
console.loadROM(ale.roms.get_rom_path("pong"))
threading.kept = [env, console, lockstep._native, lockstep._console]
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": ":".join(sys.path)})
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_names():
    """Everything that ale-py's module has, other modules' names aside, is reached in the same way."""
    code = """
import ale_py, types
import lockstep.ale as ours
for name in ale_py.__all__ + ["env", "registration", "roms", "vector_env"]:
    assert isinstance(getattr(ours, name), types.ModuleType) == (
        isinstance(getattr(ale_py, name), types.ModuleType)), name
assert ours.AtariEnvStepMetadata.__annotations__.keys() == ale_py.AtariEnvStepMetadata.__annotations__.keys()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True,
                   env={**os.environ, "PYTHONPATH": ":".join(sys.path)})


def test_rom_names():
    assert set(theirs.roms.get_all_rom_ids()) - set(ale.roms.get_all_rom_ids()) <= {"warlords"}
    path = ale.roms.get_rom_path("pong")
    assert ale.ALEInterface.isSupportedROM(path) == theirs.ALEInterface.isSupportedROM(path) == "pong"
    with pytest.warns(UserWarning):
        assert ale.roms.get_rom_path("nothing") is None


# The single environment

SINGLE = r"""
import gymnasium, lockstep, numpy as np, sys
from conftest import assert_same
id, given, seed = eval(sys.argv[1])
ours = gymnasium.make("lockstep:" + id, **given)
assert type(ours.unwrapped).__module__ == "lockstep.ale.env"
import ale_py
gymnasium.register_envs(ale_py)
theirs = gymnasium.make(id, **given)
assert type(theirs.unwrapped).__module__ == "ale_py.env"
assert ours.observation_space == theirs.observation_space
assert ours.action_space == theirs.action_space
assert ours.unwrapped.get_action_meanings() == theirs.unwrapped.get_action_meanings()
if not given.get("continuous"):
    assert ours.unwrapped.get_keys_to_action() == theirs.unwrapped.get_keys_to_action()
assert_same(ours.reset(seed=seed), theirs.reset(seed=seed))
theirs.action_space.seed(seed)
for step in range(200):
    action = theirs.action_space.sample()
    one, other = ours.step(action), theirs.step(action)
    assert_same(one, other, step)
    if one[2] or one[3]:
        assert_same(ours.reset(), theirs.reset(), step)
"""


@pytest.mark.parametrize("id, given", [
    ("ALE/Breakout-v5", {}),
    ("BreakoutNoFrameskip-v4", {}),
    ("MsPacman-v0", {"max_num_frames_per_episode": 300}),
    ("ALE/Pong-v5", {"obs_type": "grayscale", "sound_obs": True, "frameskip": (2, 5), "mode": 1}),
    ("ALE/Qbert-v5", {"obs_type": "ram", "continuous": True}),
])
def test_single(id, given, rng, request):
    # In a process of its own: both packages register the same ids.
    code = [sys.executable, "-W", "ignore", "-c", SINGLE, repr((id, given, int(rng.integers(2**31))))]
    done = subprocess.run(
        code, cwd=request.path.parent, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)})
    assert done.returncode == 0, done.stderr


def test_made_by_gymnasium(request):
    code = """
import gymnasium, numpy as np
env = gymnasium.make_vec("lockstep:ALE/Pong-v5", 3)
assert type(env).__module__ == "lockstep.ale.vector_env", env
env.reset(seed=1)
assert env.step(np.zeros(3, int))[0].shape == (3, 4, 84, 84)
native = gymnasium.make("Lockstep/ALE-Pong-v5", preset="raw", observation="ram")
assert native.reset(seed=1)[0].shape == (128,)
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True,
                   env={**os.environ, "PYTHONPATH": ":".join(sys.path)})


def test_pickled():
    env = ale.AtariEnv("pong", obs_type="ram")
    copy = pickle.loads(pickle.dumps(env))
    assert np.array_equal(env.reset(seed=3)[0], copy.reset(seed=3)[0])


def test_xla():
    jax = pytest.importorskip("jax", reason="jax is not installed")
    with_xla, plain = (ale.AtariVectorEnv("breakout", 3) for _ in range(2))
    handle, reset, step = with_xla.xla()
    handle, (shown, info) = reset(handle, 5)
    assert_same(np.asarray(shown), plain.reset(seed=5)[0])
    step = jax.jit(step)
    for number in range(10):
        actions = np.full(3, 1 + number % 3)
        handle, (shown, rewards, *_, info) = step(handle, actions)
        expected = plain.step(actions)
        assert_same(np.asarray(shown), expected[0])
        assert np.array_equal(info["frame_number"], expected[4]["frame_number"])
