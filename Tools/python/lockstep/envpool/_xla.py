"""JAX over an environment of `lockstep.envpool`: callbacks to the processor in the order in which they
stand."""
import numpy as np


def functions(env):
    """The handle, `recv`, `send`, `step`."""
    import jax
    import jax.numpy as jnp
    from jax.experimental import io_callback

    rows = env._pool.batch_size
    shapes = {key: jax.ShapeDtypeStruct((rows, *spec.inner), spec.dtype)
              for key, spec in env.spec.state_array_spec.items()}
    mark = jax.ShapeDtypeStruct((8,), jnp.uint8)

    def receive_now(handle):
        values = env._reader.read(env._pool.receive())
        return handle, {key: np.asarray(values[key]) for key in shapes}

    def send_now(handle, action, env_id):
        env.send(np.asarray(action), np.asarray(env_id))
        return handle

    def recv(handle):
        handle, values = io_callback(receive_now, (mark, shapes), handle, ordered=True)
        return handle, env._to(values, False)

    def send(handle, action, env_id=None):
        if isinstance(action, dict):
            action, env_id = action["action"], action.get("env_id", env_id)
        ids = jnp.asarray(env.all_env_ids if env_id is None else env_id)
        return io_callback(send_now, mark, handle, jnp.asarray(action), ids, ordered=True)

    def step(handle, action, env_id=None):
        return recv(send(handle, action, env_id))

    return jnp.zeros(8, jnp.uint8), recv, send, step
