"""Python's environments against Gymnasium's own, and what happens to wrong calls."""
import pickle
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import lockstep

SINGLE = ["CartPole-v1", "Pendulum-v1", "MinAtar/Breakout-v1", "MiniGrid-DoorKey-5x5-v0",
          "Lockstep/Courier-v0"]


def equal(one, other):
    return np.array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("id", ["CartPole-v1", "Acrobot-v1", "Pendulum-v1"])
def test_as_gymnasium(id, mode):
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    ours = lockstep.make_vec(id, 5, num_threads=2, autoreset=mode)
    theirs = SyncVectorEnv([lambda: gymnasium.make(id)] * 5, autoreset_mode=mode)
    assert equal(ours.reset(seed=seed)[0], theirs.reset(seed=seed)[0])
    theirs.action_space.seed(seed)
    for step in range(700):
        action = theirs.action_space.sample()
        one, other = ours.step(action), theirs.step(action)
        for place in range(4):
            assert equal(one[place], other[place]), (seed, step, place)
        flagged = one[2] | one[3]
        if mode is AutoresetMode.SAME_STEP and flagged.any():
            assert equal(one[4]["_final_obs"], other[4]["_final_obs"])
            for lane in np.flatnonzero(flagged):
                assert equal(one[4]["final_obs"][lane], other[4]["final_obs"][lane])
        if mode is AutoresetMode.DISABLED and flagged.any():
            ours_first = ours.reset(options={"reset_mask": flagged})[0]
            theirs_first = theirs.reset(options={"reset_mask": flagged})[0]
            assert equal(ours_first, theirs_first)


@pytest.mark.parametrize("id", SINGLE)
def test_checkers(id):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_env(lockstep.make(id, render_mode="rgb_array"), skip_render_check=False)


def test_held_arrays_stay():
    env = lockstep.make_vec("MinAtar/Breakout-v1", 70)
    env.action_space.seed(0)
    held = [(np.copy(o), o[3:5]) for o in [env.reset(seed=1)[0]]]
    for _ in range(20):
        observations, rewards, *_ = env.step(env.action_space.sample())
        held.append((np.copy(observations), observations[3:5]))
    for copy, view in held:
        assert equal(copy[3:5], view)


def test_memory_is_used_again():
    env = lockstep.make_vec("CartPole-v1", 8)
    places = {env.reset(seed=0)[0].ctypes.data}
    for _ in range(50):
        places.add(env.step(np.zeros(8, int))[0].ctypes.data)
    assert len(places) <= 2


def test_memory_of_dropped_arrays_is_used_again():
    env = lockstep.make_vec("CartPole-v1", 8)
    env.reset(seed=0)
    places = set()
    for _ in range(20):
        held = [env.step(np.zeros(8, int))[0] for _ in range(16)]
        places |= {array.ctypes.data for array in held}
        assert len({array.ctypes.data for array in held}) == 16
    assert len(places) <= 48  # two lists of them live at once


def test_reused_arrays():
    one = lockstep.make_vec("Lockstep/Courier-v0", 3, reuse=True)
    other = lockstep.make_vec("Lockstep/Courier-v0", 3)
    first = one.reset(seed=4)[0]
    other.reset(seed=4)
    one.action_space.seed(2)
    for _ in range(60):
        action = one.action_space.sample()
        a, b = one.step(action), other.step(action)
        assert a[0] is first and equal(a[0], b[0]) and equal(a[1], b[1])
    with pytest.raises(ValueError):
        first[...] = 0
    copy = pickle.loads(pickle.dumps(one))
    one.close()
    del one
    assert equal(first, copy.observe()[0])


def test_changes_have_no_effect():
    one, other = (lockstep.make_vec("Lockstep/Courier-v0", 3) for _ in range(2))
    one.reset(seed=5), other.reset(seed=5)
    one.action_space.seed(2)
    for _ in range(60):
        action = one.action_space.sample()
        a, b = one.step(action), other.step(action)
        assert equal(a[0], b[0])
        b[0][...] = 77


def test_large_arrays():
    """Beyond 4 MB they lie in pages of their own; who holds these is seen, too."""
    one, other = (lockstep.make_vec("Lockstep/Courier-v0", 300, reuse=reuse) for reuse in (True, False))
    one.reset(seed=5)
    held = [other.reset(seed=5)[0]]
    assert held[0].nbytes > 8 << 20 and held[0].flags.writeable
    one.action_space.seed(2)
    kept = [memoryview(held[0]), memoryview(held[0].base), held[0][7:9]]
    first = held[0].copy()
    for _ in range(12):
        action = one.action_space.sample()
        a, b = one.step(action), other.step(action)
        assert equal(a[0], b[0]) and equal(a[1:4], b[1:4])
        b[0][...] = 77
        held = [b[0]]
    assert equal(np.asarray(kept[0]), first) and equal(kept[2], first[7:9])
    del kept[0], kept[1]
    for _ in range(4):
        other.step(action)
    assert equal(np.frombuffer(kept[0], np.uint8).reshape(first.shape), first)


def test_states():
    env = lockstep.make_vec("MiniGrid-DoorKey-5x5-v0", 4)
    env.reset(seed=9)
    env.action_space.seed(3)
    actions = [env.action_space.sample() for _ in range(60)]
    for action in actions[:20]:
        env.step(action)
    env.snapshot([0, 1, 2, 3])
    copy = pickle.loads(pickle.dumps(env))
    seen = [env.step(action)[1].copy() for action in actions[20:]]
    assert equal(seen, [copy.step(action)[1].copy() for action in actions[20:]])
    env.restore([0, 1, 2, 3])
    assert equal(seen, [env.step(action)[1].copy() for action in actions[20:]])
    env.fork(2, [0, 1, 3])
    env.step(np.zeros(4, int))
    images = env.observe()[0]["image"]
    assert all(equal(images[2], images[lane]) for lane in range(4))


def test_made_by_gymnasium():
    env = gymnasium.make("lockstep:Lockstep/MinAtar-Asterix-v1")
    env.reset(seed=1)
    assert env.step(0)[0].shape == (10, 10, 4)
    assert gymnasium.make_vec("Lockstep/MinAtar-Asterix-v1", 3).num_envs == 3


@pytest.mark.parametrize("mode", [None, "sync"])
def test_gymnasium_counts_episodes(mode):
    """Its wrappers refuse environments that do so themselves."""
    id = "Lockstep/CartPole-v1"
    many = gymnasium.wrappers.vector.RecordEpisodeStatistics(
        gymnasium.make_vec(id, 3, vectorization_mode=mode))
    one = gymnasium.wrappers.RecordEpisodeStatistics(gymnasium.make(id))
    many.reset(seed=1)
    one.reset(seed=1)
    lengths = []
    for _ in range(60):
        info = many.step(np.zeros(3, int))[-1]
        if "episode" in info and info["_episode"][0]:
            lengths.append(int(info["episode"]["l"][0]))
        _, _, terminated, _, info = one.step(0)
        if terminated:
            assert info["episode"]["l"] == lengths[-1]
            break
    assert len(lengths) == 1


@pytest.mark.parametrize("id", ["MiniGrid-DoorKey-5x5-v0", "BabyAI-GoToObj-v0"])
def test_grids_are_images(id):
    """For Stable-Baselines3, for example, which divides those by 255, and only those."""
    pytest.importorskip("minigrid", reason="MiniGrid is not installed")
    theirs = gymnasium.make(id).observation_space
    assert lockstep.make(id).observation_space["image"] == theirs["image"]


@pytest.mark.parametrize("id", ["CartPole-v1", "Pendulum-v1", "Acrobot-v1", "MountainCar-v0"])
def test_speed_is_gymnasiums(id):
    env = lockstep.make(id, render_mode="rgb_array")
    assert env.metadata["render_fps"] == gymnasium.make(id).metadata["render_fps"]
    assert lockstep.make_vec(id, 2).metadata["render_fps"] == env.metadata["render_fps"]
    assert lockstep.make("MiniGrid-Empty-5x5-v0").metadata["render_fps"] == 10


@pytest.mark.parametrize("limit", [None, 30, 700, -1])
def test_gymnasium_cuts_episodes_off(limit):
    """Where and as often as it does with its own environment, above the usual limit, too."""
    given = {} if limit is None else {"max_episode_steps": limit}
    seen = []
    for id in "MountainCar-v0", "Lockstep/MountainCar-v0":
        one, many = gymnasium.make(id, **given), gymnasium.make_vec(id, 2, "sync", **given)
        one.reset(seed=4), many.reset(seed=4)
        ends = []
        for step in range(1, 900):
            if one.step(0)[3]:
                ends.append(step)
                one.reset()
            ends += [(step, truncated.tolist()) for truncated in [many.step(np.zeros(2, int))[3]]
                     if truncated.any()]
        seen.append((ends, one.spec.max_episode_steps, one.spec.reward_threshold))
    assert seen[0] == seen[1]
    batch = gymnasium.make_vec("Lockstep/MountainCar-v0", 2, **given)
    batch.reset(seed=4)
    cut = [step for step in range(1, 900) if batch.step(np.zeros(2, int))[3].all()]
    assert cut == [end[0] for end in seen[0][0] if isinstance(end, tuple)]


def test_smaller_limit_holds():
    for given in (dict(max_episode_steps=5, step_limit=9), dict(max_episode_steps=9, step_limit=5)):
        env = lockstep.make_vec("MountainCar-v0", 1, **given)
        env.reset(seed=0)
        assert [bool(env.step(np.zeros(1, int))[3][0]) for _ in range(6)] == [False] * 4 + [True, False]
    for limit in (0, -2, 1.5, "many", 10**400):
        with pytest.raises(ValueError):
            lockstep.make_vec("MountainCar-v0", 1, max_episode_steps=limit)
