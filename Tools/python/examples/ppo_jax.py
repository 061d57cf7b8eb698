"""PPO in JAX alone, in one file: environments of Lockstep with numbers to look at and to choose.

    python ppo_jax.py --id CartPole-v1 --num-envs 64

Acting and learning are compiled; the environment steps between them, on arrays that JAX takes over
without a copy where it can.
"""
import argparse
import functools
import time

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

import lockstep

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--id", default="CartPole-v1")
parser.add_argument("--num-envs", type=int, default=64)
parser.add_argument("--num-steps", type=int, default=64)
parser.add_argument("--total-steps", type=int, default=500_000)
parser.add_argument("--minutes", type=float, default=float("inf"))
parser.add_argument("--learning-rate", type=float, default=1e-3)
parser.add_argument("--gamma", type=float, default=0.99)
parser.add_argument("--gae-lambda", type=float, default=0.95)
parser.add_argument("--minibatches", type=int, default=4)
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--clip", type=float, default=0.2)
parser.add_argument("--entropy", type=float, default=0.01)
parser.add_argument("--seed", type=int, default=1)


def make_weights(key, sizes):
    """Layers of a network with one hidden tanh each."""
    initialise = jax.nn.initializers.orthogonal(2**0.5)
    keys = jax.random.split(key, len(sizes))
    return [(initialise(k, (a, b)), jnp.zeros(b)) for k, a, b in zip(keys, sizes, sizes[1:])]


def apply(weights, x):
    for matrix, bias in weights[:-1]:
        x = jnp.tanh(x @ matrix + bias)
    return x @ weights[-1][0] + weights[-1][1]


@jax.jit
def act(weights, key, shown):
    """Actions, their log-probabilities, values."""
    logits = jax.nn.log_softmax(apply(weights["policy"], shown))
    actions = jax.random.categorical(key, logits)
    return actions, jnp.take_along_axis(logits, actions[:, None], 1)[:, 0], apply(
        weights["value"], shown)[:, 0]


def loss_of(weights, batch, clip, entropy_weight):
    logits = jax.nn.log_softmax(apply(weights["policy"], batch["shown"]))
    chances = jnp.take_along_axis(logits, batch["actions"][:, None], 1)[:, 0]
    ratio = jnp.exp(chances - batch["chances"])
    gains = (batch["gains"] - batch["gains"].mean()) / (batch["gains"].std() + 1e-8)
    objective = jnp.minimum(ratio * gains, jnp.clip(ratio, 1 - clip, 1 + clip) * gains).mean()
    entropy = -(jnp.exp(logits) * logits).sum(-1).mean()
    values = apply(weights["value"], batch["shown"])[:, 0]
    return -objective - entropy_weight * entropy + 0.25 * jnp.square(values - batch["targets"]).mean()


def adam(weights, moments, gradient, count, rate):
    """One step, gradients cut to a norm of 0.5."""
    norm = jnp.sqrt(sum(jnp.square(g).sum() for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g * jnp.minimum(1, 0.5 / (norm + 1e-6)), gradient)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], gradient)
    second = jax.tree.map(lambda m, g: 0.999 * m + 0.001 * g * g, moments[1], gradient)
    scale = rate * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    return jax.tree.map(lambda w, m, v: w - scale * m / (jnp.sqrt(v) + 1e-5), weights, first, second), (
        first, second)


@functools.partial(jax.jit, static_argnames=("epochs", "minibatches", "gamma", "decay", "clip", "entropy"))
def learn(weights, moments, count, key, rollout, rate, *, epochs, minibatches, gamma, decay, clip, entropy):
    """`rollout`: [time, lane] each, values with one row more."""
    def back(last, row):
        reward, end, value, following = row
        last = reward + gamma * following * (1 - end) - value + gamma * decay * (1 - end) * last
        return last, last

    values = rollout["values"]
    rows = (rollout["rewards"], rollout["ends"], values[:-1], values[1:])
    _, gains = jax.lax.scan(back, jnp.zeros(values.shape[1]), rows, reverse=True)
    data = {"shown": rollout["shown"], "actions": rollout["actions"], "chances": rollout["chances"],
            "gains": gains, "targets": gains + values[:-1]}
    data = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), data)
    size = gains.size // minibatches

    def update(state, chosen):
        weights, moments, count = state
        batch = jax.tree.map(lambda x: x[chosen], data)
        loss, gradient = jax.value_and_grad(loss_of)(weights, batch, clip, entropy)
        weights, moments = adam(weights, moments, gradient, count + 1, rate)
        return (weights, moments, count + 1), loss

    orders = jnp.concatenate([
        jax.random.permutation(k, gains.size)[:size * minibatches].reshape(minibatches, size)
        for k in jax.random.split(key, epochs)])
    (weights, moments, count), losses = jax.lax.scan(update, (weights, moments, count), orders)
    return weights, moments, count, losses[-1]


def main(args):
    env = lockstep.make_vec(args.id, args.num_envs, autoreset="same-step")
    if not isinstance(env.single_action_space, gymnasium.spaces.Discrete) or not isinstance(
            env.single_observation_space, gymnasium.spaces.Box):
        raise SystemExit(f"{args.id}: numbers to look at and to choose are wanted")
    width, actions = int(np.prod(env.single_observation_space.shape)), int(env.single_action_space.n)
    key = jax.random.key(args.seed)
    key, one, other = jax.random.split(key, 3)
    weights = {"policy": make_weights(one, (width, 64, 64, actions)),
               "value": make_weights(other, (width, 64, 64, 1))}
    moments = (jax.tree.map(jnp.zeros_like, weights),) * 2
    count = jnp.zeros(())
    settings = dict(epochs=args.epochs, minibatches=args.minibatches, gamma=args.gamma,
                    decay=args.gae_lambda, clip=args.clip, entropy=args.entropy)
    shown = env.reset(seed=args.seed)[0]
    returns, total, began = [], 0, time.perf_counter()
    updates = max(1, args.total_steps // (args.num_envs * args.num_steps))
    for update in range(updates):
        rows = []
        for _ in range(args.num_steps):
            key, now = jax.random.split(key)
            seen = jnp.asarray(shown.reshape(args.num_envs, width), jnp.float32)
            chosen, chances, values = act(weights, now, seen)
            shown, rewards, terminated, truncated, infos = env.step(np.asarray(chosen))
            rows.append({"shown": seen, "actions": chosen, "chances": chances, "values": values,
                         "rewards": rewards.astype(np.float32),
                         "ends": (terminated | truncated).astype(np.float32)})
            if "episode" in infos:
                returns += infos["episode"]["r"][infos["_episode"]].ravel().tolist()
        rollout = jax.tree.map(lambda *parts: jnp.stack(parts), *rows)
        last = apply(weights["value"], jnp.asarray(shown.reshape(args.num_envs, width), jnp.float32))
        rollout["values"] = jnp.concatenate([rollout["values"], last[:, 0][None]])
        key, now = jax.random.split(key)
        rate = args.learning_rate * (1 - update / updates)
        weights, moments, count, loss = learn(weights, moments, count, now, rollout, rate, **settings)
        total += args.num_envs * args.num_steps
        seconds = time.perf_counter() - began
        mean = np.mean(returns[-100:]) if returns else float("nan")
        print(f"{total:>9,} steps  {total / seconds:>8,.0f}/s  return {mean:8.2f}  loss {loss:8.4f}",
              flush=True)
        if seconds > 60 * args.minutes:
            break
    env.close()
    return returns


if __name__ == "__main__":
    main(parser.parse_args())
