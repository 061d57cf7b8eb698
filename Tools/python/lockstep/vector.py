"""Batches as Gymnasium's vector environments."""
import copy

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from . import _native, spaces
from .errors import ArgumentError, KindError, UseError

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
            raise KindError(f"{name}: a setting is a flag, a number or a text, not {value!r}")
        values[name.replace("_", "-")] = value
    return values


#: Options of a reset that are settings here.
_STARTS = ("low", "high", "x_init", "y_init")


def check_options(options):
    """Refuses what Gymnasium's classic control would obey; what it ignores is ignored."""
    for name in options or ():
        if name in _STARTS:
            raise ArgumentError(f"{name} is no option of a reset here, but a setting: make(id, {name}=...)")


def _limit(values, steps):
    """Cuts episodes off after so many steps where a limit that is given does not so earlier; -1: never."""
    steps, given = _native._whole(steps, "max_episode_steps"), values.setdefault("step-limit", "none")
    if steps != -1 and (given == "none" or isinstance(given, int) and given > steps):
        values["step-limit"] = steps


def _text(array):
    return tuple(bytes(row).split(b"\0")[0].decode() for row in array)


def _number(array):
    return array.astype(np.int64)


def _way(field, rows):
    """From a column to what Gymnasium's spaces hold; None: as it is."""
    kind = field["role"]["kind"]
    return _text if kind == "text" else _number if kind == "choice" and rows == 1 else None


class LockstepVectorEnv(VectorEnv):
    """Many lanes of one environment.

    Args:
        id: as `lockstep envs` lists it, for example `ALE/Pong-v5`.
        num_envs: lanes.
        num_threads: 0: one a processor that the process may use.
        task: `id` under another name, as Gymnasium's `make` has an `id` of its own.
        settings: of the environment, for example `preset="gymnasium"`, `autoreset="same-step"` (next-step
            where nothing is said, as Gymnasium's own vector environments).
        max_episode_steps: `step_limit` as Gymnasium's `make_vec` has it; -1: none. The smaller one holds.
        reuse: every step writes to the same arrays, which cannot be changed: the fastest way where nobody
            wants an observation after the next step.
        statistics: info has `episode` with `r` and `l` where an episode has ended: return and length of the
            whole episode, rewards as they are before clipping. False for environments that Gymnasium makes,
            whose RecordEpisodeStatistics wants to add that itself.

    Observations, rewards and flags are arrays without a copy. Without `reuse` they stay as they are while
    they, or views of them, are held; then they are used again. Info has the spec's fields. Under same-step
    autoreset `final_obs` and `final_info` show the ended episode's last.
    """

    def __init__(self, id=None, num_envs=1, *, task=None, num_threads=0, render_mode=None, reuse=False,
                 statistics=True, max_episode_steps=None, **settings):
        id = id or task
        if render_mode not in (None, "rgb_array"):
            raise ArgumentError(f"render_mode is None or 'rgb_array', not {render_mode!r}")
        values = _settings(settings)
        values.setdefault("autoreset", "next-step")
        if max_episode_steps is not None:
            _limit(values, max_episode_steps)
        self._arguments = (id, num_envs, num_threads, render_mode, reuse, statistics, values)
        self._has_statistics = bool(statistics)
        self._batch = batch = _native.Batch(id, num_envs, num_threads, values, reuse)
        self.render_mode = render_mode
        self.num_envs = batch.lanes
        self.native_spec = batch.spec
        self.autoreset_mode = mode = _MODES[batch.spec["autoreset"]]
        rate = batch.steps_per_second
        self.metadata = {
            "render_modes": ["rgb_array"], "render_fps": int(rate) if rate == int(rate) else rate,
            "autoreset_mode": mode}
        self.single_observation_space = spaces.of_observation(batch.spec)
        self.single_action_space = spaces.of_action(batch.spec)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._is_same_step = mode is AutoresetMode.SAME_STEP
        self._everywhere = np.ones(self.num_envs, bool)
        self._everywhere.flags.writeable = False
        self._has_begun = False
        self._executor = self._under_way = None
        self._no_flags = bytes(self.num_envs)
        self._results = batch.indices["results"]
        self._views = {
            group: self._view(group) for group in batch.indices if group not in ("actions", "results")}

    def _view(self, group):
        """Of each column: name, name of its mask, place among the arrays, way to show it."""
        fields = self._batch.spec["observation" if "observations" in group else "info"]
        columns = self._batch.columns[1:]
        return [
            (field["name"], "_" + field["name"], index, _way(field, len(columns[index][1])))
            for field, index in zip(fields, self._batch.indices[group])]

    # Gymnasium's interface

    def reset(self, *, seed=None, options=None):
        """`options={"reset_mask": mask}` resets some lanes. `seed`: a number, from which lane i takes
        seed + i, or one each."""
        check_options(options)
        mask = (options or {}).get("reset_mask")
        seeds = self._seeds(seed)
        self._batch.reset(mask, seeds)
        self._has_begun = True
        return self._observations(), self._infos()

    def step(self, actions):
        """Observations, rewards (float64), terminated, truncated, info."""
        if actions is None:
            raise KindError("actions are wanted, not None")
        self._batch.step(actions)
        arrays = self._batch.arrays
        rewards, terminated, truncated, ended, returns, lengths = [arrays[i] for i in self._results]
        infos = self._infos()
        if self._has_statistics and self._any(ended):
            self._report(infos, ended != 0, returns, lengths)
        if self._is_same_step and (self._any(terminated) or self._any(truncated)):
            self._add_finals(infos, terminated | truncated)
        return self._observations(), rewards, terminated, truncated, infos

    def send(self, actions):
        """Starts a step and comes back at once; `recv` is next, before anything else."""
        if self._under_way is not None:
            raise UseError("a step is under way: recv() is next")
        if self._executor is None:
            from concurrent.futures import ThreadPoolExecutor

            self._executor = ThreadPoolExecutor(1)
        # The caller may change its array.
        self._under_way = self._executor.submit(self.step, np.array(actions))

    def recv(self):
        """What `step` gives, of the step that was sent."""
        if self._under_way is None:
            raise UseError("nothing has been sent")
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
        self._batch.fork(source, to)

    def observe(self):
        """What the last step showed, after `restore`, `fork` or `set_state`."""
        return self._observations(), self._infos()

    def __reduce__(self):
        states = None
        if self._has_begun:
            states = [self.state(lane) for lane in range(self.num_envs)]
        return _remade, (*self._arguments, states)

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
            seed = _native._whole(seed, "a seed")
            if seed < 0:
                raise ArgumentError(f"a seed is a whole number from 0, not {seed}")
            return np.arange(self.num_envs, dtype=np.uint64) + np.uint64(seed)
        if len(seed) != self.num_envs:
            raise ArgumentError(f"{len(seed)} seeds for {self.num_envs} lanes")
        seeds = [0 if s is None else _native._whole(s, "a seed") for s in seed]
        if min(seeds) < 0:
            raise ArgumentError(f"a seed is a whole number from 0, not {min(seeds)}")
        return np.array(seeds, np.uint64)

    def _any(self, flags):
        # For few lanes this is quicker than a reduction.
        return flags.tobytes() != self._no_flags if self.num_envs <= 4096 else flags.any()

    def _observations(self, group="observations"):
        arrays, view = self._batch.arrays, self._views[group]
        if len(view) == 1:
            _, _, index, way = view[0]
            return arrays[index] if way is None else way(arrays[index])
        return {
            name: arrays[index] if way is None else way(arrays[index]) for name, _, index, way in view}

    def _infos(self, group="info", mask=None):
        arrays, infos = self._batch.arrays, {}
        if mask is None:
            mask = self._everywhere
        for name, masked, index, way in self._views.get(group, ()):
            infos[name] = arrays[index] if way is None else way(arrays[index])
            infos[masked] = mask
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


def _remade(id, lanes, threads, render_mode, reuse, statistics, values, states):
    env = LockstepVectorEnv(
        id, lanes, num_threads=threads, render_mode=render_mode, reuse=reuse, statistics=statistics,
        **values)
    if states is not None:
        env.reset(seed=0)
        for lane, state in enumerate(states):
            env.set_state(lane, state)
    return env
