"""`ale_py.AtariEnv`: one Atari game as Gymnasium's single environment."""
import functools
import typing

import gymnasium
import numpy as np
from gymnasium import error, spaces, utils
from gymnasium.utils import seeding

from . import roms
from .interface import Action, ALEInterface


class AtariEnvStepMetadata(typing.TypedDict, total=False):
    """What `info` has; `seeds` after a reset with a seed."""

    lives: int
    episode_frame_number: int
    frame_number: int
    seeds: tuple[int, int]


_OBSERVATIONS = {"rgb": "getScreenRGB", "grayscale": "getScreenGrayscale", "ram": "getRAM"}


def check_skip(frameskip):
    """A number of frames, or a lower bound and the number above the upper one."""
    if type(frameskip) not in (int, tuple):
        raise error.Error(f"Invalid frameskip type: {type(frameskip)}.")
    if isinstance(frameskip, int):
        if frameskip <= 0:
            raise error.Error(f"Invalid frameskip of {frameskip}, frameskip must be positive.")
    elif len(frameskip) != 2 or not 0 < frameskip[0] < frameskip[1]:
        raise error.Error(
            f"Invalid stochastic frameskip {frameskip}: two numbers are wanted, the first positive "
            "and below the second.")


def continuous_space():
    """Radius, angle, fire."""
    low, high = [0.0, -np.pi, 0.0], [1.0, np.pi, 1.0]
    return spaces.Box(np.array(low, np.float32), np.array(high, np.float32), (3,), np.float32)


class AtariEnv(gymnasium.Env, utils.EzPickle):
    """As `ale_py.AtariEnv`, bit for bit, for a human window there is none.

    Args:
        game: name of the ROM, for example `ms_pacman`.
        obs_type: `rgb`, `grayscale` or `ram`.
        frameskip: frames a step lasts, or bounds (the upper one excluded) from which each is drawn.
        sound_obs: observations have `image` and `sound`.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 30}

    def __init__(
        self, game, mode=None, difficulty=None, obs_type="rgb", frameskip=4,
        repeat_action_probability=0.25, full_action_space=False, continuous=False,
        continuous_action_threshold=0.5, max_num_frames_per_episode=None, render_mode=None,
        sound_obs=False,
    ):
        if obs_type not in _OBSERVATIONS:
            raise error.Error(
                f"Invalid observation type: {obs_type}. Expecting: rgb, grayscale, ram.")
        check_skip(frameskip)
        if render_mode not in (None, "rgb_array"):
            raise error.Error(f"Render mode {render_mode} not supported (rgb_array).")
        utils.EzPickle.__init__(
            self, game, mode, difficulty, obs_type, frameskip, repeat_action_probability,
            full_action_space, continuous, continuous_action_threshold, max_num_frames_per_episode,
            render_mode, sound_obs)
        self.ale = ale = ALEInterface()
        self._game, self._game_mode, self._game_difficulty = game, mode, difficulty
        self._frameskip, self._obs_type = frameskip, obs_type
        self.render_mode, self.sound_obs = render_mode, sound_obs
        self.continuous, self.continuous_action_threshold = continuous, continuous_action_threshold
        ale.setFloat("repeat_action_probability", repeat_action_probability)
        if max_num_frames_per_episode is not None:
            ale.setInt("max_num_frames_per_episode", max_num_frames_per_episode)
        ale.setBool("sound_obs", sound_obs)
        self.seed_game()
        self.load_game()
        whole = full_action_space or continuous
        self._action_set = ale.getLegalActionSet() if whole else ale.getMinimalActionSet()
        self.action_space = continuous_space() if continuous else spaces.Discrete(len(self._action_set))
        shape = {"rgb": (*ale.getScreenDims(), 3), "grayscale": ale.getScreenDims(), "ram": (128,)}
        self.observation_space = spaces.Box(0, 255, shape[obs_type], np.uint8)
        if sound_obs:
            self.observation_space = spaces.Dict(
                image=self.observation_space, sound=spaces.Box(0, 255, (512,), np.uint8))

    def seed_game(self, seed=None):
        """Two words of NumPy's seed sequence: one for NumPy's generator, one for ALE's."""
        np_seed, ale_seed = np.random.SeedSequence(seed).generate_state(n_words=2)
        self._np_random, _ = seeding.np_random(int(np_seed))
        self.ale.setInt("random_seed", int(np.uint32(ale_seed).view(np.int32)))
        return np_seed, ale_seed

    def load_game(self):
        """Loads the ROM, then mode and difficulty where they are given."""
        path = roms.get_rom_path(self._game)
        if path is None:
            raise error.Error(f"{self._game} is no game; names are as in `ms_pacman`")
        self.ale.loadROM(path)
        if self._game_mode is not None:
            self.ale.setMode(self._game_mode)
        if self._game_difficulty is not None:
            self.ale.setDifficulty(self._game_difficulty)

    def reset(self, *, seed=None, options=None):
        """A seed loads the ROM again."""
        super().reset(seed=seed, options=options)
        seeds = None
        if seed is not None:
            seeds = self.seed_game(seed)
            self.load_game()
        self.ale.reset_game()
        info = self._get_info()
        if seeds is not None:
            info["seeds"] = seeds
        return self._get_obs(), info

    def step(self, action):
        frames = self._frameskip
        if isinstance(frames, tuple):
            frames = self.np_random.integers(*frames)
        strength = 1.0
        if self.continuous:
            assert isinstance(action, np.ndarray)
            assert action.dtype == np.float32 and action.shape == (3,)
            strength, played = action[0], self._pressed(action)
        else:
            played = self._action_set[action]
        reward = 0.0
        for _ in range(frames):
            reward += self.ale.act(played, strength)
        return (
            self._get_obs(), reward, self.ale.game_over(with_truncation=False),
            self.ale.game_truncated(), self._get_info())

    def _pressed(self, action):
        threshold = self.continuous_action_threshold
        x, y = action[0] * np.cos(action[1]), action[0] * np.sin(action[1])
        return self.map_action_idx(
            int(x > threshold) - int(x < -threshold), int(y > threshold) - int(y < -threshold),
            bool(action[-1] > threshold))

    def render(self):
        if self.render_mode == "rgb_array":
            return self.ale.getScreenRGB()
        raise error.Error(f"Invalid render mode `{self.render_mode}`. Supported modes: `rgb_array`.")

    def _get_obs(self):
        seen = getattr(self.ale, _OBSERVATIONS[self._obs_type])()
        return {"image": seen, "sound": self.ale.getAudio()} if self.sound_obs else seen

    def _get_info(self):
        return {
            "lives": self.ale.lives(), "episode_frame_number": self.ale.getEpisodeFrameNumber(),
            "frame_number": self.ale.getFrameNumber()}

    @functools.lru_cache(1)
    def get_keys_to_action(self):
        """Keys that a person presses, by action: w, a, s, d, the space bar, e for nothing."""
        if self.continuous:
            raise AttributeError(
                "`get_keys_to_action` can't be provided for this Atari environment as "
                "`continuous=True`.")
        names = {"UP": "w", "LEFT": "a", "RIGHT": "d", "DOWN": "s", "FIRE": " "}
        keys = {}
        for index, action in enumerate(self._action_set):
            vertical = [name for name in ("UP", "DOWN") if action.name.startswith(name)]
            rest = action.name.removeprefix("".join(vertical))
            parts = vertical + [name for name in ("LEFT", "RIGHT", "FIRE") if name in rest]
            keys[tuple(names[part] for part in parts) or ("e",)] = index
        return keys

    @staticmethod
    @functools.lru_cache(18)
    def map_action_idx(left_center_right, down_center_up, fire):
        """The action of a stick in one of nine places, and the button."""
        if left_center_right not in (-1, 0, 1) or down_center_up not in (-1, 0, 1) or (
                fire not in (False, True)):
            raise LookupError(
                "Unexpected action mapping, expected `left_center_right` and `down_center_up` to be "
                "in {-1, 0, 1} and `fire` to only be `True` or `False`. Received "
                f"{left_center_right=}, {down_center_up=} and {fire=}.")
        name = ("DOWN", "", "UP")[down_center_up + 1] + ("LEFT", "", "RIGHT")[left_center_right + 1]
        return Action[name + ("FIRE" if fire else "") or "NOOP"]

    def get_action_meanings(self):
        return [action.name for action in self._action_set]

    def clone_state(self, include_rng=False):
        return self.ale.cloneState(include_rng=include_rng)

    def restore_state(self, state):
        self.ale.restoreState(state)
