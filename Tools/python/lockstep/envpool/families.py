"""Which of EnvPool's settings our families take, and what arrays they give."""
import functools
from types import SimpleNamespace

import numpy as np

from .._native import catalogue
from ..errors import ArgumentError
from . import spec as specs

_COMMON = {
    "num_envs": 1, "batch_size": 0, "num_threads": 0, "max_num_players": 1,
    "thread_affinity_offset": -1, "base_path": "", "seed": 42, "env_seed": [],
    "gym_reset_return_info": True, "max_episode_steps": 2**31 - 1}
_ATARI = {
    "max_episode_steps": 27000, "stack_num": 4, "frame_skip": 4, "noop_max": 30,
    "zero_discount_on_life_loss": False, "episodic_life": False, "reward_clip": False,
    "use_fire_reset": True, "img_height": 84, "img_width": 84, "task": "", "mode": -1,
    "difficulty": -1, "full_action_space": False, "repeat_action_probability": 0.0,
    "use_inter_area_resize": True, "gray_scale": True}
#: Bytes of a mission's text, which EnvPool shows where ours are numbers of words.
_MISSIONS = {"MiniGrid": 96, "BabyAI": 512}
#: Settings of ours that say what EnvPool's common ones, or its manner of resetting, say.
_OURS = {"autoreset", "step-limit"}


@functools.lru_cache(maxsize=1)
def rows():
    """Rows of the catalogue by EnvPool's id: Atari games' are their ROMs' names, `TicTacToe3d-v5` too."""
    return {_task(row): row for row in catalogue()}


def _task(row):
    if not row["id"].startswith("ALE/"):
        return row["id"]
    return "".join(piece.capitalize() for piece in row["names"][0].split("_")) + "-v5"


def is_atari(row):
    return row["family"] == "atari"


def config(task_id, given):
    """All settings of a task, with their values.

    Raises:
        TypeError: for a setting that it has not, as EnvPool does.
    """
    row = rows()[task_id]
    if is_atari(row):
        every = _COMMON | _ATARI | {"task": row["names"][0]}
    else:
        own = {setting["name"]: setting for setting in row["settings"]}
        every = dict(_COMMON)
        limit = own.get("step-limit", {}).get("value")
        if isinstance(limit, (int, str)) and str(limit).isdigit() and int(limit):
            every["max_episode_steps"] = int(limit)
        threshold = _threshold(task_id)
        if threshold is not None:
            every["reward_threshold"] = threshold
        every |= {name.replace("-", "_"): setting["value"] for name, setting in own.items()
                  if name not in _OURS}
    unknown = sorted(set(given) - set(every))
    if unknown:
        raise TypeError(f"{task_id} has no setting {unknown[0]!r}")
    every |= given
    every["batch_size"] = every["batch_size"] or every["num_envs"]
    return every


def _threshold(id):
    from gymnasium.envs.registration import registry

    known = registry.get(id)
    return None if known is None else known.reward_threshold


def settings(task_id, values, given):
    """What a batch of ours is made with."""
    row = rows()[task_id]
    if not is_atari(row):
        limit = "step-limit" in {setting["name"] for setting in row["settings"]}
        own = {name.replace("_", "-"): value for name, value in given.items()
               if name not in _COMMON and name != "reward_threshold"}
        steps = {"step-limit": values["max_episode_steps"]} if (
            limit and "max_episode_steps" in given) else {}
        return own | steps | {"autoreset": "next-step"}
    is_whole = (values["img_width"], values["img_height"]) == (160, 210)
    if not (values["use_inter_area_resize"] or is_whole):
        raise ArgumentError("pictures are made smaller by area; use_inter_area_resize=False is not there")
    made = {
        "preset": "envpool", "autoreset": "next-step", "frame-skip": str(values["frame_skip"]),
        "stack": values["stack_num"], "noop-max": values["noop_max"],
        "episodic-life": values["episodic_life"], "fire-reset": values["use_fire_reset"],
        "image-size": f"{values['img_width']}x{values['img_height']}",
        "full-actions": values["full_action_space"],
        "sticky": float(values["repeat_action_probability"]),
        "observation": "grey" if values["gray_scale"] else "rgb", "info-ram": True,
        "frame-limit": min(2**31 - 1, values["max_episode_steps"] * values["frame_skip"])}
    for name in ("mode", "difficulty"):
        if values[name] >= 0:
            made[name] = values[name]
    return made


def _mission(task_id, spec):
    """How many bytes a mission has; 0: the task shows none."""
    shown = any(field["name"] == "mission" for field in spec["observation"])
    return _MISSIONS.get(task_id.split("-")[0], 0) if shown else 0


def state(task_id, spec):
    """`ArraySpec`s of everything that a step gives, in EnvPool's order."""
    every = specs.common_state()
    if is_atari(rows()[task_id]):
        every["obs"] = specs.of_field(spec["observation"][0])
        every["info:lives"] = specs.ArraySpec(np.int32, [-1], (-2**31, 2**31 - 1))
        every["info:reward"] = every["reward"]
        every["info:terminated"] = specs.ArraySpec(np.int32, [-1], (0, 1))
        every["info:ram"] = specs.ArraySpec(np.uint8, [128], (0, 255))
        return every
    mission, fields = _mission(task_id, spec), spec["observation"]
    for field in sorted(fields, key=lambda field: field["name"]) if mission else fields:
        name = "obs" if len(fields) == 1 else f"obs:{field['name']}"
        every[name] = specs.of_field(field)
    for field in spec["info"]:
        every[f"info:{field['name']}"] = specs.of_field(field)
    if mission:
        every["obs:mission"] = specs.ArraySpec(np.uint8, [mission], (0, 255))
        del every["info:text"]
    return every


class Reader:
    """Turns a batch's rows into EnvPool's arrays, and counts what it counts."""

    def __init__(self, task_id, values, spec):
        self._is_atari = is_atari(rows()[task_id])
        self._values = SimpleNamespace(**values)
        self._spec = spec
        self._types = {name: array.dtype for name, array in state(task_id, spec).items()}
        self._mission = _mission(task_id, spec)
        count = values["num_envs"]
        # Of every environment: steps since it was reset, whether it is over, its lives.
        self._elapsed = np.zeros(count, np.int32)
        self._over = np.ones(count, bool)
        self._lives = np.zeros(count, np.int32)

    def begin(self, ids):
        """These were reset by the caller."""
        self._over[ids] = True

    def read(self, rows):
        """Arrays by EnvPool's name, in its order."""
        ids = rows.ids
        rewards, terminated, truncated, ended, _, lengths = rows["results"]
        done, trunc = (terminated | truncated) != 0, truncated.view(bool)
        first = self._over[ids]
        self._elapsed[ids] = np.where(first, 0, self._elapsed[ids] + 1)
        self._over[ids] = done
        every = {
            "info:env_id": ids, "info:players.env_id": ids, "elapsed_step": self._elapsed[ids],
            "done": done, "reward": rewards.astype(np.float32), "discount": (~done).astype(np.float32),
            "step_type": np.where(first, 0, np.where(done, 2, 1)).astype(np.int32), "trunc": trunc}
        for field, array in zip(self._spec["observation"], rows["observations"]):
            name = "obs" if len(self._spec["observation"]) == 1 else f"obs:{field['name']}"
            every[name] = array.astype(self._types[name], copy=False)
        infos = {field["name"]: array for field, array in zip(self._spec["info"], rows["info"])}
        if self._mission:
            text = infos.pop("text")[:, :self._mission]
            every["obs:mission"] = np.pad(text, ((0, 0), (0, self._mission - text.shape[1])))
        if self._is_atari:
            self._read_atari(every, ids, infos, first, ended, lengths)
        else:
            every |= {f"info:{name}": array for name, array in infos.items()}
        return {name: every[name] for name in self._types}

    def _read_atari(self, every, ids, infos, first, ended, lengths):
        reward = every["reward"]
        lives = infos["lives"]
        if self._values.zero_discount_on_life_loss:
            kept = (lives >= self._lives[ids]) | first
            every["discount"] = (kept & ~every["done"]).astype(np.float32)
        self._lives[ids] = lives
        if self._values.reward_clip:
            every["reward"] = np.sign(reward)
        # A life is the end of an episode, but EnvPool counts on to the end of the game.
        every["elapsed_step"] = lengths.astype(np.int32)
        every["info:lives"] = lives
        every["info:reward"] = reward
        every["info:terminated"] = ((ended == 1) & ~every["trunc"]).astype(np.int32)
        every["info:ram"] = infos["ram"]
