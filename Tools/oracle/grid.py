"""The lines of `lockstep trace MiniGrid-...` and `BabyAI-...`, made with MiniGrid, the original."""
import contextlib
import io
import random
import signal

import gymnasium
import minigrid
import numpy as np
from minigrid import wrappers

from recording import crc

VERSION = "3.2.0"
if minigrid.__version__ != VERSION:
    raise SystemExit(f"grid: needs minigrid {VERSION}, not {minigrid.__version__}")

IDS = [name for name in gymnasium.registry
       if name.startswith(("MiniGrid-", "BabyAI-")) and "-WFC-" not in name]


def make(name, **options):
    return gymnasium.make(name, disable_env_checker=True, **options).unwrapped


def quiet(call, *args, **options):
    """BabyAI prints the drafts that it throws away."""
    with contextlib.redirect_stdout(io.StringIO()):
        return call(*args, **options)


# Settings of ours and what they stand for: arguments of the constructor, a wrapper.
VARIANTS = {
    "view-size=3": ({}, lambda env: wrappers.ViewSizeWrapper(env, 3)),
    "view-size=11": ({}, lambda env: wrappers.ViewSizeWrapper(env, 11)),
    "observation=full": ({}, wrappers.FullyObsWrapper),
    "observation=one-hot": ({}, wrappers.OneHotPartialObsWrapper),
    "observation=flat": ({}, wrappers.FlatObsWrapper),
    "observation=symbolic": ({}, wrappers.SymbolicObsWrapper),
    "observation=rgb-partial": ({}, wrappers.RGBImgPartialObsWrapper),
    "observation=rgb-full": ({}, wrappers.RGBImgObsWrapper),
    "observation=rgb-full highlight=false tile-size=12":
        (dict(highlight=False), lambda env: wrappers.RGBImgObsWrapper(env, 12)),
    "image-only=true": ({}, wrappers.ImgObsWrapper),
    "goal-direction=slope": ({}, lambda env: wrappers.DirectionObsWrapper(env, "slope")),
    "goal-direction=angle": ({}, lambda env: wrappers.DirectionObsWrapper(env, "angle")),
    "goal-direction=angle-atan2": ({}, lambda env: wrappers.DirectionObsWrapper(env, "angle_atan2")),
    "no-death=lava": ({}, lambda env: wrappers.NoDeath(env, ("lava",))),
    "no-death=ball,wall death-cost=-0.25":
        ({}, lambda env: wrappers.NoDeath(env, ("ball", "wall"), -0.25)),
    "stochastic-actions=true action-prob=0.7":
        ({}, lambda env: wrappers.StochasticActionWrapper(env, 0.7)),
    "stochastic-actions=true random-action=2":
        ({}, lambda env: wrappers.StochasticActionWrapper(env, random_action=2)),
    "action-bonus=true": ({}, wrappers.ActionBonus),
    "position-bonus=true bonus-scale=0.5": ({}, lambda env: wrappers.PositionBonus(env, 0.5)),
    "level-seeds=5,77,123456": ({}, lambda env: wrappers.ReseedWrapper(env, (5, 77, 123456))),
    "max-steps=31": (dict(max_steps=31), lambda env: env),
}
VARIED = [
    "MiniGrid-DoorKey-8x8-v0", "MiniGrid-LavaCrossingS9N2-v0", "MiniGrid-Dynamic-Obstacles-6x6-v0",
    "MiniGrid-MultiRoom-N4-S5-v1", "BabyAI-GoToLocal-v0",
]


def varied(name, settings):
    """None where the wrapper does not suit."""
    options, wrap = VARIANTS[settings]
    if "goal" in settings and name.startswith("BabyAI"):
        return None
    return wrap(make(name, **options))


class Hangs(Exception):
    """The original draws a level, or plans, for ever."""


@contextlib.contextmanager
def patience(seconds):
    def stop(*_):
        raise Hangs
    before = signal.signal(signal.SIGALRM, stop)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left)


def choices(name):
    return make(name).action_space.n


def random_actions(name, seed, steps):
    generator, count = random.Random(seed), choices(name)
    # Walking gets further than turning on the spot.
    weights = [2, 2, 5, 2, 1, 2, 1][:count]
    even = seed % 2 == 0
    return [generator.randrange(count) if even else generator.choices(range(count), weights)[0]
            for _ in range(steps)]


def line(index, action, observation, reward, terminated, truncated, mission):
    if not isinstance(observation, dict):
        observation = {"image": observation}
    image = observation["image"]
    if image.dtype == np.int64:
        image = image.astype(np.int32)
    words = [f"{index} {action} {reward:.9g} {int(terminated)} {int(truncated)} {crc(image)}"]
    if "direction" in observation:
        words.append(str(observation["direction"]))
    if "goal_direction" in observation:
        words.append(f"{float(observation['goal_direction']):.9g}")
    return " ".join(words + [mission])


def lines(name, seed, actions, environment=None):
    """A line a step. An episode that has ended is reset, without a seed and without a line."""
    environment = environment or make(name)
    quiet(environment.reset, seed=seed)
    for index, action in enumerate(actions):
        observation, reward, terminated, truncated, _ = environment.step(action)
        yield line(
            index, action, observation, reward, terminated, truncated, environment.unwrapped.mission)
        if terminated or truncated:
            quiet(environment.reset)


def bot_actions(name, seed, steps):
    """The original's bot, episode after episode; where it gives up it acts at random."""
    from minigrid.utils.baby_ai_bot import BabyAIBot
    environment, generator = make(name), random.Random(seed)
    quiet(environment.reset, seed=seed)
    actions, bot = [], BabyAIBot(environment)
    while len(actions) < steps:
        try:
            with patience(10):
                action = int(bot.replan()) if bot else generator.randrange(7)
        except Exception:
            bot, action = None, generator.randrange(7)
        actions.append(action)
        _, _, terminated, truncated, _ = environment.step(action)
        if terminated or truncated:
            quiet(environment.reset)
            bot = BabyAIBot(environment)
    return actions


def bot_scores(name, seeds):
    """Return and length of an episode a seed; a bot that gives up does nothing more."""
    from minigrid.utils.baby_ai_bot import BabyAIBot
    environment = make(name)
    for seed in seeds:
        quiet(environment.reset, seed=seed)
        bot, total, length, over = BabyAIBot(environment), 0, 0, False
        while not over:
            try:
                with patience(10):
                    action = bot.replan() if bot else environment.actions.done
            except Exception:
                bot, action = None, environment.actions.done
            _, reward, terminated, truncated, _ = environment.step(action)
            total, length, over = total + reward, length + 1, terminated or truncated
        yield float(total), length
