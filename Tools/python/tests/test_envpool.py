"""`lockstep.envpool` against EnvPool, and by itself."""
import gymnasium
import numpy as np
import pytest
from conftest import STEPS, assert_same

import lockstep
from lockstep import envpool

GAMES = "Pong Breakout Seaquest SpaceInvaders MsPacman Qbert".split()


def plain(value):
    """Named tuples, which are of another class in every package, as dictionaries."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {"": type(value).__name__} | {
            name: plain(part) for name, part in zip(value._fields, value)}
    if isinstance(value, tuple):
        return tuple(plain(part) for part in value)
    return {key: plain(part) for key, part in value.items()} if isinstance(value, dict) else value


def arguments(rng):
    return dict(
        stack_num=int(rng.integers(1, 5)), frame_skip=int(rng.integers(1, 6)),
        noop_max=int(rng.choice([1, 5, 30])), zero_discount_on_life_loss=bool(rng.integers(2)),
        episodic_life=bool(rng.integers(2)), reward_clip=bool(rng.integers(2)),
        use_fire_reset=bool(rng.integers(2)), img_height=int(rng.choice([84, 100])),
        img_width=int(rng.choice([84, 160])), full_action_space=bool(rng.integers(2)),
        repeat_action_probability=float(rng.choice([0, 0.25])), gray_scale=bool(rng.integers(2)),
        max_episode_steps=int(rng.choice([27000, 20])), env_seed=rng.integers(2**31, size=3).tolist())


def test_ids():
    theirs = pytest.importorskip("envpool.atari.registration", reason="EnvPool is not installed")
    games = {"".join(map(str.capitalize, game.split("_"))) for game in theirs.atari_game_list}
    assert len(games) == 104
    assert {f"{game}-v5" for game in games} <= set(envpool.list_all_envs())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("env_type", ["gymnasium", "dm"])
@pytest.mark.parametrize("game", GAMES)
def test_equals_envpool(game, env_type, rng):
    theirs = pytest.importorskip("envpool", reason="EnvPool is not installed")
    given = arguments(rng) if rng.integers(3) else {"seed": int(rng.integers(2**30))}
    one, other = (package.make(f"{game}-v5", env_type, num_envs=3, **given)
                  for package in (envpool, theirs))
    configs = [{k: v for k, v in env.config.items() if k != "base_path"} for env in (one, other)]
    assert_same(*configs)
    for name in ("state_array_spec", "action_array_spec"):
        assert_same(*({k: repr(v) for k, v in getattr(env.spec, name).items()} for env in (one, other)))
    if env_type == "dm":
        assert repr(one.observation_spec()) == repr(other.observation_spec())
        assert repr(one.action_spec()) == repr(other.action_spec())
    else:
        assert one.observation_space == other.observation_space
        assert one.action_space == other.action_space
    assert type(one).__name__ == type(other).__name__
    assert_same(plain(one.reset()), plain(other.reset()), given)
    actions = other.spec.action_array_spec["action"].maximum + 1
    for step in range(STEPS):
        action = rng.integers(actions, size=3)
        a, b = one, other
        if step % 20 == 19:
            ids = rng.permutation(3)[:2].astype(np.int32)
            calls = (env.reset(ids) if step % 40 == 19 else env.step(action[ids], ids) for env in (a, b))
        else:
            calls = (env.step(action) for env in (a, b))
        assert_same(*map(plain, calls), (given, step))


@pytest.mark.parametrize("id", ["Pong-v5", "CartPole-v1", "MiniGrid-DoorKey-5x5-v0"])
def test_some_at_a_time(id):
    whole = envpool.make_gymnasium(id, num_envs=6, seed=3)
    parts = envpool.make_gymnasium(id, num_envs=6, batch_size=4, seed=3)
    assert parts.is_async and not whole.is_async
    first = whole.reset()
    history = [[first[0]]] + [[whole.step(np.ones(6, int))[0]] for _ in range(9)]
    moved = np.zeros(6, int)
    parts.async_reset()
    for _ in range(9):
        observations, rewards, terminated, truncated, info = parts.recv()
        assert rewards.shape == (4,) and rewards.dtype == np.float32
        assert np.array_equal(info["elapsed_step"], moved[info["env_id"]])
        for row, lane in enumerate(info["env_id"]):
            expected = history[moved[lane]][0]
            pairs = ([(observations, expected)] if not isinstance(expected, dict)
                     else [(observations[key], expected[key]) for key in expected])
            assert all(np.array_equal(seen[row], wanted[lane]) for seen, wanted in pairs)
            moved[lane] += 1
        parts.send(np.ones(4, int), info["env_id"])
    assert moved.sum() == 36 and moved.min() >= 5


@pytest.mark.parametrize("id", ["CartPole-v1", "Pendulum-v1", "MinAtar/Breakout-v1",
                                "BabyAI-GoToObj-v0", "Lockstep/Courier-v0"])
def test_other_families(id):
    if id not in envpool.list_all_envs():
        id = f"Lockstep/{id}".replace("MinAtar/", "MinAtar-")
    env = envpool.make(id, "gym", num_envs=4, max_episode_steps=7)
    seen, info = env.reset()
    wanted = env.spec.action_array_spec["action"].dtype
    assert env.spec.config.max_episode_steps == 7 and len(env) == 4
    for step in range(1, 20):
        env.action_space.seed(step)
        action = np.stack([env.action_space.sample() for _ in range(4)])
        seen, rewards, terminated, truncated, info = env.step({"action": action.astype(wanted)})
        for lane in range(4):
            row = {k: v[lane] for k, v in seen.items()} if isinstance(seen, dict) else seen[lane]
            space = env.observation_space
            if isinstance(space, gymnasium.spaces.Dict):
                assert all(space[k].contains(v) for k, v in row.items()), id
            else:
                assert space.contains(row)
        assert list(info)[:2] == ["env_id", "players"] and list(info)[-1] == "elapsed_step"
        assert not (terminated & truncated).any() and info["elapsed_step"].max() <= 7


@pytest.mark.parametrize("id", ["MiniGrid-DoorKey-5x5-v0", "BabyAI-GoToRedBallNoDists-v0"])
@pytest.mark.parametrize("env_type", ["gymnasium", "dm"])
def test_missions_are_texts(id, env_type):
    """Of so many bytes as EnvPool's; positions of agents and numbers of missions are not there."""
    theirs = pytest.importorskip("envpool", reason="EnvPool is not installed")
    one, other = (package.make(id, env_type, num_envs=2) for package in (envpool, theirs))
    names = [name for name in one.spec.state_array_spec if name.startswith("obs")]
    assert names == [name for name in other.spec.state_array_spec if name.startswith("obs")]
    for name in names:
        a, b = (repr(env.spec.state_array_spec[name]) for env in (one, other))
        assert a == b
    if env_type == "gymnasium":
        assert one.observation_space == other.observation_space
        shown, expected = one.reset()[0], other.reset()[0]
    else:
        shown, expected = (plain(env.reset().observation) for env in (one, other))
        shown, expected = ({key: state[key] for key in ("direction", "image", "mission")}
                           for state in (shown, expected))
    assert [(key, rows.dtype, rows.shape) for key, rows in shown.items()] == [
        (key, rows.dtype, rows.shape) for key, rows in expected.items()]
    assert np.array_equal(shown["mission"], expected["mission"])


@pytest.mark.parametrize("error, call", [
    (AssertionError, lambda: envpool.make("Nothing-v0", "gym")),
    (AssertionError, lambda: envpool.make("Pong-v5", "gymnast")),
    (AssertionError, lambda: envpool.make("Pong-v5", "gym", num_envs=2, batch_size=3)),
    (AssertionError, lambda: envpool.make("Pong-v5", "gym", seed=2**31)),
    (AssertionError, lambda: envpool.make("Pong-v5", "gym", num_envs=3, seed=[1, 2])),
    (TypeError, lambda: envpool.make("Pong-v5", "gym", nothing=3)),
    (lockstep.Error, lambda: envpool.make("CartPole-v1", "gym", num_envs=2).step(np.zeros(2, int))),
    (RuntimeError, lambda: begun().step(np.zeros(3, int))),
    (lockstep.Error, lambda: begun().step(np.array([0, 9]))),
    (lockstep.Error, lambda: begun().step(np.zeros(2, int), np.array([0, 0]))),
    (lockstep.Error, lambda: begun().step(np.zeros(2, int), np.array([0, 7]))),
    (lockstep.Error, lambda: begun().recv()),
    (ValueError, lambda: begun().reset(options={"reset_mask": [False, False]})),
    (RuntimeError, lambda: begun().render()),
    (RuntimeError, lambda: begun().step({"action": np.zeros(2, np.int64)})),
    (KeyError, lambda: begun().step({"acting": np.zeros(2, np.int32)})),
])
def test_refused(error, call):
    with pytest.raises(error):
        call()


def begun():
    env = envpool.make("CartPole-v1", "gym", num_envs=2)
    env.reset()
    return env


def test_render():
    env = envpool.make("CartPole-v1", "gym", num_envs=2, render_mode="rgb_array")
    env.reset()
    assert env.render(env_ids=[1, 0]).shape[0] == 2 and env.render().shape[-1] == 3


def test_xla():
    jax = pytest.importorskip("jax", reason="jax is not installed")
    with_xla, plain_one = (envpool.make("CartPole-v1", "gym", num_envs=3, seed=1) for _ in range(2))
    assert np.array_equal(with_xla.reset()[0], plain_one.reset()[0])
    handle, recv, send, step = with_xla.xla()
    step = jax.jit(step)
    for number in range(8):
        action = np.full(3, number % 2)
        handle, result = step(handle, action)
        expected = plain_one.step(action)
        assert np.array_equal(result[0], expected[0]) and np.array_equal(result[1], expected[1])
        assert np.array_equal(result[4]["elapsed_step"], expected[4]["elapsed_step"])


def test_classic():
    from lockstep.envpool import classic

    old, new = classic.make("CartPole-v1", "gym", num_envs=2, seed=4, max_episode_steps=9), envpool.make(
        "CartPole-v1", "gym", num_envs=2, seed=4, max_episode_steps=9)
    assert np.array_equal(old.reset(), new.reset()[0])
    cut = 0
    for step in range(30):
        shown, rewards, done, info = old.step(np.array([step % 2, 0]))
        expected = new.step(np.array([step % 2, 0]))
        assert np.array_equal(shown, expected[0]) and np.array_equal(rewards, expected[1])
        assert np.array_equal(done, expected[2] | expected[3])
        assert np.array_equal(info["TimeLimit.truncated"], expected[3])
        cut += expected[3].sum()
    assert cut
