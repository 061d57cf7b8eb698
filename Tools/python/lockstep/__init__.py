"""Lockstep: reinforcement-learning environments that step thousands at once.

    env = lockstep.make_vec("ALE/Breakout-v5", 1024)
    observations, info = env.reset(seed=0)
    observations, rewards, terminated, truncated, info = env.step(env.action_space.sample())
"""
import importlib
import sys

from ._library import build_info, catalogue
from .errors import (
    ArgumentError, Error, KindError, MissingFileError, OutOfMemoryError, UseError)

__version__ = build_info()["version"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._native import Batch
    from .import_roms import import_roms
    from .single import LockstepEnv, LockstepEnv as make
    from .vector import LockstepVectorEnv, LockstepVectorEnv as make_vec

#: Where names are that are loaded when they are first used: NumPy and Gymnasium take their time.
_LATER = {
    "Batch": ("_native", "Batch"),
    "LockstepEnv": ("single", "LockstepEnv"),
    "LockstepVectorEnv": ("vector", "LockstepVectorEnv"),
    "import_roms": ("import_roms", None),
    "make": ("single", "LockstepEnv"),
    "make_vec": ("vector", "LockstepVectorEnv"),
}

__all__ = [
    "ArgumentError", "Error", "KindError", "MissingFileError", "OutOfMemoryError", "UseError",
    "build_info", "catalogue", "register_envs", *_LATER,
]


def __getattr__(name):
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LATER[name]
    module = importlib.import_module("." + module, __name__)
    globals()[name] = value = module if attribute is None else getattr(module, attribute)
    return value


def __dir__():
    return sorted({*globals(), *__all__})


def register_envs(override=False):
    """Makes Gymnasium's `make` and `make_vec` know every environment that can run here, as
    `Lockstep/NAME-vN`, and under its own id where no other package has registered that, or `override`
    says so. Atari games' own ids are what ale-py makes of them: see `lockstep.ale`.

    Episodes are cut off by Gymnasium, after `max_episode_steps` of the spec, or of `gymnasium.make`."""
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
        known = registry.get(row["id"])
        limit = next((s["value"] for s in row["settings"] if s["name"] == "step-limit"), "none")
        unlimited = {} if limit == "none" else {"step_limit": "none"}
        for name in dict.fromkeys([own] if is_ale else [own, row["id"]]):
            if name in registry and (name == own or not override):
                continue
            registry.pop(name, None)
            gymnasium.register(
                name, entry_point="lockstep.single:LockstepEnv",
                vector_entry_point="lockstep.vector:LockstepVectorEnv",
                kwargs={"task": row["id"], "statistics": False, **unlimited},
                max_episode_steps=limit if unlimited else None,
                reward_threshold=known.reward_threshold if known else None, order_enforce=True,
                disable_env_checker=True)


class _Registering:
    """Registers the environments as soon as Gymnasium is imported, where it is not yet."""

    def find_spec(self, name, path=None, target=None):
        if name != "gymnasium":
            return None
        import importlib.util

        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module):
                execute(module)
                register_envs()

            spec.loader.exec_module = execute_and_register
        return spec


if "gymnasium" in sys.modules:
    register_envs()
else:
    sys.meta_path.insert(0, _Registering())
