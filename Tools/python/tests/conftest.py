"""What the tests share: cartridges, seeds, and how to compare."""
import importlib.util
import os
import pathlib

import numpy as np
import pytest

#: Steps of a comparison; more in a long run.
STEPS = int(os.environ.get("LOCKSTEP_TEST_STEPS", "60"))
GAMES = ("pong breakout seaquest space_invaders ms_pacman beam_rider qbert montezuma_revenge freeway "
         "enduro skiing kaboom").split()

_ale = importlib.util.find_spec("ale_py")
if _ale and not os.environ.get("ALE_ROMS_DIR"):
    os.environ["ALE_ROMS_DIR"] = str(pathlib.Path(_ale.origin).parent / "roms")


@pytest.fixture
def rng(request):
    """Of a fresh seed, which a failure shows."""
    seed = int(os.environ.get("LOCKSTEP_TEST_SEED", np.random.SeedSequence().entropy % 2**31))
    print("LOCKSTEP_TEST_SEED =", seed)
    return np.random.default_rng(seed)


def assert_same(one, other, where=""):
    """Equal in every bit, type and shape, dictionaries and tuples part by part."""
    assert type(one) is type(other), (where, type(one), type(other))
    if isinstance(one, dict):
        assert list(one) == list(other), where
        for key in one:
            assert_same(one[key], other[key], f"{where} {key}")
    elif isinstance(one, tuple):
        assert len(one) == len(other), where
        for index, pair in enumerate(zip(one, other)):
            assert_same(*pair, f"{where} [{index}]")
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype and one.shape == other.shape, (where, one.dtype, other.dtype)
        assert np.array_equal(one, other), (where, np.argwhere(one != other)[:4].tolist())
    else:
        assert one == other, where
