"""TorchRL by Gymnasium's plain route: no code of ours is in between."""
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
torchrl = pytest.importorskip("torchrl", reason="torchrl is not installed")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("id", ["CartPole-v1", "Lockstep/Courier-v0"])
def test_rollout(id):
    from torchrl.envs import GymWrapper
    from torchrl.envs.utils import check_env_specs

    import lockstep

    env = GymWrapper(lockstep.make(id))
    check_env_specs(env)
    rollout = env.rollout(30)
    assert rollout["next", "reward"].shape[1:] == (1,)
    # What was given to a policy is what the step before had shown.
    key = next(key for key in ("observation", "pixels") if key in rollout.keys())
    for step in range(len(rollout) - 1):
        assert torch.equal(rollout[step]["next", key], rollout[step + 1][key])


@pytest.mark.filterwarnings("ignore")
def test_vector():
    from torchrl.envs import GymWrapper

    import lockstep

    env = GymWrapper(lockstep.make_vec("CartPole-v1", 4, autoreset="same-step"))
    rollout = env.rollout(20, break_when_any_done=False)
    assert rollout.shape == (4, 20)
