"""What an environment of `lockstep.envpool` takes and gives: EnvPool's `EnvSpec`."""
import collections
import keyword
import pprint
import re

import gymnasium
import numpy as np

_INT = (-2**31, 2**31 - 1)
#: What EnvPool calls the bounds of a float that has none.
_FLOAT = (float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max))


class ArraySpec:
    """One array: shape without the environments' axis (-1: one row a player), element, bounds."""

    def __init__(self, dtype, shape, bounds, is_discrete=False):
        self.dtype, self.shape = np.dtype(dtype), list(shape)
        self.minimum, self.maximum = bounds
        self.is_discrete = is_discrete

    def __repr__(self):
        return (f"ArraySpec(shape={self.shape}, dtype={self.dtype.name}, minimum={self.minimum}, "
                f"maximum={self.maximum})")

    @property
    def inner(self):
        return tuple(size for size in self.shape if size != -1)

    def counts(self, is_action):
        """Lowest number and how many there are, where it is one number of few."""
        ends = [np.asarray(end) for end in (self.minimum, self.maximum)]
        if np.prod(np.abs(self.shape)) != 1 or any(end.size != 1 for end in ends):
            return None
        low, high = (float(end.item()) for end in ends)
        is_whole = np.issubdtype(self.dtype, np.integer) or (is_action and self.is_discrete)
        if not is_whole or low != int(low) or high != int(high) or high >= 2**20:
            return None
        return int(low), int(high) - int(low) + 1

    def space(self, is_action=False):
        counts = self.counts(is_action)
        if counts is not None:
            return gymnasium.spaces.Discrete(n=counts[1], start=counts[0])
        if self.dtype == bool:
            return gymnasium.spaces.MultiBinary(self.inner)
        low, high = (np.broadcast_to(np.asarray(end, self.dtype), self.inner)
                     for end in (self.minimum, self.maximum))
        return gymnasium.spaces.Box(low, high, self.inner, self.dtype.type)

    def dm(self, name, is_action=False):
        from dm_env import specs

        counts = self.counts(is_action)
        if counts is not None and counts[0] == 0:
            kind = self.dtype if np.issubdtype(self.dtype, np.integer) else np.int32
            return specs.DiscreteArray(counts[1], kind, name)
        return specs.BoundedArray(self.inner, self.dtype, self.minimum, self.maximum, name)


def nested(flat, kind=dict):
    """`{"a.b": 1}` to `{"a": {"b": 1}}`."""
    result = kind()
    for name, value in flat.items():
        *outer, last = name.split(".")
        place = result
        for part in outer:
            inside = place.spaces if isinstance(place, gymnasium.spaces.Dict) else place
            if part not in inside:
                place[part] = kind()
            place = place[part]
        place[last] = value
    return result


def named_tuple(name, values):
    """A tuple with names, and so for dictionaries inside."""
    def clean(text):
        text = re.sub(r"\W", "_", text)
        return f"_{text}" if not text or text[0].isdigit() or keyword.iskeyword(text) else text

    kind = collections.namedtuple(clean(name), [clean(key) for key in values])
    return kind(*[named_tuple(key, value) if isinstance(value, dict) else value
                  for key, value in values.items()])


def common_state():
    """What every environment gives beside observations, infos and actions' masks."""
    return {
        "info:env_id": ArraySpec(np.int32, [], _INT),
        "info:players.env_id": ArraySpec(np.int32, [-1], _INT),
        "elapsed_step": ArraySpec(np.int32, [], _INT),
        "done": ArraySpec(bool, [], (False, True)),
        "reward": ArraySpec(np.float32, [-1], _FLOAT),
        "discount": ArraySpec(np.float32, [-1], (0.0, 1.0)),
        "step_type": ArraySpec(np.int32, [], _INT),
        "trunc": ArraySpec(bool, [], (False, True)),
    }


def of_field(field):
    """The spec of one of our fields."""
    shape, element, kind = field["shape"], np.dtype(field["element"]), field["role"]["kind"]
    if kind == "choice" and shape == []:
        return ArraySpec(np.int32, [-1], (0, field["role"]["counts"][0] - 1), True)

    def bound(values, missing):
        numbers = [missing if value is None else value for value in values]
        if len(numbers) == 1:
            return numbers[0] if element.kind == "f" else int(max(min(numbers[0], 2**31 - 1), -2**31))
        return np.array(numbers).reshape(shape)

    low, high = bound(field["low"], -np.inf), bound(field["high"], np.inf)
    if kind in ("symbols", "text"):
        low, high = 0, 255
    return ArraySpec(element, shape if shape else [-1], (low, high))


def of_action(action):
    if action["kind"] == "discrete":
        return ArraySpec(np.int32, [-1], (0, action["count"] - 1), True)
    if action["kind"] == "multi-discrete":
        counts = np.array(action["counts"])
        return ArraySpec(np.int32, [-1, len(counts)], (0 * counts, counts - 1), True)
    low, high = (np.array([sign * np.inf if v is None else v for v in action[side]], np.float32)
                 for side, sign in (("low", -1), ("high", 1)))
    bounds = tuple(float(end[0]) if len(set(end.tolist())) == 1 else end for end in (low, high))
    return ArraySpec(np.float32, [-1, len(low)], bounds)


class EnvSpec:
    """Settings, arrays, spaces.

    - config: a named tuple of settings.
    - state_array_spec, action_array_spec: `ArraySpec`s by name.
    """

    def __init__(self, name, config, state, action):
        self._name = name
        self._config_keys, self._config_values = list(config), list(config.values())
        self.gen_config = collections.namedtuple("Config", self._config_keys)
        self.state_array_spec = state
        self.action_array_spec = {
            "env_id": ArraySpec(np.int32, [], _INT),
            "players.env_id": ArraySpec(np.int32, [-1], _INT), "action": action}
        self._state_keys, self._action_keys = list(state), list(self.action_array_spec)

    @property
    def config(self):
        return self.gen_config(*self._config_values)

    @property
    def reward_threshold(self):
        return getattr(self.config, "reward_threshold", None)

    @property
    def observation_space(self):
        seen = {key[4:]: spec for key, spec in self.state_array_spec.items() if key.startswith("obs")}
        if len(seen) == 1:
            return next(iter(seen.values())).space()
        return nested({key: spec.space() for key, spec in seen.items()}, gymnasium.spaces.Dict)

    @property
    def action_space(self):
        return self.action_array_spec["action"].space(is_action=True)

    gymnasium_observation_space = observation_space
    gymnasium_action_space = action_space

    def observation_spec(self):
        """Of observations and infos, for dm_env."""
        seen = {}
        for key, spec in self.state_array_spec.items():
            if key.startswith(("obs", "info")):
                seen[key.replace("obs:", "").replace("info:", "")] = spec.dm(
                    key.replace(":", ".").split(".")[-1])
        return named_tuple("State", nested(seen))

    def action_spec(self):
        return self.action_array_spec["action"].dm("action", is_action=True)

    def __repr__(self):
        return f"{self._name}EnvSpec{pprint.pformat(self.config)[6:]}"
