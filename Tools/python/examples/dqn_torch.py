"""Double DQN in one file, after CleanRL: any environment of Lockstep whose actions are numbers.

    python dqn_torch.py --id ALE/Breakout-v5 --num-envs 32 --total-steps 10_000_000

The replay keeps every picture once, on the device; stacks are made when they are drawn.
"""
import argparse
import time

import gymnasium
import numpy as np
import torch
from torch import nn

import lockstep

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--id", default="Lockstep/Courier-v0")
parser.add_argument("--num-envs", type=int, default=16)
parser.add_argument("--total-steps", type=int, default=1_000_000)
parser.add_argument("--minutes", type=float, default=float("inf"))
parser.add_argument("--capacity", type=int, default=100_000, help="steps that the replay keeps")
parser.add_argument("--begin-at", type=int, default=10_000, help="steps before learning")
parser.add_argument("--batch-size", type=int, default=128)
parser.add_argument("--period", type=int, default=4, help="steps of all environments an update")
parser.add_argument("--target-period", type=int, default=500, help="updates")
parser.add_argument("--learning-rate", type=float, default=1e-4)
parser.add_argument("--gamma", type=float, default=0.99)
parser.add_argument("--explore", type=float, default=0.1, help="share of the steps that epsilon falls")
parser.add_argument("--epsilon", type=float, default=0.01)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
STACK = 4


class Replay:
    """A ring of the last steps of every lane, on the device.

    Row t holds what was shown, then the action taken on it, and what that gave: reward, whether the
    episode ended, whether it was cut off.
    """

    def __init__(self, rows, lanes, shape, kind, stack, device):
        self.rows, self.lanes, self.stack, self.device = rows, lanes, stack, device
        self.frames = torch.zeros((rows, lanes, *shape), dtype=kind, device=device)
        self.ages = torch.zeros((rows, lanes), dtype=torch.long, device=device)
        self.actions = torch.zeros((rows, lanes), dtype=torch.long, device=device)
        self.rewards, self.ends = torch.zeros((2, rows, lanes), device=device)
        self.now, self.filled = 0, 1

    def add(self, actions, rewards, over, begins, frames):
        self.actions[self.now], self.rewards[self.now], self.ends[self.now] = actions, rewards, over
        ages = torch.where(begins, 0, self.ages[self.now] + 1)
        self.now = (self.now + 1) % self.rows
        self.filled = min(self.filled + 1, self.rows)
        self.frames[self.now], self.ages[self.now] = frames, ages

    def stacked(self, times, lanes):
        if self.stack == 1:
            return self.frames[times, lanes]
        back = torch.arange(self.stack - 1, -1, -1, device=self.device)
        pictures = self.frames[(times[:, None] - back) % self.rows, lanes[:, None]]
        is_there = back[None] <= self.ages[times, lanes][:, None]
        return (pictures * is_there[..., None, None, None]).flatten(1, 2)

    def draw(self, count):
        """Observations, actions, rewards, ends, next observations."""
        # The oldest rows' stacks reach back to what has been written over.
        usable = self.filled - self.stack - 1
        times = (self.now - 1 - torch.randint(usable, (count,), device=self.device)) % self.rows
        lanes = torch.randint(self.lanes, (count,), device=self.device)
        return (self.stacked(times, lanes), self.actions[times, lanes], self.rewards[times, lanes],
                self.ends[times, lanes], self.stacked((times + 1) % self.rows, lanes))


class Network(nn.Module):
    def __init__(self, shape, stack, actions):
        super().__init__()
        self.is_picture = len(shape) == 3 and min(shape[-2:]) >= 36
        if self.is_picture:
            self.body = nn.Sequential(
                nn.Conv2d(shape[0] * stack, 32, 8, 4), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(),
                nn.Conv2d(64, 64, 3, 1), nn.ReLU(), nn.Flatten(), nn.LazyLinear(512), nn.ReLU(),
                nn.Linear(512, actions))
        else:
            self.body = nn.Sequential(
                nn.Flatten(), nn.Linear(int(np.prod(shape)), 120), nn.ReLU(), nn.Linear(120, 84),
                nn.ReLU(), nn.Linear(84, actions))

    def forward(self, seen):
        return self.body(seen.float() / 255 if self.is_picture else seen.float())


def main(args):
    device = torch.device(args.device)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    row = next(row for row in lockstep.catalogue() if args.id in (row["id"], *row["names"]))
    is_atari = row["family"] == "atari"
    env = lockstep.make_vec(args.id, args.num_envs, autoreset="same-step", **(
        # A lost life is an end to learn from, but the game goes on.
        {"stack": 1, "life_loss_info": True} if is_atari else {}))
    space = env.single_observation_space
    if not isinstance(env.single_action_space, gymnasium.spaces.Discrete) or not isinstance(
            space, gymnasium.spaces.Box):
        raise SystemExit(f"{args.id}: DQN wants actions that are numbers and one array to look at")
    actions, stack = int(env.single_action_space.n), STACK if is_atari else 1
    kind = torch.uint8 if space.dtype == np.uint8 else torch.float32
    replay = Replay(max(args.capacity // args.num_envs, stack + 3), args.num_envs, space.shape, kind,
                    stack, device)
    every = torch.arange(args.num_envs, device=device)
    replay.frames[0] = torch.from_numpy(env.reset(seed=args.seed)[0]).to(device, kind)
    online, target = (Network(space.shape, stack, actions).to(device) for _ in range(2))
    for network in (online, target):
        network(replay.stacked(torch.zeros_like(every), every))
    target.load_state_dict(online.state_dict())
    optimiser = torch.optim.Adam(online.parameters(), args.learning_rate)
    returns, updates, loss, began = [], 0, torch.tensor(float("nan")), time.perf_counter()
    shown_at = 0.0
    for step in range(1, args.total_steps // args.num_envs + 1):
        total = step * args.num_envs
        share = min(1.0, total / (args.explore * args.total_steps))
        epsilon = 1 + share * (args.epsilon - 1)
        with torch.no_grad():
            best = online(replay.stacked(torch.full_like(every, replay.now), every)).argmax(1)
        chosen = np.where(rng.random(args.num_envs) < epsilon, rng.integers(actions, size=args.num_envs),
                          best.cpu().numpy())
        shown, rewards, terminated, truncated, infos = env.step(chosen)
        over = terminated | truncated
        begins = infos["_episode"] if "episode" in infos else np.zeros_like(over)
        # An episode that is cut off counts as ended: its last picture is not kept.
        replay.add(*(torch.from_numpy(np.array(x)).to(device) for x in (
            chosen, rewards.astype(np.float32), over.astype(np.float32), begins)),
            torch.from_numpy(shown).to(device, kind))
        if "episode" in infos:
            returns += infos["episode"]["r"][infos["_episode"]].ravel().tolist()
        if total >= args.begin_at and step % args.period == 0:
            seen, taken, gained, ended, following = replay.draw(args.batch_size)
            with torch.no_grad():
                then = target(following).gather(1, online(following).argmax(1, keepdim=True)).squeeze(1)
                wanted = gained + args.gamma * (1 - ended) * then
            loss = nn.functional.smooth_l1_loss(online(seen).gather(1, taken[:, None]).squeeze(1), wanted)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            updates += 1
            if updates % args.target_period == 0:
                target.load_state_dict(online.state_dict())
        seconds = time.perf_counter() - began
        if seconds - shown_at > 5 or step == args.total_steps // args.num_envs:
            shown_at = seconds
            mean = np.mean(returns[-100:]) if returns else float("nan")
            print(f"{total:>10,} steps  {total / seconds:>9,.0f}/s  {updates:>7} updates  "
                  f"return {mean:8.2f}  loss {loss.item():8.4f}", flush=True)
        if seconds > 60 * args.minutes:
            break
    env.close()
    return returns


if __name__ == "__main__":
    main(parser.parse_args())
