"""The lines of `lockstep trace MinAtar/...`, made with MinAtar, the original."""
from minatar.gym import BaseEnv

from recording import crc

GAMES = ["asterix", "breakout", "freeway", "seaquest", "space_invaders"]


def gymnasium_id(game, version):
    return f"MinAtar/{game.title().replace('_', '')}-{version}"


def lines(game, seed, actions, minimal=False):
    """A line a step. A game that has ended is reset, without a seed and without a line.

    `minimal`: actions are numbers of the game's own set."""
    environment = BaseEnv(game, use_minimal_action_set=minimal)
    environment.reset(seed=seed)
    for index, action in enumerate(actions):
        state, reward, terminated, _, _ = environment.step(action)
        yield f"{index} {action} {reward:.9g} {int(terminated)} {crc(state)}"
        if terminated:
            environment.reset()
