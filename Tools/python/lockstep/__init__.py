"""Lockstep: reinforcement-learning environments that step thousands at once.

    env = lockstep.make_vec("ALE/Breakout-v5", 1024)
    observations, info = env.reset(seed=0)
    observations, rewards, terminated, truncated, info = env.step(env.action_space.sample())
"""
from ._native import Batch, Error, build_info, catalogue
from .single import LockstepEnv
from .vector import LockstepVectorEnv

__all__ = [
    "Batch", "Error", "LockstepEnv", "LockstepVectorEnv", "build_info", "catalogue", "make", "make_vec",
    "register_envs",
]
__version__ = build_info()["version"]

make = LockstepEnv
make_vec = LockstepVectorEnv


def register_envs(override=False):
    """Makes Gymnasium's `make` and `make_vec` know every environment that can run here, as
    `Lockstep/NAME-vN`, and under its own id where no other package has registered that, or `override`
    says so. Atari games' own ids are what ale-py makes of them: see `lockstep.ale`."""
    import gymnasium
    from gymnasium.envs.registration import registry

    from .ale import registration

    for row in catalogue():
        if row["missing"] is not None:
            continue
        is_ale = row["id"].startswith("ALE/")
        if is_ale:
            registration.register(row, override)
        own = "Lockstep/" + row["id"].removeprefix("Lockstep/").replace("/", "-")
        for name in dict.fromkeys([own] if is_ale else [own, row["id"]]):
            if name in registry and (name == own or not override):
                continue
            registry.pop(name, None)
            gymnasium.register(
                name, entry_point="lockstep.single:LockstepEnv",
                vector_entry_point="lockstep.vector:LockstepVectorEnv", kwargs={"id": row["id"]},
                order_enforce=True, disable_env_checker=True)


register_envs()
