"""Random actions in any environment, and how many steps a second that makes.

    python random_rollout.py --id ALE/Pong-v5 --num-envs 1024 --seconds 5
"""
import argparse
import time

import numpy as np

import lockstep


def run(id, num_envs, seconds, seed):
    env = lockstep.make_vec(id, num_envs, autoreset="same-step")
    env.reset(seed=seed)
    env.action_space.seed(seed)
    actions = [env.action_space.sample() for _ in range(16)]
    returns, steps, began = [], 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        *_, infos = env.step(actions[steps % len(actions)])
        steps += 1
        if "episode" in infos:
            returns += infos["episode"]["r"][infos["_episode"]].ravel().tolist()
    rate = steps * num_envs / (time.perf_counter() - began)
    env.close()
    mean = f"{np.mean(returns):.2f}" if returns else "none has ended"
    print(f"{id}: {rate:,.0f} steps/s, {len(returns)} episodes, mean return {mean}")
    return rate


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--id", default="Lockstep/Courier-v0")
    parser.add_argument("--num-envs", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--seed", type=int, default=0)
    run(**vars(parser.parse_args()))
