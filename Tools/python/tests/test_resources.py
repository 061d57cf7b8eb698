"""Nothing is left behind, and nothing grows."""
import gc
import os
import pickle
import time

import numpy as np
import pytest

import lockstep

#: How long memory is watched; more in a long run.
SECONDS = float(os.environ.get("LOCKSTEP_TEST_SECONDS", "5"))


def resident():
    """Bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def threads():
    return len(os.listdir("/proc/self/task"))


def files():
    return len(os.listdir("/proc/self/fd"))


def test_environments_leave_nothing():
    def use(index):
        id = ["Lockstep/Courier-v0", "CartPole-v1", "MiniGrid-DoorKey-5x5-v0", "Pendulum-v1"][index % 4]
        env = lockstep.make_vec(id, 70, num_threads=3, reuse=index % 3 == 0, render_mode="rgb_array")
        env.reset(seed=index)
        held = env.step(env.action_space.sample())
        env.snapshot([0, 1, 2])
        env.restore([3], [1])
        pickle.loads(pickle.dumps(env)).close()
        env._batch.render(0)
        assert threads() > before[0]
        if index % 2:
            env.close()
        return held

    gc.collect()
    before = threads(), files()
    for index in range(40):
        use(index)
    gc.collect()
    level = resident()
    for index in range(200):
        use(index)
    gc.collect()
    assert (threads(), files()) == before
    assert resident() - level < 32 << 20  # one of them has 4 to 10 MB


@pytest.mark.parametrize("id, settings", [
    # Beginnings of episodes are kept, one for each number of no-ops: here one.
    ("Lockstep/Courier-v0", {"noop_max": 0}), ("MiniGrid-DoorKey-5x5-v0", {}), ("LunarLander-v3", {})])
def test_memory_stays_level(id, settings):
    env = lockstep.make_vec(id, 96, num_threads=2, render_mode="rgb_array", **settings)
    env.action_space.seed(1)
    env.reset(seed=0)
    held, levels = [], []
    began = time.monotonic()
    while time.monotonic() < began + SECONDS or len(levels) < 20:
        for step in range(100):
            held = held[-3:] + [env.step(env.action_space.sample())[0]]
            if step % 20 == 0:
                env.reset(options={"reset_mask": np.arange(96) % 7 == 0})
                env.snapshot([1, 2], [step, step + 1])
                env.fork(1, [5, 6])
                env.set_state(7, env.state(8))
        env.render()
        copy = pickle.loads(pickle.dumps(env))
        copy.step(copy.action_space.sample())
        copy.close()
        levels.append((resident(), threads(), files()))
    middle = len(levels) // 3
    growth = max(level[0] for level in levels[middle:]) - levels[middle][0]
    print(f"{len(levels)} rounds, from {levels[middle][0] >> 20} MB on {growth / (1 << 20):.1f} MB more")
    assert growth < 24 << 20, levels
    assert {level[1:] for level in levels} == {levels[0][1:]}


def test_memory_of_many_held_arrays_is_given_back():
    env = lockstep.make_vec("Lockstep/Courier-v0", 256, num_threads=1)
    env.reset(seed=0)
    actions = np.zeros(256, int)
    for _ in range(10):
        env.step(actions)
    held = [env.step(actions)[0] for _ in range(40)]
    assert len(env._batch._life.sets) >= 39
    del held
    for _ in range(64 * 50):
        kept = env._batch.arrays[0]
        env._batch._aim(env._batch._life)  # as a step does
    assert len(env._batch._life.sets) < 8
