"""Sending and receiving, and arrays that other packages take over."""
import threading

import numpy as np
import pytest

import lockstep
from lockstep.turns import Turns


def test_parts_are_the_whole():
    whole, parts = lockstep.make_vec("MinAtar/Breakout-v1", 6), Turns("MinAtar/Breakout-v1", 6, 3)
    shown = whole.reset(seed=5)[0]
    assert np.array_equal(np.concatenate([o for o, _ in parts.reset(seed=5)]), shown)
    rng = np.random.default_rng(1)
    for _ in range(50):
        wanted = rng.integers(3, size=6)
        action = wanted.copy()
        for part in range(3):
            sent = action[2 * part:2 * part + 2]
            parts.send(part, sent)
            sent[...] = 0
        expected = whole.step(wanted)
        received = [parts.recv(part) for part in range(3)]
        for place in range(4):
            assert np.array_equal(np.concatenate([r[place] for r in received]), expected[place])
    parts.close()


def test_sent_is_stepped():
    one, other = (lockstep.make_vec("Acrobot-v1", 4) for _ in range(2))
    one.reset(seed=2), other.reset(seed=2)
    rng = np.random.default_rng(1)
    for _ in range(30):
        action = rng.integers(3, size=4)
        expected = other.step(action)
        one.send(action)
        action[...] = 0
        received = one.recv()
        for a, b in zip(received[:4], expected[:4]):
            assert np.array_equal(a, b)
    with pytest.raises(lockstep.Error):
        one.recv()
    one.send(np.full(4, 9))
    with pytest.raises(lockstep.Error):
        one.send(action)
    with pytest.raises(lockstep.Error):
        one.recv()
    one.send(action)
    one.recv()
    one.close()


def test_python_runs_during_a_step():
    """The interpreter's lock is free while lanes move."""
    env = lockstep.make_vec("Lockstep/Courier-v0", 2048, num_threads=1)
    env.reset(seed=0)
    ticks, stop = [], threading.Event()

    def count():
        while not stop.is_set():
            ticks.append(None)
            stop.wait(0.0005)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        env.send(np.zeros(2048, int))
        before = len(ticks)
        env.recv()
        during = len(ticks) - before
    finally:
        stop.set()
        thread.join()
    assert during >= 3
    env.close()


def test_dlpack():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    env = lockstep.make_vec("Lockstep/Courier-v0", 4)
    seen = env.reset(seed=0)[0]
    place, copy = seen.ctypes.data, seen.copy()
    tensor = torch.from_dlpack(seen)
    assert tensor.data_ptr() == place
    del seen
    for _ in range(20):
        env.step(np.ones(4, int))
    assert np.array_equal(tensor.numpy(), copy)


def test_dlpack_jax():
    jax = pytest.importorskip("jax", reason="jax is not installed")
    env = lockstep.make_vec("CartPole-v1", 4)
    seen = env.reset(seed=0)[0]
    copy, array = seen.copy(), jax.dlpack.from_dlpack(seen)
    del seen
    for _ in range(20):
        env.step(np.ones(4, int))
    assert np.array_equal(np.asarray(array), copy)
