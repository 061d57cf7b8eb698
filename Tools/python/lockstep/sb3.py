"""Stable-Baselines3's vector environment over a batch.

    from lockstep.sb3 import VecEnv
    model = PPO("CnnPolicy", VecEnv("ALE/Pong-v5", 64))
"""
import time

import gymnasium
import numpy as np
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv as _VecEnv

from .errors import ArgumentError
from .vector import LockstepVectorEnv


def _known(space):
    """Without texts, for which Stable-Baselines3 has no place."""
    if isinstance(space, gymnasium.spaces.Dict):
        return gymnasium.spaces.Dict({name: part for name, part in space.items()
                                      if not isinstance(part, gymnasium.spaces.Text)})
    return space


class VecEnv(_VecEnv):
    """Lanes of one environment, `num_envs` of them; settings are those of `lockstep.make_vec`.

    Infos have `episode` (return, length and time since the start) where an episode has ended, so that a
    `VecMonitor` is not needed.
    """

    def __init__(self, id, num_envs=1, *, num_threads=0, render_mode=None, **settings):
        if settings.setdefault("autoreset", "same-step") != "same-step":
            raise ArgumentError("Stable-Baselines3 wants autoreset='same-step'")
        self.native = env = LockstepVectorEnv(
            id, num_envs, num_threads=num_threads, render_mode=render_mode, **settings)
        if env.native_spec["players"] > 1:
            raise ArgumentError(f"{id} is for {env.native_spec['players']} players")
        self.render_mode = render_mode
        super().__init__(env.num_envs, _known(env.single_observation_space), env.single_action_space)
        self.metadata = env.metadata  # what Stable-Baselines3 puts there has no rate of pictures
        self._names = [field["name"] for field in env.native_spec["info"]]
        self._began = time.time()
        self._actions = None

    def _shown(self, observations):
        if not isinstance(observations, dict):
            return observations
        return {name: observations[name] for name in self.observation_space.spaces}

    def _rows(self, infos):
        columns = [np.asarray(infos[name]).tolist() if isinstance(infos[name], np.ndarray)
                   else infos[name] for name in self._names]
        if not columns:
            return [{} for _ in range(self.num_envs)]
        return [dict(zip(self._names, row)) for row in zip(*columns)]

    def reset(self):
        seeds = None if None in self._seeds else self._seeds
        observations, infos = self.native.reset(seed=seeds)
        self._reset_seeds()
        self._reset_options()
        self.reset_infos = self._rows(infos)
        return self._shown(observations)

    def step_async(self, actions):
        self._actions = actions

    def step_wait(self):
        observations, rewards, terminated, truncated, infos = self.native.step(self._actions)
        dones = terminated | truncated
        rows = self._rows(infos)
        for lane in np.flatnonzero(dones):
            last = infos["final_obs"][lane]
            row = rows[lane]
            row["terminal_observation"] = self._shown(last)
            row["TimeLimit.truncated"] = bool(truncated[lane] and not terminated[lane])
            if "episode" in infos and infos["_episode"][lane]:
                row["episode"] = {
                    "r": float(infos["episode"]["r"][lane]), "l": int(infos["episode"]["l"][lane]),
                    "t": round(time.time() - self._began, 6)}
        return self._shown(observations), rewards.astype(np.float32), dones, rows

    def close(self):
        self.native.close()

    def get_images(self):
        return [self.native._batch.render(lane) for lane in range(self.num_envs)]

    def get_attr(self, attr_name, indices=None):
        return [getattr(self.native, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name, value, indices=None):
        if list(self._get_indices(indices)) != list(range(self.num_envs)):
            raise ArgumentError("all lanes have one attribute together")
        setattr(self.native, attr_name, value)

    def env_method(self, method_name, *method_args, indices=None, **method_kwargs):
        """Calls a method of the whole batch, once for every lane asked for."""
        return [getattr(self.native, method_name)(*method_args, **method_kwargs)
                for _ in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class, indices=None):
        """A `Monitor` is as good as there: `evaluate_policy` counts what `episode` says, as with one."""
        is_counted = wrapper_class is Monitor and self.native._has_statistics
        return [is_counted for _ in self._get_indices(indices)]
