"""PPO in one file, after CleanRL: any environment of Lockstep, on the processor or a GPU.

    python ppo_torch.py --id ALE/Pong-v5 --num-envs 1024 --num-steps 32 --total-steps 20_000_000
    torchrun --nproc-per-node 4 ppo_torch.py --id ALE/Pong-v5 --num-envs 256

Under torchrun every process has --num-envs lanes of its own, and all learn from the mean of their gradients.

Of a stack of pictures only the newest crosses to the device, through page-locked memory; the stack is
made there, from the rollout itself. On a GPU networks run in bfloat16 and are compiled.
"""
import argparse
import contextlib
import os
import time

import gymnasium
import numpy as np
import torch
from torch import distributed, nn

import lockstep

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--id", default="Lockstep/Courier-v0")
parser.add_argument("--num-envs", type=int, default=64)
parser.add_argument("--num-steps", type=int, default=64, help="of every environment, a rollout")
parser.add_argument("--total-steps", type=int, default=1_000_000)
parser.add_argument("--minutes", type=float, default=float("inf"))
parser.add_argument("--learning-rate", type=float, default=2.5e-4)
parser.add_argument("--gamma", type=float, default=0.99)
parser.add_argument("--gae-lambda", type=float, default=0.95)
parser.add_argument("--minibatches", type=int, default=4)
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--clip", type=float, default=0.1)
parser.add_argument("--entropy", type=float, default=0.01)
parser.add_argument("--value", type=float, default=0.5)
parser.add_argument("--max-norm", type=float, default=0.5)
parser.add_argument("--stop-at", type=float, default=float("inf"), help="mean return of 100 episodes")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
parser.add_argument("--no-compile", action="store_true")
STACK = 4


class Team:
    """The processes that torchrun has started; without it, this one."""

    def __init__(self, kind):
        number = {name: int(os.environ.get(name, default)) for name, default in (
            ("WORLD_SIZE", 1), ("RANK", 0), ("LOCAL_WORLD_SIZE", 1), ("LOCAL_RANK", 0))}
        self.size, self.rank = number["WORLD_SIZE"], number["RANK"]
        self.device = torch.device(kind)
        if self.size > 1 and kind == "cuda":
            self.device = torch.device("cuda", number["LOCAL_RANK"])
            torch.cuda.set_device(self.device)
        # Processes on one machine share its processors.
        self.threads = max(1, len(os.sched_getaffinity(0)) // number["LOCAL_WORLD_SIZE"])
        if self.size > 1:
            distributed.init_process_group("nccl" if kind == "cuda" else "gloo")

    def average(self, parameters):
        """Gradients become the mean of all processes'."""
        for parameter in parameters if self.size > 1 else ():
            if parameter.grad is not None:
                distributed.all_reduce(parameter.grad)
                parameter.grad /= self.size

    def agrees(self, answer):
        """The first process's answer, for all."""
        if self.size == 1:
            return answer
        answer = torch.tensor(float(answer), device=self.device)
        distributed.broadcast(answer, 0)
        return bool(answer)

    def close(self):
        if self.size > 1:
            distributed.destroy_process_group()


def make(args, threads):
    """The environment, and how many pictures it leaves to be stacked here."""
    row = next(row for row in lockstep.catalogue() if args.id in (row["id"], *row["names"]))
    # A lost life is an end to learn from, but the game goes on.
    settings = {"stack": 1, "life_loss_info": True} if row["family"] == "atari" else {}
    env = lockstep.make_vec(
        args.id, args.num_envs, num_threads=threads, autoreset="same-step", **settings)
    return env, STACK if row["family"] == "atari" else 1


class Observations:
    """What environments show, as one row of numbers or a picture each, for the device."""

    def __init__(self, env, device):
        space = env.single_observation_space
        parts = space.spaces if isinstance(space, gymnasium.spaces.Dict) else {None: space}
        self.names = [name for name, part in parts.items() if not isinstance(part, gymnasium.spaces.Text)]
        self.shapes = [parts[name].shape for name in self.names]
        self.is_picture = len(self.names) == 1 and len(self.shapes[0]) == 3 and min(
            self.shapes[0][-2:]) >= 36
        self.shape = self.shapes[0] if self.is_picture else (
            sum(int(np.prod(shape)) for shape in self.shapes),)
        kind = torch.uint8 if self.is_picture else torch.float32
        self.host = torch.empty((env.num_envs, *self.shape), dtype=kind, pin_memory=device.type == "cuda")
        self.device = device

    def take(self, shown):
        if self.is_picture:
            self.host.numpy()[...] = shown
        else:
            rows = [shown] if self.names == [None] else [shown[name] for name in self.names]
            place = 0
            for row, shape in zip(rows, self.shapes):
                size = int(np.prod(shape))
                self.host.numpy()[:, place:place + size] = np.asarray(row).reshape(len(row), size)
                place += size
        return self.host.to(self.device, non_blocking=True)


def layer(module, scale=2**0.5):
    nn.init.orthogonal_(module.weight, scale)
    nn.init.zeros_(module.bias)
    return module


class Agent(nn.Module):
    """Actions are numbers, several numbers, or a point of a box."""

    def __init__(self, shape, is_picture, stack, action):
        super().__init__()
        self.is_picture = is_picture
        if is_picture:
            self.body = nn.Sequential(
                layer(nn.Conv2d(shape[0] * stack, 32, 8, 4)), nn.ReLU(),
                layer(nn.Conv2d(32, 64, 4, 2)), nn.ReLU(),
                layer(nn.Conv2d(64, 64, 3, 1)), nn.ReLU(), nn.Flatten(),
                nn.LazyLinear(512), nn.ReLU())
            width = 512
        else:
            self.body = nn.Sequential(
                layer(nn.Linear(shape[0], 64)), nn.Tanh(), layer(nn.Linear(64, 64)), nn.Tanh())
            width = 64
        self.counts = None
        if isinstance(action, gymnasium.spaces.Discrete):
            self.counts = [int(action.n)]
        elif isinstance(action, gymnasium.spaces.MultiDiscrete):
            self.counts = action.nvec.ravel().tolist()
        outputs = sum(self.counts) if self.counts else int(np.prod(action.shape))
        self.policy = layer(nn.Linear(width, outputs), 0.01)
        self.critic = layer(nn.Linear(width, 1), 1.0)
        self.spread = nn.Parameter(torch.zeros(outputs))

    def forward(self, seen):
        hidden = self.body(seen.float() / 255 if self.is_picture else seen)
        return self.policy(hidden).float(), self.critic(hidden).float().squeeze(-1)

    def judge(self, outputs, actions=None):
        """Actions (drawn where none are given), their log-probability and the entropy."""
        if self.counts is None:
            choice = torch.distributions.Normal(outputs, self.spread.exp().expand_as(outputs))
            actions = choice.sample() if actions is None else actions
            return actions, choice.log_prob(actions).sum(-1), choice.entropy().sum(-1)
        parts = [torch.distributions.Categorical(logits=part, validate_args=False)
                 for part in outputs.split(self.counts, -1)]
        if actions is None:
            actions = torch.stack([part.sample() for part in parts], -1)
        chances = sum(part.log_prob(actions[..., i]) for i, part in enumerate(parts))
        return actions, chances, sum(part.entropy() for part in parts)


def stack_of(frames, ages, times, rows, past):
    """Observations [n, (past + 1) * channels, height, width].

    - frames: [past + time, lane, channels, height, width], the newest of time t in row past + t.
    - ages: [time, lane], steps since the episode began: what lies before is black.
    """
    back = torch.arange(past, -1, -1, device=frames.device)
    pictures = frames[times[:, None] + past - back, rows[:, None]]
    is_there = back[None] <= ages[times, rows][:, None]
    return (pictures * is_there[..., None, None, None]).flatten(1, 2)


class Clock:
    """Where the time goes."""

    def __init__(self, device):
        self.device, self.spent, self.last = device, {}, time.perf_counter()

    def __call__(self, name):
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.spent[name] = self.spent.get(name, 0) + now - self.last
        self.last = now

    def __str__(self):
        whole = sum(self.spent.values())
        return " ".join(f"{name} {100 * spent / whole:.0f} %" for name, spent in self.spent.items())


def main(args):
    team = Team(args.device)
    device = team.device
    torch.manual_seed(args.seed)  # Weights begin as the same everywhere.
    env, stack = make(args, team.threads)
    seen = Observations(env, device)
    stack = stack if seen.is_picture else 1
    agent = Agent(seen.shape, seen.is_picture, stack, env.single_action_space).to(device)
    steps, lanes, past = args.num_steps, args.num_envs, stack - 1
    # Rows 0 ..< past are the last of the rollout before: what the first stacks reach back to.
    frames = torch.zeros((past + steps + 1, lanes, *seen.shape), dtype=seen.host.dtype, device=device)
    ages = torch.zeros((steps + 1, lanes), dtype=torch.long, device=device)

    def stacked(times, rows):
        return frames[times, rows] if stack == 1 else stack_of(frames, ages, times, rows, past)

    every = torch.arange(lanes, device=device)
    frames[past] = seen.take(env.reset(seed=args.seed + team.rank * lanes)[0])
    agent(stacked(torch.zeros_like(every), every))  # Makes the lazy layer.
    torch.manual_seed(args.seed + team.rank)
    on_gpu = device.type == "cuda"
    network = agent if args.no_compile or not on_gpu else torch.compile(agent, mode="reduce-overhead")
    narrow = torch.autocast("cuda", torch.bfloat16) if on_gpu else contextlib.nullcontext()
    optimiser = torch.optim.Adam(agent.parameters(), args.learning_rate, eps=1e-5, fused=on_gpu)
    width = len(agent.counts or agent.spread)
    kind = torch.long if agent.counts else torch.float32
    actions = torch.zeros((steps, lanes, width), dtype=kind, device=device)
    chances, values, rewards, ends = torch.zeros((4, steps + 1, lanes), device=device)
    low, high = (None, None) if agent.counts else (env.action_space.low, env.action_space.high)
    returns, total, began, clock = [], 0, time.perf_counter(), Clock(device)
    updates = max(1, args.total_steps // (steps * lanes * team.size))

    for update in range(updates):
        optimiser.param_groups[0]["lr"] = args.learning_rate * (1 - update / updates)
        for step in range(steps + 1):
            with torch.no_grad(), narrow:
                outputs, value = network(stacked(torch.full_like(every, step), every))
                values[step] = value
                if step == steps:
                    break
                actions[step], chances[step], _ = agent.judge(outputs)
            chosen = actions[step].cpu().numpy()
            clock("acting")
            if agent.counts is None:
                chosen = np.clip(chosen.reshape(env.action_space.shape), low, high)
            shown, reward, terminated, truncated, infos = env.step(chosen.reshape(env.action_space.shape))
            clock("environment")
            over = terminated | truncated
            begins = infos["_episode"] if "episode" in infos else np.zeros_like(over)
            frames[past + step + 1] = seen.take(shown)
            rewards[step], ends[step], is_new = torch.from_numpy(
                np.stack([reward, over, begins]).astype(np.float32)).to(device)
            ages[step + 1] = torch.where(is_new > 0, 0, ages[step] + 1)
            clock("transfer")
            if "episode" in infos:
                returns += infos["episode"]["r"][infos["_episode"]].ravel().tolist()
        advantages, last = torch.zeros((steps, lanes), device=device), 0
        for step in reversed(range(steps)):
            goes_on = 1 - ends[step]
            change = rewards[step] + args.gamma * values[step + 1] * goes_on - values[step]
            advantages[step] = last = change + args.gamma * args.gae_lambda * goes_on * last
        targets = (advantages + values[:steps]).flatten()
        gains, old = advantages.flatten(), chances[:steps].flatten()
        taken = actions.flatten(0, 1)
        for _ in range(args.epochs):
            for batch in torch.randperm(steps * lanes, device=device).chunk(args.minibatches):
                with narrow:
                    outputs, value = network(stacked(batch // lanes, batch % lanes))
                _, chance, entropy = agent.judge(outputs, taken[batch])
                ratio, gain = (chance - old[batch]).exp(), gains[batch]
                gain = (gain - gain.mean()) / (gain.std() + 1e-8)
                clipped = ratio.clamp(1 - args.clip, 1 + args.clip)
                loss = (-torch.min(ratio * gain, clipped * gain).mean() - args.entropy * entropy.mean()
                        + args.value * 0.5 * (value - targets[batch]).square().mean())
                optimiser.zero_grad()
                loss.backward()
                team.average(agent.parameters())
                nn.utils.clip_grad_norm_(agent.parameters(), args.max_norm)
                optimiser.step()
        frames[:past + 1] = frames[steps:].clone()
        ages[0] = ages[steps]
        clock("learning")
        total += steps * lanes * team.size
        seconds = time.perf_counter() - began
        mean = float(np.mean(returns[-100:])) if returns else float("nan")
        if team.rank == 0:
            print(f"{total:>10,} steps  {total / seconds:>9,.0f}/s  {seconds:6.1f} s  "
                  f"return {mean:8.2f}  loss {loss.item():8.4f}  {clock}", flush=True)
        if team.agrees((len(returns) >= 100 and mean >= args.stop_at) or seconds > 60 * args.minutes):
            break
    env.close()
    team.close()
    return returns


if __name__ == "__main__":
    main(parser.parse_args())
