"""Ray: workers with a batch each, stepped with the newest policy that they were given.

    python ray_actors.py --id ALE/Pong-v5 --workers 4 --num-envs 256

A batch is made inside its worker (it does not cross processes), with as many threads as Ray gives the
worker processors.
"""
import argparse
import time

import numpy as np
import ray

import lockstep

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--id", default="CartPole-v1")
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--cpus", type=int, default=1, help="of a worker")
parser.add_argument("--num-envs", type=int, default=64)
parser.add_argument("--num-steps", type=int, default=32)
parser.add_argument("--rounds", type=int, default=4)


class Worker:
    def __init__(self, id, num_envs, threads, seed):
        self.env = lockstep.make_vec(id, num_envs, num_threads=threads, autoreset="same-step")
        self.env.reset(seed=seed)
        self.rng = np.random.default_rng(seed)

    def roll(self, chances, steps):
        """Steps under the probabilities of actions: how many, and the returns of what has ended."""
        returns = []
        for _ in range(steps):
            actions = self.rng.choice(len(chances), self.env.num_envs, p=chances)
            *_, infos = self.env.step(actions)
            if "episode" in infos:
                returns += infos["episode"]["r"][infos["_episode"]].ravel().tolist()
        return steps * self.env.num_envs, returns


def main(args):
    ray.init(num_cpus=args.workers * args.cpus, include_dashboard=False, log_to_driver=False)
    try:
        remote = ray.remote(num_cpus=args.cpus)(Worker)
        workers = [remote.remote(args.id, args.num_envs, args.cpus, 1000 * i)
                   for i in range(args.workers)]
        count = int(lockstep.make_vec(args.id, 1).single_action_space.n)
        total, returns, began = 0, [], time.perf_counter()
        for _ in range(args.rounds):
            chances = ray.put(np.full(count, 1 / count))
            for steps, ended in ray.get([w.roll.remote(chances, args.num_steps) for w in workers]):
                total, returns = total + steps, returns + ended
        print(f"{args.workers} workers: {total / (time.perf_counter() - began):,.0f} steps/s, "
              f"{len(returns)} episodes, mean return {np.mean(returns or [np.nan]):.2f}")
        return total
    finally:
        ray.shutdown()


if __name__ == "__main__":
    main(parser.parse_args())
