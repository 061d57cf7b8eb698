"""The lines of `lockstep trace Navix-...`: NAVIX, the original, on MiniGrid's levels.

NAVIX draws its levels, and the ways of its obstacles, from JAX's generator; here MiniGrid's generator
draws both. Everything else is NAVIX's: actions, rewards, ends, observations."""
import functools
import random
import types

import jax
import jax.numpy as jnp
import minigrid.envs as worlds
import navix
import numpy as np
from minigrid.core.world_object import Goal as GoalSquare
from navix import entities as things, observations, transitions
from navix.components import EMPTY_POCKET_ID
from navix.environments import Timestep
from navix.rendering.cache import RenderingCache
from navix.states import Event, EventType, State

import grid
from recording import crc

VERSION = "0.7.4"
IDS = sorted(navix.environments.registry.registry())
FUNCTIONS = [
    "symbolic", "symbolic_first_person", "categorical", "categorical_first_person", "rgb",
    "rgb_first_person"]


class Draws:
    """NAVIX's obstacles go where they are told: a state's key holds a direction for each."""

    @staticmethod
    def split(key, _count):
        return jnp.concatenate([key[:1], key])

    @staticmethod
    def randint(key, _shape, minval, maxval):
        return key


transitions.jax = types.SimpleNamespace(
    random=Draws, jit=jax.jit, vmap=jax.vmap, lax=jax.lax, tree=jax.tree)


class DoorKeyRandom(worlds.DoorKeyEnv):
    """MiniGrid's task with the goal square anywhere behind the door."""

    def _gen_grid(self, width, height):
        super()._gen_grid(width, height)
        self.grid.set(width - 2, height - 2, None)
        door = next(x for x in range(width) for y in range(height)
                    if self.grid.get(x, y) and self.grid.get(x, y).type == "door")
        self.place_obj(GoalSquare(), top=(door, 0), size=(width - door, height))


def original(name):
    """MiniGrid's environment for a name of NAVIX's."""
    name = name.removeprefix("Navix-")
    if name.startswith("DoorKey-Random"):
        return DoorKeyRandom(size=int(name.split("-")[2].split("x")[0]))
    if name.startswith("Empty-Random"):
        return worlds.EmptyEnv(size=int(name.split("-")[2].split("x")[0]), agent_start_pos=None)
    if name.endswith("-Random-v0"):
        name = name.removesuffix("-Random-v0").replace("Obstacles-", "Obstacles-Random-") + "-v0"
    return grid.make(f"MiniGrid-{name}")


def state(name, world):
    """MiniGrid's level as NAVIX's environment of that name would hold it."""
    colour = ["red", "green", "blue", "purple", "yellow", "grey"].index
    width, height = world.grid.width, world.grid.height
    cells = {(y, x): world.grid.get(x, y) for y in range(height) for x in range(width)}
    family = name.split("-")[1]
    border = {(y, x) for y, x in cells if y in (0, height - 1) or x in (0, width - 1)}
    walls = {place for place, cell in cells.items() if cell and cell.type == "wall"}
    # FourRooms and DoorKey make objects of what stands inside.
    objects = walls - border if family in ("FourRooms", "DoorKey") else set()
    base = np.zeros((height, width), np.int32)
    for place in walls - objects:
        base[place] = -1

    def found(kind):
        return [(place, cell) for place, cell in cells.items() if cell and cell.type == kind]

    def places(rows):
        return jnp.asarray([place for place, _ in rows], jnp.int32).reshape(-1, 2)

    x, y = world.agent_pos
    entities = {"player": things.Player.create(
        jnp.asarray((y, x), jnp.int32), jnp.asarray(world.agent_dir), EMPTY_POCKET_ID)[None]}
    if found("goal"):
        entities["goal"] = things.Goal.create(places(found("goal")), jnp.ones(len(found("goal"))))
    if found("lava"):
        entities["lava"] = things.Lava.create(places(found("lava")))
    if objects:
        entities["wall"] = things.Wall.create(jnp.asarray(sorted(objects), jnp.int32))
    if rows := found("key"):
        colours = jnp.asarray([colour(cell.color) for _, cell in rows])
        entities["key"] = things.Key.create(places(rows), colours, colours + 1)
    if rows := found("door"):
        colours = jnp.asarray([colour(cell.color) for _, cell in rows])
        locked = np.asarray([cell.is_locked for _, cell in rows])
        # DoorKey's door is open by a truth value, the others' by a number.
        is_open = jnp.zeros(len(rows), bool if family == "DoorKey" else jnp.int32)
        entities["door"] = things.Door.create(
            places(rows), jnp.where(locked, colours + 1, -1), colours, is_open)
        if family == "GoToDoor":
            for place, _ in rows:
                base[place] = -1
    if rows := found("ball"):
        colours = jnp.asarray([colour(cell.color) for _, cell in rows], jnp.uint8)
        # Objects of MiniGrid's list are in the order in which they move; KeyCorridor's is the goal.
        if family == "Dynamic":
            rows = [(tuple(int(part) for part in reversed(ball.cur_pos)), ball)
                    for ball in world.obstacles]
        balls = things.Ball.create(places(rows), colours, jnp.ones(len(rows)))
        entities["ball" if family == "Dynamic" else "goal"] = balls
    mission = None
    if family == "GoToDoor":
        (place, door), = [row for row in found("door") if row[1].color == world.target_color]
        mission = Event(
            position=jnp.asarray(place, jnp.int32), colour=jnp.asarray(colour(door.color), jnp.uint8),
            happened=jnp.asarray(False), event_type=EventType.REACH)
    base = jnp.asarray(base)
    return State(
        key=jnp.zeros(1, jnp.int32), grid=base,
        cache=RenderingCache.init(base), entities=entities, mission=mission)


def begin(name, world):
    return Timestep(
        t=jnp.asarray(0, jnp.int32), observation=jnp.zeros(()), action=jnp.asarray(-1, jnp.int32),
        reward=jnp.asarray(0.0, jnp.float32), step_type=jnp.asarray(0, jnp.int32),
        state=state(name, world), info={"return": jnp.asarray(0.0)})


@functools.cache
def rules(name):
    """NAVIX's environment, and its step, compiled: what all its observation functions show."""
    rules = navix.make(name, observation_fn=observations.none)
    functions = [getattr(observations, function) for function in FUNCTIONS]

    @jax.jit
    def move(timestep, action):
        timestep = rules._step(timestep, action)
        return timestep, [function(timestep.state) for function in functions]

    return rules, move


def ahead(image, player):
    """What symbol stands before the agent."""
    (row, column), direction = np.asarray(player.position), int(player.direction)
    row, column = row + (direction == 1) - (direction == 3), column + (direction == 0) - (direction == 2)
    return tuple(int(part) for part in np.asarray(image)[row, column])


def lines(name, seed, steps, choose):
    """By function: a line a step. An episode that has ended goes on with MiniGrid's next level.

    choose(step, symbol): an action, given what is ahead; nothing is known at an episode's beginning."""
    world, (environment, move) = original(name), rules(name)
    world.reset(seed=seed)
    timestep, rows, symbol = begin(name, world), {function: [] for function in FUNCTIONS}, None
    for index in range(steps):
        action = choose(index, symbol)
        balls = len(world.obstacles) if "Obstacles" in name else 0
        ways = [int(world.np_random.integers(0, 4)) for _ in range(balls)]
        told = timestep.state.replace(key=jnp.asarray(ways or [0], jnp.int32))
        timestep, images = move(timestep.replace(state=told), action)
        is_over, is_cut = int(timestep.step_type) == 2, int(timestep.t) >= environment.max_steps
        # One step type stands for both.
        assert int(timestep.step_type) == (2 if is_over else int(is_cut))
        for function, image in zip(FUNCTIONS, images):
            image = np.asarray(image)
            image = image.astype(np.int32 if image.ndim == 2 else np.uint8)
            rows[function].append(
                f"{index} {action} {float(timestep.reward):.9g} {int(is_over)} {int(is_cut)} "
                f"{crc(image)} {int(timestep.state.get_player().direction)} {world.mission}")
        symbol = ahead(images[0], timestep.state.get_player())
        if is_over or is_cut:
            world.reset()
            timestep, symbol = begin(name, world), None
    return rows


def player(seed, told):
    """Random actions, or such that take keys and put them down, open doors and walk on; `told` is what it
    does."""
    generator = random.Random(seed)
    # By symbol: what is done there more often than not.
    eager = {1: [2], 4: [5], 5: [3], 8: [2, 4]}

    def choose(_index, symbol):
        if seed % 3 == 0:
            action = generator.randrange(7)
        elif symbol and symbol[0] in eager and generator.random() < 0.6:
            is_open = symbol[0] == 4 and symbol[2] == 0
            action = 2 if is_open else generator.choice(eager[symbol[0]])
        else:
            action = generator.choices(range(7), [4, 4, 6, 1, 2, 1, 1])[0]
        told.append(action)
        return action

    return choose


def setting(function):
    """The value of our setting `observation`."""
    return "navix-" + function.replace("_", "-")
