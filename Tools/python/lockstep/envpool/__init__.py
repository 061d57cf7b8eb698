"""EnvPool's names over Lockstep's batches: a script changes its import line.

    import lockstep.envpool as envpool
    env = envpool.make("Pong-v5", env_type="gymnasium", num_envs=64)

Atari environments equal EnvPool's bit for bit. Others have EnvPool's interface and the starts that
Gymnasium, MiniGrid and MinAtar make of the same seed.
"""
from collections.abc import Sequence

import numpy as np

from ..errors import ArgumentError
from .pool import DMEnvPool, EnvPool, GymnasiumEnvPool
from .spec import EnvSpec

__all__ = ["DMEnvPool", "EnvPool", "EnvSpec", "GymnasiumEnvPool", "list_all_envs", "make", "make_dm",
           "make_gym", "make_gymnasium", "make_spec"]


def list_all_envs():
    """Every task id."""
    from .families import rows

    return list(rows())


def make(task_id, env_type, **settings):
    """Environments of one task that step together.

    Args:
        env_type: `gymnasium`, which is also called `gym`, or `dm`.
        num_envs, batch_size: how many, and how many rows `recv` gives (0: all).
        seed: a number, from which environment i takes seed + i, or one each.
        settings: as `make_spec(task_id).config` lists them.
    """
    if env_type not in ("dm", "gym", "gymnasium"):
        raise AssertionError("env_type should be one of 'dm', 'gym', or 'gymnasium'.")
    from .pool import pool_class

    shown = {name: settings.pop(name) for name in ("render_mode", "render_env_id") if name in settings}
    if shown.get("render_mode") not in (None, "rgb_array"):
        raise ValueError("render_mode must be None or 'rgb_array'")
    if not settings.setdefault("gym_reset_return_info", True):
        raise ValueError("resets always return an info dictionary, as Gymnasium's do")
    values, given = _checked(task_id, settings)
    kind = pool_class(task_id, "dm" if env_type == "dm" else "gymnasium")
    return kind(task_id, values, given, **shown)


def make_dm(task_id, **settings):
    return make(task_id, "dm", **settings)


def make_gymnasium(task_id, **settings):
    return make(task_id, "gymnasium", **settings)


make_gym = make_gymnasium


def make_spec(task_id, **settings):
    from . import pool

    return pool.make_spec(task_id, *_checked(task_id, settings))


def _checked(task_id, settings):
    from .families import config, rows

    assert task_id in rows(), f"{task_id} is not supported, `envpool.list_all_envs()` may help."
    settings = dict(settings)
    count = settings.get("num_envs", 1)
    if isinstance(settings.get("seed"), (Sequence, np.ndarray)) and not isinstance(
            settings["seed"], (str, bytes)):
        assert "env_seed" not in settings, "seed or env_seed, not both"
        settings["env_seed"], settings["seed"] = settings["seed"], 0
    if "env_seed" in settings:
        seeds = [int(seed) for seed in np.asarray(settings["env_seed"]).reshape(-1)]
        assert not seeds or len(seeds) == count, f"{len(seeds)} seeds for {count} environments"
        settings["env_seed"] = seeds
    for seed in [settings.get("seed", 0), *settings.get("env_seed", [])]:
        assert -2**31 <= seed < 2**31, f"Seed should be in range of int32, got {seed}"
    assert count >= 1
    assert 0 <= settings.get("batch_size", 0) <= count
    if settings.get("max_num_players", 1) != 1:
        raise ArgumentError("environments have one player here")
    return config(task_id, settings), settings
