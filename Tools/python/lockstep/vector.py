"""Batches as Gymnasium's vector environments."""
import copy

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from . import _native, spaces
from ._native import Error

_MODES = {
    "next-step": AutoresetMode.NEXT_STEP,
    "same-step": AutoresetMode.SAME_STEP,
    "disabled": AutoresetMode.DISABLED,
}


def _settings(settings):
    """Names as Python spells them, modes as Gymnasium does."""
    values = {}
    for name, value in settings.items():
        if isinstance(value, AutoresetMode):
            value = next(text for text, mode in _MODES.items() if mode is value)
        if isinstance(value, np.generic):
            value = value.item()
        if not isinstance(value, (bool, int, float, str)):
            raise Error(f"{name}: a setting is a flag, a number or a text, not {value!r}")
        values[name.replace("_", "-")] = value
    return values


class LockstepVectorEnv(VectorEnv):
    """Many lanes of one environment.

    Args:
        id: as `lockstep envs` lists it, for example `ALE/Pong-v5`.
        num_envs: lanes.
        num_threads: 0: one a processor that the process may use.
        settings: of the environment, for example `preset="gymnasium"`, `autoreset="same-step"` (next-step
            where nothing is said, as Gymnasium's own vector environments).

        reuse: every step writes to the same arrays, which cannot be changed: the fastest way where nobody
            wants an observation after the next step.

    Observations, rewards and flags are arrays without a copy. Without `reuse` they stay as they are while
    they, or views of them, are held; then they are used again.

    Info has the spec's fields, and `episode` with `r` and `l` where an episode has ended: return and
    length of the whole episode, rewards as they are before clipping. Under same-step autoreset `final_obs`
    and `final_info` show the ended episode's last.
    """

    def __init__(self, id, num_envs=1, *, num_threads=0, render_mode=None, reuse=False, **settings):
        values = _settings(settings)
        values.setdefault("autoreset", "next-step")
        self._arguments = (id, num_envs, num_threads, render_mode, reuse, values)
        self._batch = batch = _native.Batch(id, num_envs, num_threads, values, reuse)
        if render_mode not in (None, "rgb_array"):
            raise Error(f"render_mode is None or 'rgb_array', not {render_mode!r}")
        self.render_mode = render_mode
        self.num_envs = batch.lanes
        self.native_spec = batch.spec
        self.autoreset_mode = mode = _MODES[batch.spec["autoreset"]]
        self.metadata = {"render_modes": ["rgb_array"], "render_fps": 60, "autoreset_mode": mode}
        self.single_observation_space = spaces.of_observation(batch.spec)
        self.single_action_space = spaces.of_action(batch.spec)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._is_same_step = mode is AutoresetMode.SAME_STEP
        self._everywhere = np.ones(self.num_envs, bool)
        self._everywhere.flags.writeable = False
        self._has_begun = False
        self._executor = self._under_way = None

    # Gymnasium's interface

    def reset(self, *, seed=None, options=None):
        """`options={"reset_mask": mask}` resets some lanes. `seed`: a number, from which lane i takes
        seed + i, or one each."""
        mask = (options or {}).get("reset_mask")
        seeds = self._seeds(seed)
        self._batch.reset(mask, seeds)
        self._has_begun = True
        return self._observations("observations"), self._infos()

    def step(self, actions):
        """Observations, rewards (float64), terminated, truncated, info."""
        self._take(actions)
        self._batch.step()
        rewards, terminated, truncated, ended, returns, lengths = self._batch.group("results")
        infos = self._infos()
        if ended.any():
            self._report(infos, ended != 0, returns, lengths)
        if self._is_same_step:
            flagged = (terminated | truncated) != 0
            if flagged.any():
                self._add_finals(infos, flagged)
        return (
            self._observations("observations"), rewards, terminated.view(np.bool_),
            truncated.view(np.bool_), infos)

    def send(self, actions):
        """Starts a step and comes back at once; `recv` is next, before anything else."""
        if self._under_way is not None:
            raise Error("a step is under way: recv() is next")
        if self._executor is None:
            from concurrent.futures import ThreadPoolExecutor

            self._executor = ThreadPoolExecutor(1)
        # The caller may change its array.
        self._under_way = self._executor.submit(self.step, np.array(actions))

    def recv(self):
        """What `step` gives, of the step that was sent."""
        if self._under_way is None:
            raise Error("nothing has been sent")
        try:
            return self._under_way.result()
        finally:
            self._under_way = None

    def render(self):
        """A picture a lane, RGB."""
        if self.render_mode is None:
            gymnasium.logger.warn("render() without render_mode='rgb_array'")
            return None
        return tuple(self._batch.render(lane) for lane in range(self.num_envs))

    def close_extras(self, **_):
        if self._executor is not None:
            self._executor.shutdown()
        self._batch.close()

    # Search

    def state(self, lane=0):
        """Everything that the lane's future depends on, as bytes."""
        return self._batch.state(lane)

    def set_state(self, lane, state):
        """The lane becomes what it was."""
        self._batch.set_state(lane, state)

    def snapshot(self, lanes, slots=None):
        """Keeps states of lanes in memory, in slots of the same numbers where nothing else is said."""
        self._batch.save(lanes, lanes if slots is None else slots)

    def restore(self, lanes, slots=None):
        """Lanes become what was kept."""
        self._batch.restore(lanes, lanes if slots is None else slots)

    def fork(self, source, to):
        """Makes lanes copies of one."""
        state = self._batch.state(source)
        for lane in np.atleast_1d(to):
            self._batch.set_state(lane, state)

    def observe(self):
        """What the last step showed, after `restore`, `fork` or `set_state`."""
        return self._observations("observations"), self._infos()

    def __reduce__(self):
        id, lanes, threads, render_mode, reuse, values = self._arguments
        states = [self.state(lane) for lane in range(lanes)] if self._has_begun else None
        return _remade, (id, lanes, threads, render_mode, reuse, values, states)

    def __deepcopy__(self, _):
        make, arguments = self.__reduce__()
        return make(*copy.deepcopy(arguments))

    # What lies between

    def _seeds(self, seed):
        if seed is None:
            if self._has_begun:
                return None
            return np.random.SeedSequence().generate_state(self.num_envs, np.uint64) >> np.uint64(32)
        if np.ndim(seed) == 0:
            seed = int(seed)
            if not 0 <= seed <= 2**63 - 1:
                raise Error(f"a seed is a whole number from 0, not {seed}")
            return np.arange(self.num_envs, dtype=np.uint64) + np.uint64(seed)
        if len(seed) != self.num_envs:
            raise Error(f"{len(seed)} seeds for {self.num_envs} lanes")
        return np.array([0 if s is None else int(s) for s in seed], np.uint64)

    def _take(self, actions):
        target = self._batch.actions
        given = np.asarray(actions)
        if given.dtype.kind not in ("iub" if target.dtype.kind == "i" else "iubf"):
            raise Error(f"actions of {given.dtype}: {self.single_action_space} is wanted")
        players = self._batch.spec["players"]
        width = target.shape[-1]
        shape = (self.num_envs,) + ((players,) if players > 1 else ())
        if given.shape not in (shape + (width,), shape if width == 1 else None):
            raise Error(f"actions of shape {given.shape}: {self.action_space.shape} is wanted")
        if target.dtype.kind == "i" and given.size and (given.min() < 0 or given.max() > 2**31 - 1):
            raise Error(f"actions from {given.min()} to {given.max()}: {self.single_action_space} is wanted")
        given = given.reshape(shape + (width,))
        if players > 1:
            given = np.moveaxis(given, 1, 0)
        np.copyto(target, given.reshape(target.shape), casting="same_kind" if given.dtype != bool else "unsafe")

    def _shown(self, field, array):
        kind = field["role"]["kind"]
        if kind == "text":
            return tuple(bytes(row).split(b"\0")[0].decode() for row in array)
        if kind == "choice" and array.ndim == 1:
            return array.astype(np.int64)
        return array

    def _observations(self, group):
        fields = self._batch.spec["observation"]
        shown = [self._shown(f, a) for f, a in zip(fields, self._batch.group(group))]
        if len(shown) == 1:
            return shown[0]
        return {field["name"]: array for field, array in zip(fields, shown)}

    def _infos(self, group="info", mask=None):
        infos = {}
        for field, array in zip(self._batch.spec["info"], self._batch.group(group)):
            infos[field["name"]] = self._shown(field, array)
            infos["_" + field["name"]] = self._everywhere if mask is None else mask
        return infos

    def _report(self, infos, ended, returns, lengths):
        infos["episode"] = {"r": np.where(ended, returns, 0), "l": np.where(ended, lengths, 0),
                            "_r": ended, "_l": ended}
        infos["_episode"] = ended

    def _add_finals(self, infos, flagged):
        finals = np.full(self.num_envs, None, object)
        last = self._observations("final_observations")
        for lane in np.flatnonzero(flagged):
            if isinstance(last, dict):
                finals[lane] = {name: np.copy(rows[lane]) for name, rows in last.items()}
            else:
                finals[lane] = np.copy(last[lane])
        infos["final_obs"], infos["_final_obs"] = finals, flagged
        infos["final_info"] = self._infos("final_info", flagged)
        for key in ("episode", "_episode"):
            if key in infos:
                infos["final_info"][key] = infos[key]
        infos["_final_info"] = flagged


def _remade(id, lanes, threads, render_mode, reuse, values, states):
    env = LockstepVectorEnv(
        id, lanes, num_threads=threads, render_mode=render_mode, reuse=reuse, **values)
    if states is not None:
        env.reset(seed=0)
        for lane, state in enumerate(states):
            env.set_state(lane, state)
    return env
