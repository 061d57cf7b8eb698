"""RLlib's PPO: every env runner has a batch of its own, which steps all of the runner's environments at once.

    python rllib_ppo.py --id CartPole-v1 --workers 4 --num-envs 64

RLlib makes the batch inside the runner, from what is registered here; it has as many threads as the runner has
processors. Episodes begin anew as Gymnasium's vector environments do it (next-step).
"""
import argparse
import time

import gymnasium
import ray
from ray.rllib.algorithms.ppo import PPOConfig
from ray.tune.registry import register_env

import lockstep

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--id", default="CartPole-v1")
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--cpus", type=int, default=1, help="of a worker")
parser.add_argument("--num-envs", type=int, default=16, help="of a worker")
parser.add_argument("--num-steps", type=int, default=64)
parser.add_argument("--rounds", type=int, default=4)


def main(args):
    ray.init(num_cpus=1 + args.workers * args.cpus, include_dashboard=False, log_to_driver=False)
    register_env("lockstep", lambda context: lockstep.make_vec(
        args.id, context["num_envs"], num_threads=args.cpus))
    size = args.workers * args.num_envs * args.num_steps
    config = (
        PPOConfig()
        .environment("lockstep")
        .env_runners(
            num_env_runners=args.workers, num_envs_per_env_runner=args.num_envs,
            num_cpus_per_env_runner=args.cpus, rollout_fragment_length=args.num_steps,
            gym_env_vectorize_mode=gymnasium.VectorizeMode.VECTOR_ENTRY_POINT)
        .training(train_batch_size_per_learner=size, minibatch_size=min(size, 256), num_epochs=4, lr=1e-3)
        .debugging(seed=1))
    algorithm = config.build_algo()
    began = time.perf_counter()
    for _ in range(args.rounds):
        runners = algorithm.train()["env_runners"]
        steps = int(runners["num_env_steps_sampled_lifetime"])
        mean = runners.get("episode_return_mean")
        print(f"{steps} steps, return {'-' if mean is None else round(float(mean), 1)}, "
              f"{steps / (time.perf_counter() - began):,.0f} steps/s with learning", flush=True)
    algorithm.stop()
    ray.shutdown()


if __name__ == "__main__":
    main(parser.parse_args())
