"""Parts of the lanes that step in turn: one while an agent looks at the other.

    env = Turns("ALE/Pong-v5", 1024)
    shown = [observations for observations, _ in env.reset(seed=0)]
    env.send(0, act(shown[0]))
    while True:
        env.send(1, act(shown[1]))            # part 0 steps while the network looks at part 1,
        shown[0], *_ = env.recv(0)
        env.send(0, act(shown[0]))            # and the other way round.
        shown[1], *_ = env.recv(1)
"""
from .errors import ArgumentError
from .vector import LockstepVectorEnv


class Turns:
    """`num_envs` lanes in parts of equal size, each a vector environment that can be sent and received by
    itself. Lane i of all gets seed + i, wherever it lies."""

    def __init__(self, id, num_envs, parts=2, **settings):
        if parts < 1 or num_envs % parts:
            raise ArgumentError(f"{num_envs} lanes are not {parts} equal parts")
        self.num_envs = num_envs
        self.parts = [LockstepVectorEnv(id, num_envs // parts, **settings) for _ in range(parts)]
        first = self.parts[0]
        self.single_observation_space = first.single_observation_space
        self.single_action_space = first.single_action_space

    def reset(self, seed=None):
        """(observations, infos) of every part."""
        size = self.parts[0].num_envs
        return [part.reset(seed=None if seed is None else seed + size * index)
                for index, part in enumerate(self.parts)]

    def send(self, part, actions):
        """Starts a step of a part and comes back at once."""
        self.parts[part].send(actions)

    def recv(self, part):
        """What the step of the part gives: observations, rewards, terminated, truncated, info."""
        return self.parts[part].recv()

    def close(self):
        for part in self.parts:
            part.close()
