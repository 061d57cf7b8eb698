"""One lane as Gymnasium's single environment."""
import gymnasium
import numpy as np

from .vector import LockstepVectorEnv, check_options


class LockstepEnv(gymnasium.Env):
    """One environment: `LockstepVectorEnv` with a lane that the caller resets.

    Args:
        task: `id` under another name, as Gymnasium's `make` has an `id` of its own.
        statistics: see `LockstepVectorEnv`; Gymnasium's RecordEpisodeStatistics adds them, too.
    """

    metadata = {"render_modes": ["rgb_array"]}

    def __init__(self, id=None, *, task=None, render_mode=None, statistics=False, **settings):
        self._vector = LockstepVectorEnv(
            id or task, 1, num_threads=1, render_mode=render_mode, statistics=statistics,
            **{**settings, "autoreset": "disabled"})
        self.render_mode = render_mode
        self.metadata = {**self.metadata, "render_fps": self._vector.metadata["render_fps"]}
        self.observation_space = self._vector.single_observation_space
        self.action_space = self._vector.single_action_space

    def reset(self, *, seed=None, options=None):
        check_options(options)
        super().reset(seed=seed)
        observations, infos = self._vector.reset(seed=seed)
        return self._one(observations), self._info(infos)

    def step(self, action):
        observations, rewards, terminated, truncated, infos = self._vector.step(np.asarray(action)[None])
        reward = rewards[0] if rewards.ndim == 1 else rewards[:, 0]
        reward = float(reward) if np.ndim(reward) == 0 else reward
        return self._one(observations), reward, bool(terminated[0]), bool(truncated[0]), self._info(infos)

    def render(self):
        return self._vector.render()[0] if self.render_mode else None

    def close(self):
        self._vector.close()

    def state(self):
        """Everything that the future depends on, as bytes."""
        return self._vector.state(0)

    def set_state(self, state):
        """The environment becomes what it was."""
        self._vector.set_state(0, state)

    @staticmethod
    def _one(observations):
        if isinstance(observations, dict):
            return {name: rows[0] for name, rows in observations.items()}
        return observations[0]

    @staticmethod
    def _info(infos):
        one = {}
        for name, rows in infos.items():
            if name.startswith("_"):
                continue
            if isinstance(rows, dict):
                one[name] = {key: row[0] for key, row in rows.items() if not key.startswith("_")}
            else:
                one[name] = rows[0]
        return one
