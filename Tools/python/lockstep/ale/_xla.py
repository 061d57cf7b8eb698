"""JAX over `AtariVectorEnv`: callbacks to the processor in the order in which they stand."""
import numpy as np

_INFOS = ("env_id", "lives", "frame_number", "episode_frame_number")


def functions(env):
    """The handle, `reset`, `step`."""
    import jax
    import jax.numpy as jnp
    from jax.experimental import io_callback

    rows = env.batch_size
    handle_shape = jax.ShapeDtypeStruct((8,), jnp.uint8)
    observation = jax.ShapeDtypeStruct(env.observation_space.shape, jnp.uint8)
    number, flag = (jax.ShapeDtypeStruct((rows,), kind) for kind in (jnp.int32, jnp.bool_))
    infos = dict.fromkeys(_INFOS, number)

    def reset_now(handle, indices, seeds):
        shown, info = env.ale.reset(np.asarray(indices), np.asarray(seeds))
        return handle, shown, {name: info[name] for name in _INFOS}

    def step_now(handle, actions):
        shown, rewards, terminated, truncated, info = env.ale.step(np.asarray(actions))
        return (handle, shown, rewards, terminated, truncated,
                {name: info[name] for name in _INFOS})

    def reset(handle, seed=None, reset_mask=None):
        if reset_mask is None:
            indices = jnp.arange(env.num_envs, dtype=jnp.int32)
        else:
            indices = jnp.flatnonzero(jnp.asarray(reset_mask)).astype(jnp.int32)
        if seed is None:
            seeds = jnp.full(len(indices), -1, jnp.int32)
        elif isinstance(seed, int):
            seeds = jnp.arange(seed, seed + len(indices), dtype=jnp.int32)
        else:
            seeds = jnp.asarray(seed, jnp.int32)
        if seeds.shape != indices.shape:
            raise AssertionError(f"{seeds.shape[0]} seeds for {indices.shape[0]} lanes")
        handle, shown, info = io_callback(
            reset_now, (handle_shape, observation, infos), handle, indices, seeds, ordered=True)
        return handle, (shown, info)

    def step(handle, actions):
        actions = jnp.asarray(actions)
        actions = actions.astype(jnp.float32 if env.continuous else jnp.int32)
        handle, *shown = io_callback(
            step_now, (handle_shape, observation, number, flag, flag, infos), handle, actions,
            ordered=True)
        return handle, tuple(shown)

    return jnp.zeros(8, jnp.uint8), reset, step
