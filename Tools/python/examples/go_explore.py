"""Go-Explore's first phase: return to a place that was reached, explore from there.

    python go_explore.py --id ALE/MontezumaRevenge-v5 --num-envs 256 --minutes 5

Ecoffet et al. 2021, "First return, then explore". Places are coarse pictures; returning is a snapshot that
a lane becomes again, so nothing is replayed.
"""
import argparse
import time

import numpy as np

import lockstep

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--id", default="Lockstep/Courier-v0")
parser.add_argument("--num-envs", type=int, default=64)
parser.add_argument("--steps", type=int, default=25, help="from a place on")
parser.add_argument("--rounds", type=int, default=1_000_000)
parser.add_argument("--minutes", type=float, default=1.0)
parser.add_argument("--most", type=int, default=20_000, help="places that are kept")
parser.add_argument("--repeat", type=float, default=0.95, help="chance that an action goes on")
parser.add_argument("--seed", type=int, default=0)


def places(shown):
    """A few bytes for each lane: 8 levels of an 8 x 11 picture, or rounded numbers."""
    if isinstance(shown, dict):
        rows = [np.asarray(part).reshape(len(part), -1) for part in shown.values()
                if isinstance(part, np.ndarray)]
        return [row.tobytes() for row in np.concatenate(rows, 1)]
    if shown.ndim >= 3 and shown.dtype == np.uint8 and min(shown.shape[-2:]) >= 22:
        newest = shown.reshape(len(shown), -1, *shown.shape[-2:])[:, -1].astype(np.float32)
        height, width = newest.shape[1] // 8, newest.shape[2] // 11
        cells = newest[:, :8 * height, :11 * width].reshape(-1, 8, height, 11, width).mean((2, 4))
        return [row.tobytes() for row in (cells / 32).astype(np.uint8)]
    return [row.tobytes() for row in np.round(shown.reshape(len(shown), -1), 1)]


def main(args):
    rng = np.random.default_rng(args.seed)
    row = next(row for row in lockstep.catalogue() if args.id in (row["id"], *row["names"]))
    settings = {"clip_rewards": False, "stack": 1} if row["family"] == "atari" else {}
    env = lockstep.make_vec(args.id, args.num_envs, autoreset="disabled", **settings)
    lanes = np.arange(args.num_envs)
    shown = env.reset(seed=args.seed)[0]
    # By place: its slot, best return, fewest steps, how often it was chosen.
    slots, returns, lengths, chosen = {}, [], [], []
    scores, ages = np.zeros(args.num_envs), np.zeros(args.num_envs, int)
    began, total = time.perf_counter(), 0

    def keep(are_alive):
        names = places(shown)
        new = {}
        for lane in np.flatnonzero(are_alive):
            slot = slots.get(names[lane])
            if slot is None and len(slots) < args.most:
                slot = slots[names[lane]] = len(returns)
                returns.append(-np.inf), lengths.append(0), chosen.append(0)
            if slot is not None and (scores[lane], -ages[lane]) > (returns[slot], -lengths[slot]):
                returns[slot], lengths[slot] = scores[lane], ages[lane]
                new[slot] = lane
        if new:
            env.snapshot(list(new.values()), list(new))

    keep(np.ones(args.num_envs, bool))
    for number in range(args.rounds):
        weights = 1 / np.sqrt(np.array(chosen) + 1.0)
        picked = rng.choice(len(returns), args.num_envs, p=weights / weights.sum())
        for slot in picked:
            chosen[slot] += 1
        env.restore(lanes, picked)
        scores, ages = np.array(returns)[picked], np.array(lengths)[picked]
        are_alive = np.ones(args.num_envs, bool)
        env.action_space.seed(int(rng.integers(2**31)))
        action = env.action_space.sample()
        for _ in range(args.steps):
            fresh = rng.random(args.num_envs) > args.repeat
            action = np.where(fresh.reshape(-1, *[1] * (action.ndim - 1)), env.action_space.sample(),
                              action)
            shown, rewards, terminated, truncated, _ = env.step(action)
            scores, ages = scores + rewards * are_alive, ages + are_alive
            are_alive &= ~(terminated | truncated)
            total += args.num_envs
            keep(are_alive)
        seconds = time.perf_counter() - began
        if number % 20 == 0 or seconds > 60 * args.minutes or number == args.rounds - 1:
            print(f"{total:>10,} steps  {total / seconds:>9,.0f}/s  {len(slots):>6} places  "
                  f"best return {max(returns):.1f}", flush=True)
        if seconds > 60 * args.minutes:
            break
    env.close()
    return len(slots), max(returns)


if __name__ == "__main__":
    main(parser.parse_args())
