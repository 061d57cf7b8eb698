"""Gymnasium's spaces of a batch's spec."""
import numpy as np
from gymnasium import spaces


def _bound(values, shape, missing):
    """One for all elements or one each; None: there is none."""
    numbers = np.array([missing if value is None else value for value in values], np.float64)
    if numbers.size == 1:
        return np.full(shape, numbers[0])
    return numbers.reshape(shape)


def of_field(field):
    """The space of a field, without the lane axis."""
    shape, element, kind = tuple(field["shape"]), np.dtype(field["element"]), field["role"]["kind"]
    if kind == "choice" and shape == ():
        return spaces.Discrete(field["role"]["counts"][0], dtype=np.int64)
    if kind == "text":
        return spaces.Text(shape[0], min_length=0)
    if kind == "mask":
        return spaces.MultiBinary(shape)
    if kind == "symbols":
        return spaces.Box(0, 255, shape, element.type)  # as MiniGrid says of its images
    low, high = (_bound(field[side], shape, sign * np.inf) for side, sign in (("low", -1), ("high", 1)))
    if element.kind in "iu":
        least, most = np.iinfo(element).min, np.iinfo(element).max
        low, high = (np.clip(bound, least, most).astype(element) for bound in (low, high))
    return spaces.Box(low.astype(element), high.astype(element), shape, element.type)


def of_observation(spec):
    """The field's own space where there is one field, else a Dict by name."""
    fields = spec["observation"]
    if len(fields) == 1:
        return of_field(fields[0])
    return spaces.Dict({field["name"]: of_field(field) for field in fields})


def of_action(spec):
    """Of one lane; with several players [players, ...]."""
    action, players = spec["action"], spec["players"]
    if action["kind"] == "discrete":
        if players == 1:
            return spaces.Discrete(action["count"])
        return spaces.MultiDiscrete([action["count"]] * players)
    if action["kind"] == "multi-discrete":
        return spaces.MultiDiscrete(action["counts"] if players == 1 else [action["counts"]] * players)
    low, high = (
        np.array([sign * np.inf if v is None else v for v in action[side]], np.float32)
        for side, sign in (("low", -1), ("high", 1)))
    if players > 1:
        low, high = (np.tile(bound, (players, 1)) for bound in (low, high))
    return spaces.Box(low, high, dtype=np.float32)
