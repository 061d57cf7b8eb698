"""`ale_py.AtariVectorEnv` over a batch of ours."""
from pathlib import Path

import numpy as np
from gymnasium import error, spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from .._native import catalogue
from ..errors import ArgumentError
from .._pool import Pool
from .env import AtariEnv, check_skip, continuous_space
from .interface import Action

_MODES = {AutoresetMode.NEXT_STEP: "next-step", AutoresetMode.SAME_STEP: "same-step"}
_INFOS = ("lives", "frame_number", "episode_frame_number")


def id_of(game):
    """The catalogue's id of a ROM's name; None: there is none."""
    return next((row["id"] for row in catalogue()
                 if row["family"] == "atari" and game in row["names"]), None)


class ALEVectorInterface:
    """Lanes by number: what `ale_py.ALEVectorInterface` does for `AtariVectorEnv`."""

    def __init__(
        self, rom_path, num_envs, frame_skip=4, stack_num=4, img_height=84, img_width=84,
        grayscale=True, maxpool=True, noop_max=30, use_fire_reset=True, episodic_life=False,
        life_loss_info=False, reward_clipping=True, max_episode_steps=108000,
        repeat_action_probability=0.0, full_action_space=False, batch_size=0, num_threads=0,
        thread_affinity_offset=-1, autoreset_mode="NextStep", *, continuous_action_threshold=None,
    ):
        id = id_of(Path(rom_path).stem)
        if id is None:
            raise ArgumentError(f"{rom_path} is no game; names are as in `ms_pacman`")
        try:
            self._mode = AutoresetMode(autoreset_mode)
            autoreset = _MODES[self._mode]
        except (ValueError, KeyError):
            raise ValueError(f"Invalid autoreset_mode: {autoreset_mode}") from None
        settings = {
            "autoreset": autoreset, "frame-skip": str(frame_skip), "stack": stack_num,
            "image-size": f"{img_width}x{img_height}",
            "observation": "grey" if grayscale else "rgb", "max-pool": maxpool, "noop-max": noop_max,
            "fire-reset": use_fire_reset, "episodic-life": episodic_life,
            "life-loss-info": life_loss_info, "clip-rewards": reward_clipping,
            "frame-limit": max_episode_steps, "sticky": float(repeat_action_probability),
            "full-actions": full_action_space}
        self._continuous = continuous_action_threshold is not None
        if self._continuous:
            settings |= {"continuous": True, "continuous-threshold": continuous_action_threshold}
        self._pool = Pool(id, num_envs, batch_size, num_threads, settings)

    def get_action_set(self):
        return list(Action) if self._continuous else [
            Action[name] for name in self._pool.spec["action_names"]]

    def get_num_envs(self):
        return self._pool.num_envs

    def get_observation_shape(self):
        return tuple(self._pool.spec["observation"][0]["shape"])

    def reset(self, reset_indices, reset_seeds):
        """Seeds below 0 leave generators as they are."""
        pool = self._pool
        ids = np.asarray(reset_indices)
        if len(np.unique(ids)) < len(ids):
            raise ValueError(f"duplicate env_id among {ids.tolist()}")
        if len(ids) and not 0 <= ids.min() <= ids.max() < pool.num_envs:
            raise IndexError(f"env_id out of range: {ids.tolist()} of {pool.num_envs}")
        if len(ids) < pool.num_envs and not pool.has_begun:
            raise RuntimeError(
                f"The first reset() must reset every environment (got {len(ids)} of {pool.num_envs})")
        if len(ids) < pool.num_envs and pool.is_async:
            raise ValueError("partial resets are not there with batch_size < num_envs")
        seeds = [int(seed) if seed >= 0 else None for seed in np.asarray(reset_seeds)]
        if len(ids):
            pool.send_reset(ids, seeds)
            rows = pool.receive()
        if len(ids) < pool.num_envs:
            rows = pool.observe()
        return rows["observations"][0], self._info(rows)

    def send(self, actions, paddle_strength=None):
        """Other strengths than 1 are among continuous actions."""
        if paddle_strength is not None and not np.all(np.asarray(paddle_strength) == 1):
            raise ArgumentError(
                "paddle strengths are 1; others come with AtariVectorEnv(..., continuous=True)")
        pool = self._pool
        ids = np.arange(pool.num_envs) if not pool.is_async else self._received
        if len(actions) != len(ids):
            raise ArgumentError(f"{len(actions)} actions for {len(ids)} lanes")
        pool.send(ids, actions)

    def recv(self):
        return self._shown(self._pool.receive())

    def step(self, actions):
        if self._pool.is_async:
            self.send(actions)
            return self.recv()
        return self._shown(self._pool.step(actions))

    def render(self, lane):
        return self._pool.render(lane)

    def close(self):
        self._pool.close()

    def _shown(self, rows):
        rewards, terminated, truncated = rows["results"][:3]
        info = self._info(rows)
        if self._mode is AutoresetMode.SAME_STEP:
            over = (terminated | truncated) != 0
            if over.any():
                info["final_obs"] = last = np.zeros_like(rows["observations"][0])
                last[over] = rows["final_observations"][0][over]
        return (rows["observations"][0], rewards.astype(np.int32), terminated.view(bool),
                truncated.view(bool), info)

    def _info(self, rows):
        self._received = rows.ids
        info = {"env_id": rows.ids}
        fields = {field["name"]: array for field, array in zip(self._pool.spec["info"], rows["info"])}
        return info | {name: fields[name] for name in _INFOS}


class AtariVectorEnv(VectorEnv):
    """As `ale_py.AtariVectorEnv`, bit for bit.

    With `batch_size` below `num_envs` the lanes that were sent first are received first, so that results
    are the same in every run. Threads are those of the batch: `thread_affinity_offset` changes nothing.
    """

    def __init__(
        self, game, num_envs, *, batch_size=0, num_threads=0, thread_affinity_offset=-1,
        max_num_frames_per_episode=108000, repeat_action_probability=0.0, full_action_space=False,
        continuous=False, continuous_action_threshold=0.5, autoreset_mode=AutoresetMode.NEXT_STEP,
        img_height=84, img_width=84, grayscale=True, stack_num=4, frameskip=4, maxpool=True,
        noop_max=30, episodic_life=False, life_loss_info=False, reward_clipping=True,
        use_fire_reset=True, render_mode=None,
    ):
        if type(frameskip) is not int:
            raise error.Error(f"Invalid frameskip type: {type(frameskip)}.")
        check_skip(frameskip)
        assert id_of(game) is not None, (
            f'{game} is not a ROM name, it should be snake_case not camel-case, i.e., "ms_pacman" '
            'not "MsPacman"')
        self.ale = ALEVectorInterface(
            game, num_envs, frameskip, stack_num, img_height, img_width, grayscale, maxpool, noop_max,
            use_fire_reset, episodic_life, life_loss_info, reward_clipping,
            max_num_frames_per_episode, repeat_action_probability, full_action_space, batch_size,
            num_threads, thread_affinity_offset, autoreset_mode,
            continuous_action_threshold=continuous_action_threshold if continuous else None)
        self.continuous, self.continuous_action_threshold = continuous, continuous_action_threshold
        self.grayscale, self.render_mode = grayscale, render_mode
        self.map_action_idx = np.array([[[
            AtariEnv.map_action_idx(h, v, bool(f)).value for f in (0, 1)] for v in (-1, 0, 1)]
            for h in (-1, 0, 1)], np.int32)
        shape = (stack_num, img_height, img_width) + (() if grayscale else (3,))
        self.single_observation_space = spaces.Box(0, 255, shape, np.uint8)
        self.single_action_space = (
            continuous_space() if continuous else spaces.Discrete(len(self.ale.get_action_set())))
        self.batch_size, self.num_envs = batch_size or num_envs, num_envs
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {"autoreset_mode": self.autoreset_mode, "render_modes": ["rgb_array"]}
        self.observation_space = batch_space(self.single_observation_space, self.batch_size)
        self.action_space = batch_space(self.single_action_space, self.batch_size)
        self.is_xla_registered = False

    def reset(self, *, seed=None, options=None):
        """`seed`: a number, from which the lanes that are reset take consecutive ones, or an array of one
        each. `options={"reset_mask": mask}`: which lanes; the others show what they showed."""
        chosen = np.arange(self.num_envs)
        if options is not None and "reset_mask" in options:
            mask = options["reset_mask"]
            if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
                raise TypeError(
                    f"`reset_mask` must be a boolean numpy array, got {type(mask)} "
                    f"with dtype {getattr(mask, 'dtype', None)}")
            if mask.shape != (self.num_envs,):
                raise ValueError(f"`reset_mask` must have shape {(self.num_envs,)}, got {mask.shape}")
            chosen = np.flatnonzero(mask)
        if seed is None:
            seeds = np.full(len(chosen), -1)
        elif isinstance(seed, int):
            seeds = np.arange(seed, seed + len(chosen))
        elif isinstance(seed, np.ndarray):
            if seed.shape != (len(chosen),):
                raise ValueError(
                    f"`seed` must have one entry per sub-environment being reset, expected shape "
                    f"{(len(chosen),)}, got {seed.shape}")
            seeds = seed
        else:
            raise TypeError("Unsupported seed type")
        return self.ale.reset(chosen, seeds)

    def step(self, actions):
        self._check(actions)
        return self.ale.step(actions)

    def send(self, actions):
        self._check(actions)
        self.ale.send(actions)

    def recv(self):
        """The rows are those of `info["env_id"]`."""
        return self.ale.recv()

    def _check(self, actions):
        assert isinstance(actions, np.ndarray)
        if self.continuous:
            assert actions.dtype == np.float32
            assert actions.shape == (self.batch_size, 3)
        else:
            assert actions.dtype == np.int64 or actions.dtype == np.int32
            assert actions.shape == (self.batch_size,), f"{actions.shape=}, {self.batch_size=}"

    def render(self):
        """A picture a lane, RGB."""
        return tuple(self.ale.render(lane) for lane in range(self.num_envs))

    def close_extras(self, **_):
        self.ale.close()

    def xla(self):
        """A handle and pure functions `reset(handle, seed=None, reset_mask=None)` and
        `step(handle, actions)` for use under `jax.jit`; they call back to the processor."""
        assert self.autoreset_mode == AutoresetMode.NEXT_STEP
        from ._xla import functions

        self.is_xla_registered = True
        return functions(self)
