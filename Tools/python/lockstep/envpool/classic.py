"""EnvPool as it was beside `gym` before version 0.26: a script of that time changes its import line.

    import lockstep.envpool.classic as envpool

`reset` gives observations alone, `step` observations, rewards, done, info; spaces are `gym`'s where that
is installed. `info["TimeLimit.truncated"]` says which episodes were cut off.
"""
import numpy as np

from . import _checked, list_all_envs, make_dm
from .pool import EnvPool, GymnasiumEnvPool

__all__ = ["list_all_envs", "make", "make_dm", "make_gym"]


def _of_gym(space):
    """The same space of the package `gym`, where that is installed."""
    import gymnasium

    try:
        import gym
    except ImportError:
        return space
    if isinstance(space, gymnasium.spaces.Discrete):
        return gym.spaces.Discrete(int(space.n))
    if isinstance(space, gymnasium.spaces.Box):
        return gym.spaces.Box(space.low, space.high, space.shape, space.dtype)
    if isinstance(space, gymnasium.spaces.Dict):
        return gym.spaces.Dict({name: _of_gym(part) for name, part in space.items()})
    return space


class GymEnvPool(GymnasiumEnvPool):
    metadata = {"render.modes": ["rgb_array"]}
    reward_range = (-np.inf, np.inf)

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.observation_space = self.single_observation_space = _of_gym(self.observation_space)
        self.action_space = self.single_action_space = _of_gym(self.action_space)

    def reset(self, env_id=None):
        return EnvPool.reset(self, env_id)

    def _to(self, values, reset):
        shown, *rest = super()._to(values, reset)
        if reset:
            return shown
        rewards, _, truncated, info = rest
        info["TimeLimit.truncated"] = truncated
        return shown, rewards, values["done"], info


def make(task_id, env_type, **settings):
    """`env_type`: `gym` or `dm`."""
    if env_type == "dm":
        return make_dm(task_id, **settings)
    if env_type != "gym":
        raise AssertionError("env_type is 'gym' or 'dm'; for 'gymnasium' there is lockstep.envpool")
    values, given = _checked(task_id, settings)
    return GymEnvPool(task_id, values, given)


def make_gym(task_id, **settings):
    return make(task_id, "gym", **settings)
