"""`lockstep.sb3` in Stable-Baselines3."""
import warnings

import numpy as np
import pytest

import lockstep

sb3 = pytest.importorskip("stable_baselines3", reason="Stable-Baselines3 is not installed")
from stable_baselines3.common.env_checker import check_env  # noqa: E402
from stable_baselines3.common.evaluation import evaluate_policy  # noqa: E402
from stable_baselines3.common.monitor import Monitor  # noqa: E402
from stable_baselines3.common.vec_env import VecMonitor  # noqa: E402

from lockstep.sb3 import VecEnv  # noqa: E402

FAMILIES = ["CartPole-v1", "Pendulum-v1", "MinAtar/Breakout-v1", "Lockstep/Courier-v0"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("id", FAMILIES)
def test_check_env(id):
    check_env(lockstep.make(id))


@pytest.mark.parametrize("id", FAMILIES + ["MiniGrid-Empty-5x5-v0"])
def test_same_steps(id):
    ours, native = VecEnv(id, 4), lockstep.make_vec(id, 4, autoreset="same-step")
    ours.seed(7)
    seen, expected = ours.reset(), native.reset(seed=7)[0]
    native.action_space.seed(0)
    flagged = 0
    for _ in range(300):
        if isinstance(seen, dict):
            assert set(seen) == set(ours.observation_space.spaces)
            assert all(np.array_equal(seen[name], expected[name]) for name in seen)
        else:
            assert np.array_equal(seen, expected)
        action = native.action_space.sample()
        seen, rewards, dones, rows = ours.step(action)
        expected, wanted, terminated, truncated, infos = native.step(action)
        assert rewards.dtype == np.float32 and np.array_equal(rewards, wanted.astype(np.float32))
        assert np.array_equal(dones, terminated | truncated)
        for lane in np.flatnonzero(dones):
            flagged += 1
            last = rows[lane]["terminal_observation"]
            if not isinstance(last, dict):
                assert np.array_equal(last, infos["final_obs"][lane])
            assert rows[lane]["TimeLimit.truncated"] == (truncated[lane] and not terminated[lane])
            assert rows[lane]["episode"]["l"] == infos["episode"]["l"][lane]
    assert flagged


def test_ppo():
    model = sb3.PPO("MlpPolicy", VecEnv("CartPole-v1", 8), n_steps=32, batch_size=64, seed=1, device="cpu")
    model.learn(512)
    assert len(model.ep_info_buffer) > 0


def test_ppo_pictures():
    env = VecEnv("Lockstep/Courier-v0", 4)
    sb3.PPO("CnnPolicy", env, n_steps=8, batch_size=16, n_epochs=1, device="cpu").learn(32)


def test_dqn():
    model = sb3.DQN("MlpPolicy", VecEnv("CartPole-v1", 4), learning_starts=64, buffer_size=1000, seed=1,
                    device="cpu")
    model.learn(256)
    assert model.predict(model.env.reset(), deterministic=True)[0].shape == (4,)


def test_evaluate_policy():
    """Counts whole games and their scores, as with a monitor: not lives, nor what was clipped."""
    games = []

    class Watched(VecEnv):
        def step_wait(self):
            *shown, rows = super().step_wait()
            games.extend((row["episode"]["r"], row["episode"]["l"]) for row in rows if "episode" in row)
            return *shown, rows

    class Still:
        def predict(self, observations, **_):
            return np.zeros(len(observations), int), None

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        returns, lengths = evaluate_policy(
            Still(), Watched("Lockstep/Courier-v0", 1, frame_limit=120), n_eval_episodes=3,
            return_episode_rewards=True)
    assert list(zip(returns, lengths)) == games and len(games) == 3
    env = VecEnv("CartPole-v1", 2)
    assert env.env_is_wrapped(Monitor, [1]) == [True] and env.env_is_wrapped(VecMonitor) == [False] * 2
    assert VecEnv("CartPole-v1", 1, statistics=False).env_is_wrapped(Monitor) == [False]


def test_metadata():
    env = VecEnv("CartPole-v1", 2, render_mode="rgb_array")
    assert env.metadata["render_fps"] == 50 and env.get_attr("metadata")[0] == env.metadata


def test_refused():
    with pytest.raises(lockstep.Error):
        VecEnv("CartPole-v1", 4, autoreset="disabled")
