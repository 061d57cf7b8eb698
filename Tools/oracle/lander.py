"""Gymnasium's LunarLander under a few policies that the tests play too."""

import zlib

import gymnasium as gym
import numpy as np
from gymnasium.envs.box2d.lunar_lander import heuristic

DISCRETE, CONTINUOUS = "LunarLander-v3", "LunarLanderContinuous-v3"
WIND = {"enable_wind": True}

# Policy, environment, arguments of the environment.
CASES = [
    ("heuristic", DISCRETE, {}),
    ("heuristic", DISCRETE, WIND),
    ("heuristic", DISCRETE, {"gravity": -5.0}),
    ("heuristic", CONTINUOUS, {}),
    ("heuristic", CONTINUOUS, WIND),
    ("brake", DISCRETE, {}),
    ("none", DISCRETE, {}),
    ("random", DISCRETE, {}),
    ("random", CONTINUOUS, {}),
]


def make(name, arguments):
    return gym.make(DISCRETE, continuous=name == CONTINUOUS, **arguments)


def policy(kind, env, seed):
    """A function from the observation to the action; random ones draw from the seed's complement."""
    continuous = env.unwrapped.continuous
    generator = np.random.default_rng(2**64 - 1 - seed)

    def act(seen):
        if kind == "heuristic":
            action = heuristic(env, seen)
        elif kind == "brake":
            action = 2 if seen[3] < np.float32(-0.25) else 0
        elif kind == "none":
            action = 0
        elif continuous:
            action = [generator.uniform(-1, 1), generator.uniform(-1, 1)]
        else:
            action = int(generator.integers(0, 4))
        return np.asarray(action, np.float32) if continuous else int(action)

    return act


def play(kind, env, seed):
    """Return, length, the terrain's checksum, first observation."""
    seen, _ = env.reset(seed=seed)
    polygons = env.unwrapped.sky_polys
    heights = [polygon[0][1] for polygon in polygons] + [polygons[-1][1][1]]
    ground = zlib.crc32(np.array(heights, np.float64).tobytes())
    first, act, total, length = seen, policy(kind, env, seed), 0.0, 0
    while True:
        seen, reward, terminated, truncated, _ = env.step(act(seen))
        total += float(reward)
        length += 1
        if terminated or truncated:
            return total, length, ground, first
