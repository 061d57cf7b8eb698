"""What the presets name, as environments: `make(preset, game, settings)`.

Settings have our names (`lockstep bench --env-set`), values are text; what is not given is the
original's own. A single environment has `actions`, `reset(seed or None)`, which returns the
observation, and `step(action)`, which returns observation, reward, terminated, truncated;
`lives()` any time. `Several` steps some of them with autoreset as `AtariVectorEnv` does.
"""
import re

import gymnasium
import numpy as np
from ale_py import ALEInterface, LoggerMode
from ale_py.env import AtariEnv
from ale_py.vector_env import AtariVectorEnv
from gymnasium.wrappers import AtariPreprocessing, FrameStackObservation

ALEInterface.setLoggerMode(LoggerMode.Error)


def rom_name(game):
    name = re.sub(r"^ALE/|-v\d+$", "", game)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def environment_id(game):
    return "ALE/" + "".join(word.capitalize() for word in rom_name(game).split("_")) + "-v5"


class Settings(dict):
    """Text by name; asking for a name uses it up."""

    def whole(self, name, default):
        return int(self.pop(name, default))

    def number(self, name, default):
        return float(self.pop(name, default))

    def flag(self, name, default):
        return self.pop(name, str(default).lower()) == "true"

    def size(self):
        return tuple(map(int, self.pop("image-size", "84x84").split("x")))

    def check(self):
        if self:
            raise SystemExit(f"the original has no {', '.join(self)}")


def atari_env(game, settings, frameskip=1, sticky=0.25, limit=108_000, full=False, seen="rgb"):
    """gymnasium.make("ALE/...-v5", frameskip=...)"""
    mode = settings.pop("mode", None)
    return gymnasium.make(
        environment_id(game), frameskip=frameskip, obs_type=seen,
        repeat_action_probability=settings.number("sticky", sticky),
        max_num_frames_per_episode=settings.whole("frame-limit", limit),
        full_action_space=settings.flag("full-actions", full),
        mode=None if mode is None else int(mode), difficulty=settings.whole("difficulty", 0))


class Single:
    def __init__(self, environment):
        self.environment = environment
        self.actions = environment.action_space.n

    def reset(self, seed=None):
        return self.environment.reset(seed=seed)[0]

    def step(self, action):
        observation, reward, terminated, truncated, _ = self.environment.step(action)
        # Our flags are never both set.
        return observation, reward, terminated, truncated and not terminated

    def lives(self):
        return self.environment.unwrapped.ale.lives()


def gymnasium_preset(game, settings):
    wrapped = AtariPreprocessing(
        atari_env(game, settings), noop_max=settings.whole("noop-max", 30),
        frame_skip=settings.whole("frame-skip", 4), screen_size=settings.size(),
        terminal_on_life_loss=settings.flag("episodic-life", False),
        grayscale_obs=settings.pop("observation", "grey") == "grey")
    return Single(FrameStackObservation(wrapped, settings.whole("stack", 4)))


class Raw(Single):
    """`AtariEnv` itself, which with seeding=ale gets its generators as the raw interface does."""

    def __init__(self, game, settings):
        skip = settings.pop("frame-skip", "1")
        low, _, high = skip.partition("-")
        kind = settings.pop("observation", "palette")
        super().__init__(atari_env(
            game, settings, frameskip=(int(low), int(high) + 1) if high else int(low), sticky=0,
            seen={"grey": "grayscale", "palette": "rgb"}.get(kind, kind)))
        self.kind = kind
        self.seeding = settings.pop("seeding", "ale")

    def reset(self, seed=None):
        if seed is not None and self.seeding == "ale":
            inner = self.environment.unwrapped
            inner.ale.setInt("random_seed", seed)
            inner.load_game()
            inner._np_random = np.random.default_rng(seed)
            seed = None
        return self.show(super().reset(seed))

    def step(self, action):
        observation, *rest = super().step(action)
        return self.show(observation), *rest

    def show(self, observation):
        return self.environment.unwrapped.ale.getScreen() if self.kind == "palette" else observation


PRESETS = {"gymnasium": gymnasium_preset, "raw": Raw}


class Several:
    """Some environments with autoreset."""

    def __init__(self, make, count, autoreset):
        self.lanes = [make() for _ in range(count)]
        self.actions = self.lanes[0].actions
        self.same_step = autoreset == "same-step"
        self.ended = [False] * count

    def reset(self, seed):
        return [lane.reset(seed + index) for index, lane in enumerate(self.lanes)]

    def step(self, actions):
        """A list of (observation, reward, terminated, truncated, last observation or None)."""
        results = []
        for index, (lane, action) in enumerate(zip(self.lanes, actions)):
            if self.ended[index]:
                self.ended[index] = False
                results.append((lane.reset(), 0, False, False, None))
                continue
            observation, reward, terminated, truncated = lane.step(int(action))
            last = None
            if terminated or truncated:
                if self.same_step:
                    observation, last = lane.reset(), observation
                else:
                    self.ended[index] = True
            results.append((observation, reward, terminated, truncated, last))
        return results

    def lives(self):
        return [lane.lives() for lane in self.lanes]


class Vector:
    """`AtariVectorEnv`."""

    MODES = {"next-step": "NextStep", "same-step": "SameStep"}

    def __init__(self, game, settings, count, autoreset):
        width, height = settings.size()
        self.environment = AtariVectorEnv(
            rom_name(game), num_envs=count, noop_max=settings.whole("noop-max", 30),
            repeat_action_probability=settings.number("sticky", 0),
            autoreset_mode=self.MODES[autoreset], img_height=height, img_width=width,
            max_num_frames_per_episode=settings.whole("frame-limit", 108_000),
            stack_num=settings.whole("stack", 4), frameskip=settings.whole("frame-skip", 4),
            grayscale=settings.pop("observation", "grey") == "grey",
            maxpool=settings.flag("max-pool", True),
            episodic_life=settings.flag("episodic-life", False),
            life_loss_info=settings.flag("life-loss-info", False),
            reward_clipping=settings.flag("clip-rewards", True),
            use_fire_reset=settings.flag("fire-reset", True),
            full_action_space=settings.flag("full-actions", False))
        self.actions = self.environment.single_action_space.n
        self.info = {}

    def reset(self, seed):
        observations, self.info = self.environment.reset(seed=seed)
        return observations

    def step(self, actions):
        observations, rewards, terminated, truncated, self.info = self.environment.step(actions)
        last = self.info.get("final_obs", [None] * len(actions))
        ended = terminated | truncated
        return [(observations[i], rewards[i], terminated[i], truncated[i],
                 last[i] if ended[i] else None) for i in range(len(actions))]

    def lives(self):
        return self.info["lives"]


def make(preset, game, settings, count=1, autoreset="next-step"):
    if preset == "ale-vector":
        chosen = Settings(settings)
        result = Vector(game, chosen, count, autoreset)
        chosen.check()
        return result

    def one():
        chosen = Settings(settings)
        lane = PRESETS[preset](game, chosen)
        chosen.check()
        return lane

    return Several(one, count, autoreset)
