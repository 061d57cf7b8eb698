"""EnvPool's environments over a pool of ours."""
import pprint
import warnings

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from .._pool import Pool
from .families import Reader, is_atari, rows, settings, state
from .spec import EnvSpec, named_tuple, nested, of_action


def _short(task_id):
    """The name that classes of a task begin with."""
    row = rows()[task_id]
    if is_atari(row):
        return "Atari"
    return "".join(part for part in task_id.rsplit("-v", 1)[0].replace("/", "-").split("-"))


def make_spec(task_id, values, given, pool=None):
    own = pool.spec if pool else Pool(
        rows()[task_id]["id"], 1, settings=settings(task_id, values, given)).spec
    return EnvSpec(_short(task_id), values, state(task_id, own), of_action(own["action"]))


class EnvPool:
    """What both kinds share: sending, receiving, settings.

    The environments that were sent first are received first.
    """

    def __init__(self, task_id, values, given, render_mode=None, render_env_id=0):
        seeds = values["env_seed"] or [values["seed"] + i for i in range(values["num_envs"])]
        self._seeds = [seed % 2**32 for seed in seeds]
        self._pool = pool = Pool(
            rows()[task_id]["id"], values["num_envs"], values["batch_size"], values["num_threads"],
            settings(task_id, values, given))
        self.spec = self._spec = make_spec(task_id, values, given, pool)
        self._state_keys, self._action_keys = self.spec._state_keys, self.spec._action_keys
        self._reader = Reader(task_id, values, pool.spec)
        self._render_mode, self._render_env_id = render_mode, render_env_id
        self._begun = np.zeros(values["num_envs"], bool)
        self.all_env_ids = np.arange(values["num_envs"], dtype=np.int32)
        self.is_async = pool.is_async

    @property
    def config(self):
        return dict(zip(self._spec._config_keys, self._spec._config_values))

    def __len__(self):
        return self._pool.num_envs

    def seed(self, seed=None):
        warnings.warn("seeds are fixed when the environment is made: make(..., seed=seed)", stacklevel=2)

    # Sending and receiving

    def send(self, action, env_id=None):
        """`action`: an array of one each, or a dictionary that may name `env_id`."""
        if isinstance(action, dict):
            action = dict(action)
            env_id = action.pop("env_id", None) if env_id is None else env_id
            action.pop("players.env_id", None)
            action.pop("players", None)
            if set(action) != {"action"}:
                raise KeyError(f"actions are an array or {{'action': ...}}, not {sorted(action)}")
            action = action["action"]
            self._check_types(env_id, action)
        wanted = self._pool.action_type
        action = np.asarray(action)
        if action.dtype.kind not in "iufb":
            raise RuntimeError(f'Expected dtype {wanted} with action "action", got {action.dtype}')
        action = action.astype(wanted)
        env_id = self.all_env_ids if env_id is None else np.asarray(env_id).reshape(-1)
        inner = tuple(self._spec.action_array_spec["action"].shape[1:])
        if action.shape != (len(env_id), *inner):
            raise RuntimeError(
                f'Expected shape {(len(env_id), *inner)} with action "action", got {action.shape}')
        self._pool.send(env_id, action)

    def _check_types(self, env_id, action):
        """A dictionary's arrays are not turned into others."""
        given = {"action": action} if env_id is None else {"env_id": env_id, "action": action}
        for name, array in given.items():
            wanted = self._spec.action_array_spec[name].dtype
            if np.asarray(array).dtype != wanted:
                raise RuntimeError(
                    f'Expected dtype {wanted} with action "{name}", got {np.asarray(array).dtype}')

    def recv(self, reset=False, return_info=True):
        return self._to(self._reader.read(self._pool.receive()), reset)

    def step(self, action, env_id=None):
        """Sends and receives."""
        self.send(action, env_id)
        return self.recv()

    def async_reset(self):
        """Starts new episodes everywhere; `recv` gives their first observations."""
        self._reset(self.all_env_ids)

    def _reset(self, env_id):
        env_id = np.asarray(env_id).reshape(-1)
        # A first reset begins with the seeds; EnvPool's later ones go on.
        seeds = [None if self._begun[i] else self._seeds[i] for i in env_id]
        self._pool.send_reset(env_id, seeds)
        self._begun[env_id] = True
        self._reader.begin(env_id)

    def reset(self, env_id=None):
        self._reset(self.all_env_ids if env_id is None else env_id)
        return self.recv(reset=True)

    # Beside that

    def render(self, env_ids=None, camera_id=None):
        """Pictures, RGB, of some environments."""
        if self._render_mode != "rgb_array":
            raise RuntimeError("render_mode must be set to 'rgb_array' when creating this env")
        env_ids = self._render_env_id if env_ids is None else env_ids
        frames = np.stack([self._pool.render(int(i)) for i in np.atleast_1d(env_ids)])
        # EnvPool looks at 210 lines of any game.
        return frames[:, :210] if type(self).__name__.startswith("Atari") else frames

    def close(self):
        self._pool.close()

    def xla(self):
        """`handle, recv, send, step` for use under `jax.jit`; they call back to the processor."""
        from ._xla import functions

        return functions(self)

    def __repr__(self):
        values = ", ".join(f"{key}={pprint.pformat(value)}" for key, value in self.config.items())
        return f"{type(self).__name__}({values})"

    __str__ = __repr__


def _tree(values, prefix):
    return nested({key[len(prefix):].lstrip(":"): value for key, value in values.items()
                   if key.startswith(prefix)})


class GymnasiumEnvPool(EnvPool, VectorEnv, gymnasium.Env):
    """`reset`, `step` and `recv` give what Gymnasium's vector environments give; `observation_space` and
    `action_space` are those of one environment."""

    metadata = {"render_modes": ["rgb_array"], "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(self, *arguments, **named):
        EnvPool.__init__(self, *arguments, **named)
        self.num_envs = self._pool.num_envs
        self.is_vector_env = True
        self.render_mode = self._render_mode
        self.observation_space = self.single_observation_space = self.spec.observation_space
        self.action_space = self.single_action_space = self.spec.action_space

    def reset(self, env_id=None, *, seed=None, options=None):
        if seed is not None:
            warnings.warn(
                "EnvPool seeds are fixed when the environment is created. reset(seed=...) is ignored; "
                "pass seed to envpool.make instead.", stacklevel=2)
        if options is not None:
            unknown = set(options) - {"reset_mask"}
            if unknown:
                raise ValueError(f"Unsupported Gymnasium reset options for EnvPool: {sorted(unknown)}")
            mask = options.get("reset_mask")
            if mask is not None:
                if env_id is not None:
                    raise ValueError("Pass either env_id or options['reset_mask'], not both.")
                env_id = self._masked(mask)
        return EnvPool.reset(self, env_id)

    def _masked(self, mask):
        mask = np.asarray(mask, np.bool_)
        if mask.shape != (self._pool.num_envs,):
            raise ValueError(
                f"reset_mask must have shape ({self._pool.num_envs},), got {mask.shape}")
        if not mask.any():
            raise ValueError("reset_mask must select at least one environment.")
        return np.flatnonzero(mask).astype(np.int32)

    def close(self, **_):
        EnvPool.close(self)

    def _to(self, values, reset):
        info = _tree(values, "info:")
        info["elapsed_step"] = values["elapsed_step"]
        seen = values["obs"] if "obs" in values else _tree(values, "obs:")
        if reset:
            return seen, info
        return seen, values["reward"], values["done"] & ~values["trunc"], values["trunc"], info


class DMEnvPool(EnvPool):
    """`reset`, `step` and `recv` give dm_env's time steps."""

    def observation_spec(self):
        return self.spec.observation_spec()

    def action_spec(self):
        return self.spec.action_spec()

    def _to(self, values, reset):
        from dm_env import TimeStep

        # In the order of the spec.
        shown = {}
        for key in self._state_keys:
            if key.startswith(("info:", "obs")):
                shown[key.replace("obs:", "").replace("info:", "")] = values[key]
        return TimeStep(values["step_type"], values["reward"], values["discount"],
                        named_tuple("State", nested(shown)))


def pool_class(task_id, env_type):
    """The class of a task's environments: EnvPool's name for it."""
    base = {"gymnasium": GymnasiumEnvPool, "dm": DMEnvPool}[env_type]
    bases = (base,)
    if env_type == "dm":
        try:
            import dm_env
        except ImportError:
            raise ImportError("dm_env's time steps need its package: pip install dm-env") from None
        bases = (base, dm_env.Environment)
    return type(_short(task_id) + base.__name__, bases, {"__module__": __name__})
