"""Gymnasium's classic control as `lockstep trace` prints it."""
import random

import gymnasium
import numpy as np

VERSION = "1.3.0"
if gymnasium.__version__ != VERSION:
    raise SystemExit(f"control: needs gymnasium {VERSION}, not {gymnasium.__version__}")

IDS = [
    "CartPole-v0", "CartPole-v1", "Acrobot-v1", "MountainCar-v0", "MountainCarContinuous-v0",
    "Pendulum-v1",
]
LANDERS = ["LunarLander-v3", "LunarLanderContinuous-v3"]
# Beside the default: arguments of the constructor, options of reset, attributes, and the settings
# that say the same.
VARIANTS = {
    "CartPole-v1": [
        (dict(sutton_barto_reward=True), dict(low=-0.2, high=0.15), {},
         "sutton-barto-reward=true low=-0.2 high=0.15"),
        ({}, dict(low=0.3, high=0.41), {}, "low=0.3 high=0.41"),
    ],
    "Acrobot-v1": [
        ({}, dict(low=-3, high=2), dict(book_or_nips="nips"), "book-or-nips=nips low=-3 high=2"),
        ({}, {}, dict(
            LINK_LENGTH_1=1.25, LINK_MASS_1=0.7, LINK_MASS_2=1.3, LINK_COM_POS_1=0.6,
            LINK_COM_POS_2=0.45, LINK_MOI=0.9, torque_noise_max=0.5),
         "link-length-1=1.25 link-mass-1=0.7 link-mass-2=1.3 link-com-pos-1=0.6 "
         "link-com-pos-2=0.45 link-moi=0.9 torque-noise-max=0.5"),
    ],
    "MountainCar-v0": [
        (dict(goal_velocity=0.03), dict(low=-1.2, high=0.6), {},
         "goal-velocity=0.03 low=-1.2 high=0.6"),
    ],
    "MountainCarContinuous-v0": [
        (dict(goal_velocity=0.02), dict(low=-1.2, high=0.6), {},
         "goal-velocity=0.02 low=-1.2 high=0.6"),
    ],
    "Pendulum-v1": [
        (dict(g=9.81), dict(x_init=40, y_init=8), {}, "g=9.81 x-init=40 y-init=8"),
    ],
}
DEFAULT = ({}, {}, {}, "")


def variants(name):
    return [DEFAULT] + VARIANTS.get(name, [])


def words(row):
    """One step's action; nine digits say which float32 is meant."""
    return " ".join(f"{number:.9g}" for number in row)


def skilled(name, seen):
    """What a player does who wants to see the end: pushes along the motion, keeps the pole up."""
    if name.startswith("CartPole"):
        return int(seen[2] + 0.3 * seen[3] + 0.02 * seen[0] + 0.05 * seen[1] > 0)
    if name.startswith("Acrobot"):
        return int(seen[5] < 0) * 2
    if name == "MountainCar-v0":
        return int(seen[1] > 0) * 2
    return np.sign(seen[-1]) or 1.0


def made(name, variant):
    arguments, _, attributes, _ = variant
    world = gymnasium.make(name, disable_env_checker=True, **arguments)
    for key, value in attributes.items():
        setattr(world.unwrapped, key, value)
    return world


def first(name, seed, variant=DEFAULT):
    """The observation after the first reset, as in a line."""
    seen, _ = made(name, variant).reset(seed=seed, options=variant[1])
    return " ".join(f"{number:.9g}" for number in seen.tolist())


def play(name, seed, steps, isSkilled, variant=DEFAULT):
    """Yields an action's numbers and the line `index action reward terminated truncated obs...`;
    after an end the environment is reset without a line. Without skill a die plays."""
    options, world = variant[1], made(name, variant)
    seen, _ = world.reset(seed=seed, options=options)
    dice = random.Random(f"{name} {seed}")
    box = getattr(world.action_space, "high", None)
    for index in range(steps):
        knows = isSkilled and dice.random() < 0.9
        if box is None:
            action = skilled(name, seen) if knows else dice.randrange(world.action_space.n)
            row = [action]
        else:
            row = [dice.choice([-1, 1, dice.uniform(-1, 1)]) for _ in box]
            if knows:
                row = [skilled(name, seen) * abs(number) for number in row]
            action = (np.array(row) * box).astype(np.float32)
            row = action.tolist()
        seen, reward, terminated, truncated, _ = world.step(action)
        numbers = " ".join(f"{number:.9g}" for number in seen.tolist())
        yield row, (
            f"{index} {words(row)} {float(reward):.9g} {terminated:d} {truncated:d} {numbers}")
        if terminated or truncated:
            seen, _ = world.reset(options=options)
