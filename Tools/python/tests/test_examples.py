"""Every example runs, for a few seconds on the processor."""
import importlib.util
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import lockstep

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"
RUNS = {
    "random_rollout": ("", ["--seconds", "0.5", "--num-envs", "64"], "steps/s"),
    "ppo_torch": ("torch", ["--num-envs", "4", "--num-steps", "8", "--total-steps", "64",
                            "--minibatches", "2", "--epochs", "1", "--device", "cpu"], "return"),
    "dqn_torch": ("torch", ["--num-envs", "4", "--total-steps", "64", "--begin-at", "32", "--capacity",
                            "48", "--batch-size", "8", "--device", "cpu"], "updates"),
    "ppo_jax": ("jax", ["--num-envs", "8", "--num-steps", "16", "--total-steps", "256"], "return"),
    "go_explore": ("", ["--num-envs", "8", "--rounds", "3"], "places"),
    "ray_actors": ("ray", ["--num-envs", "8", "--num-steps", "16", "--rounds", "2"], "2 workers"),
    "rllib_ppo": ("ray torch tree", ["--num-envs", "4", "--num-steps", "16", "--rounds", "2"],
                  "with learning"),
}
OTHERS = [("ppo_torch", "Pendulum-v1"), ("ppo_torch", "MiniGrid-Empty-5x5-v0"),
          ("ppo_torch", "MinAtar/Breakout-v1"), ("dqn_torch", "CartPole-v1"),
          ("go_explore", "MiniGrid-DoorKey-5x5-v0"), ("go_explore", "CartPole-v1")]


@pytest.mark.parametrize("name, id", [(name, None) for name in RUNS] + OTHERS)
def test_runs(name, id):
    package, arguments, wanted = RUNS[name]
    for needed in package.split():
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    path = os.pathsep.join([str(EXAMPLES.parent), *sys.path])
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments, *(["--id", id] if id else [])],
        capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"})
    assert done.returncode == 0, done.stderr
    assert wanted in done.stdout and "nan" not in done.stdout.lower().replace("return      nan", ""), (
        done.stdout)


def test_torchrun():
    """Two processes: one tells of the steps that both make."""
    pytest.importorskip("torch", reason="torch is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone",
         str(EXAMPLES / "ppo_torch.py"), "--id", "CartPole-v1", "--num-envs", "4", "--num-steps", "16",
         "--total-steps", "384", "--minibatches", "2", "--device", "cpu"],
        capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(EXAMPLES.parent), *sys.path]),
             "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["128", "256", "384"]


def example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_stacks_made_on_the_device():
    """Out of newest pictures come the stacks that the environment itself would have shown."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    ppo, dqn = example("ppo_torch"), example("dqn_torch")
    settings = dict(autoreset="same-step", life_loss_info=True, image_size="8x8", frame_skip="64",
                    frame_limit=1500)
    whole, newest = (lockstep.make_vec("Lockstep/Courier-v0", 3, stack=n, **settings) for n in (4, 1))
    steps, lanes = 60, torch.arange(3)
    frames, ages = torch.zeros((3 + steps + 1, 3, 1, 8, 8), dtype=torch.uint8), torch.zeros(
        (steps + 1, 3), dtype=torch.long)
    replay = dqn.Replay(20, 3, (1, 8, 8), torch.uint8, 4, torch.device("cpu"))
    expected = whole.reset(seed=1)[0]
    replay.frames[0] = frames[3] = torch.from_numpy(newest.reset(seed=1)[0])
    ended = 0
    for step in range(steps):
        for shown in (ppo.stack_of(frames, ages, torch.full((3,), step), lanes, 3),
                      replay.stacked(torch.full((3,), replay.now), lanes)):
            assert np.array_equal(shown.numpy().reshape(expected.shape), expected), step
        action = np.array([step // 7 % 3, 1, 2])
        expected = whole.step(action)[0]
        shown, rewards, terminated, truncated, infos = newest.step(action)
        begins = torch.from_numpy(np.array(infos.get("_episode", np.zeros(3, bool))))
        ended += int(begins.sum())
        frames[3 + step + 1] = torch.from_numpy(shown)
        ages[step + 1] = torch.where(begins, 0, ages[step] + 1)
        replay.add(torch.from_numpy(action), torch.zeros(3), torch.zeros(3), begins,
                   torch.from_numpy(shown))
    assert ended


def test_all_are_run():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(RUNS)
