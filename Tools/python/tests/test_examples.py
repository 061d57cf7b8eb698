"""Every example runs, for a few seconds on the processor."""
import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

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
}
OTHERS = [("ppo_torch", "Pendulum-v1"), ("ppo_torch", "MiniGrid-Empty-5x5-v0"),
          ("ppo_torch", "MinAtar/Breakout-v1"), ("dqn_torch", "CartPole-v1"),
          ("go_explore", "MiniGrid-DoorKey-5x5-v0"), ("go_explore", "CartPole-v1")]


@pytest.mark.parametrize("name, id", [(name, None) for name in RUNS] + OTHERS)
def test_runs(name, id):
    package, arguments, wanted = RUNS[name]
    if package and importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    path = os.pathsep.join([str(EXAMPLES.parent), *sys.path])
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments, *(["--id", id] if id else [])],
        capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"})
    assert done.returncode == 0, done.stderr
    assert wanted in done.stdout and "nan" not in done.stdout.lower().replace("return      nan", ""), (
        done.stdout)


def test_all_are_run():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(RUNS)
