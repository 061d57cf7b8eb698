"""What the presets name, as environments: `make(preset, game, settings)`.

Settings have our names (`lockstep bench --env-set`), values are text; what is not given is the
original's own. A single environment has `actions`, `reset(seed or None)`, which returns the
observation, and `step(action)`, which returns observation, reward, terminated, truncated;
`lives()` any time. `Several` steps some of them with autoreset as `AtariVectorEnv` does.
"""
import re

import cv2
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


class Stacked:
    """The last pictures of a single environment, oldest first, black at the beginning."""

    def __init__(self, settings, width, height):
        self.pictures = np.zeros((settings.whole("stack", 4), height, width), np.uint8)

    def begin(self, picture):
        self.pictures[:] = 0
        return self.push(picture)

    def push(self, picture):
        self.pictures = np.roll(self.pictures, -1, axis=0)
        self.pictures[-1] = picture
        return self.pictures.copy()


class Machado2018(Single):
    """Dopamine's AtariPreprocessing (discrete_domains/atari_lib.py) and its agents' stack."""

    def __init__(self, game, settings):
        limit = settings.whole("frame-limit", 108_000)
        settings["frame-limit"] = 0
        super().__init__(atari_env(game, settings, full=True))
        self.ale = self.environment.unwrapped.ale
        self.skip = settings.whole("frame-skip", 4)
        self.most_steps = -(-limit // self.skip) if limit else None
        self.size = settings.size()
        self.life_ends = settings.flag("episodic-life", False)
        self.clips = settings.flag("clip-rewards", False)
        self.stacked = Stacked(settings, *self.size)
        self.slots = [np.zeros(self.ale.getScreenDims(), np.uint8) for _ in range(2)]
        self.steps = self.lives_before = 0

    def reset(self, seed=None):
        self.environment.reset(seed=seed)
        self.steps = 0
        self.lives_before = self.lives()
        self.ale.getScreenGrayscale(self.slots[0])
        self.slots[1][:] = 0
        return self.stacked.begin(self.picture())

    def picture(self):
        self.slots[0] = np.maximum(*self.slots)
        return cv2.resize(self.slots[0], self.size, interpolation=cv2.INTER_AREA)

    def step(self, action):
        reward, ended = 0, False
        for frame in range(self.skip):
            _, points, over, _, _ = self.environment.step(action)
            reward += points
            lost = self.life_ends and self.lives() < self.lives_before
            self.lives_before = self.lives()
            ended = over or lost
            if frame >= self.skip - 2:
                self.ale.getScreenGrayscale(self.slots[frame - self.skip + 2])
            if ended:
                break
        self.steps += 1
        if self.clips:
            reward = max(min(reward, 1), -1)
        return (self.stacked.push(self.picture()), reward, ended,
                self.steps == self.most_steps and not ended)


class Dqn2015(Single):
    """Stable Baselines3's AtariWrapper (common/atari_wrappers.py) and VecFrameStack.

    Its wrappers, from the inside: NoopReset, MaxAndSkip, EpisodicLife, FireReset, WarpFrame,
    ClipReward. Each is a pair of methods here; the later call the earlier.
    """

    def __init__(self, game, settings):
        super().__init__(atari_env(game, settings, sticky=0))
        inner = self.environment.unwrapped
        self.noop_max = settings.whole("noop-max", 30)
        self.skip = settings.whole("frame-skip", 4)
        self.size = settings.size()
        self.life_ends = settings.flag("episodic-life", True)
        self.clips = settings.flag("clip-rewards", True)
        self.fires = "FIRE" in inner.get_action_meanings()
        self.stacked = Stacked(settings, *self.size)
        self.slots = np.zeros((2, *self.environment.observation_space.shape), np.uint8)
        self.before, self.really_done = 0, True

    def noop_reset(self, seed):
        picture, _ = self.environment.reset(seed=seed)
        noops = 0
        if self.noop_max > 0:
            noops = self.environment.unwrapped.np_random.integers(1, self.noop_max + 1)
        for _ in range(noops):
            picture, _, over, cut, _ = self.environment.step(0)
            if over or cut:
                picture, _ = self.environment.reset(seed=seed)
        return picture

    def skip_step(self, action):
        if self.skip == 1:
            picture, points, over, cut, _ = self.environment.step(action)
            return picture, points, over, cut
        reward = 0
        for frame in range(self.skip):
            picture, points, over, cut, _ = self.environment.step(action)
            reward += points
            if frame >= self.skip - 2:
                self.slots[frame - self.skip + 2] = picture
            if over or cut:
                break
        return self.slots.max(axis=0), reward, over, cut

    def life_step(self, action):
        picture, reward, over, cut = self.skip_step(action)
        if self.life_ends:
            self.really_done = over or cut
            over = over or 0 < self.lives() < self.before
            self.before = self.lives()
        return picture, reward, over, cut

    def life_reset(self, seed):
        if not self.life_ends:
            return self.noop_reset(seed)
        if self.really_done:
            picture = self.noop_reset(seed)
        else:
            picture, _, over, cut = self.skip_step(0)
            if over or cut:
                picture = self.noop_reset(seed)
        self.before = self.lives()
        return picture

    def fire_reset(self, seed):
        picture = self.life_reset(seed)
        for action in (1, 2) if self.fires else ():
            picture, _, over, cut = self.life_step(action)
            if over or cut:
                self.life_reset(seed)
        return picture

    def warp(self, picture):
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        return cv2.resize(grey, self.size, interpolation=cv2.INTER_AREA)

    def reset(self, seed=None):
        return self.stacked.begin(self.warp(self.fire_reset(seed)))

    def step(self, action):
        picture, reward, over, cut = self.life_step(action)
        if self.clips:
            reward = np.sign(reward)
        return self.stacked.push(self.warp(picture)), reward, over, cut and not over


class EnvPool:
    """EnvPool's own pool; its autoreset is next-step."""

    def __init__(self, game, settings, count):
        self.options = dict(
            num_envs=count, noop_max=settings.whole("noop-max", 30),
            repeat_action_probability=settings.number("sticky", 0),
            max_episode_steps=settings.whole("frame-limit", 108_000),
            stack_num=settings.whole("stack", 4), frame_skip=settings.whole("frame-skip", 4),
            gray_scale=settings.pop("observation", "grey") == "grey",
            episodic_life=settings.flag("episodic-life", False),
            reward_clip=settings.flag("clip-rewards", False),
            use_fire_reset=settings.flag("fire-reset", True),
            full_action_space=settings.flag("full-actions", False),
            mode=settings.whole("mode", -1), difficulty=settings.whole("difficulty", -1))
        self.options["max_episode_steps"] //= self.options["frame_skip"]
        self.options["img_width"], self.options["img_height"] = settings.size()
        self.name = environment_id(game).removeprefix("ALE/")
        import envpool
        self.make = lambda seed: envpool.make_gymnasium(self.name, seed=seed, **self.options)
        self.actions = self.make(0).action_space.n

    def reset(self, seed):
        self.pool = self.make(seed)
        observations, self.info = self.pool.reset()
        return observations

    def step(self, actions):
        observations, rewards, terminated, truncated, self.info = self.pool.step(
            actions.astype(np.int32))
        return [(observations[i], rewards[i], terminated[i], truncated[i], None)
                for i in range(len(actions))]

    def lives(self):
        return self.info["lives"]


PRESETS = {"gymnasium": gymnasium_preset, "machado2018": Machado2018, "dqn2015": Dqn2015, "raw": Raw}


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
    if preset in ("ale-vector", "envpool"):
        chosen = Settings(settings)
        if preset == "envpool" and autoreset != "next-step":
            raise SystemExit("EnvPool has next-step autoreset only")
        result = (EnvPool(game, chosen, count) if preset == "envpool"
                  else Vector(game, chosen, count, autoreset))
        chosen.check()
        return result

    def one():
        chosen = Settings(settings)
        lane = PRESETS[preset](game, chosen)
        chosen.check()
        return lane

    return Several(one, count, autoreset)
