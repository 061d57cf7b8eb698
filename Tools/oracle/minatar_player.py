"""Actions of one who plays MinAtar well enough to see what random play does not: cleared walls and
waves, surfacings, games that have become hard. It looks ahead in copies of the original."""
import copy
import random

from minatar import Environment

ROLLOUTS = 3


def worth(environment):
    """What a state promises beside its rewards."""
    game = environment.env
    if environment.env_name == "seaquest":
        low = 100 - game.oxygen if game.oxygen < 100 and game.diver_count else 0
        return min(max(game.diver_count, 0), 6) * 0.9 - low * 0.1 * game.sub_y
    if environment.env_name == "freeway":
        return -0.1 * game.pos
    return 0


def look(environment, action, depth, generator):
    trial = copy.deepcopy(environment)
    total, discount = 0, 1
    for step in range(depth):
        reward, over = trial.act(action if step == 0 else generator.choice([action, 0, 1, 2, 3, 4, 5]))
        total += discount * reward
        discount *= 0.97
        if over:
            return total - 20 * discount
    return total + worth(trial)


def choose(environment, generator):
    game = environment.env
    if environment.env_name == "breakout":
        return 1 if game.pos > game.ball_x else 3 if game.pos < game.ball_x else 0
    depth = 20 if environment.env_name == "seaquest" else 10
    scores = [max(look(environment, action, depth, generator) for _ in range(ROLLOUTS))
              for action in range(6)]
    return generator.choice([action for action in range(6) if scores[action] == max(scores)])


def played(game, seed, steps):
    environment = Environment(game)
    environment.seed(seed)
    environment.reset()
    generator = random.Random(seed)
    for _ in range(steps):
        action = choose(environment, generator)
        yield action
        if environment.act(action)[1]:
            environment.reset()
