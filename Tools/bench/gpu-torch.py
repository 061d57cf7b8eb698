"""PyTorch's rates on this machine, a line of JSON each, as soon as there is one.

  gpu-torch.py [--seconds S] [--budget S] [--small]

The networks of `lockstep bench --learn`: updates with PPO's loss, Adam and clipped gradients, inference,
and DQN's update at batch 32 (target network, then an update), in bfloat16 (autocast, channels last), plain and
by `torch.compile` with CUDA graphs. --small: few samples and no compiling, to try the script without a card.
"""

import argparse
import json
import time

import torch
from torch import nn
from torch.nn import functional as F

arguments = argparse.ArgumentParser()
arguments.add_argument("--seconds", type=float, default=0.5)
arguments.add_argument("--budget", type=float, default=150)
arguments.add_argument("--small", action="store_true")
given = arguments.parse_args()
device = "cuda" if torch.cuda.is_available() else "cpu"
began = time.monotonic()
torch.backends.cuda.matmul.allow_tf32 = True
torch.backends.cudnn.allow_tf32 = True
torch.backends.cudnn.benchmark = True


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return x + self.second(F.relu(self.first(F.relu(x))))


def impala():
    layers, before = [], 4
    for width in (16, 32, 32):
        layers += [
            nn.Conv2d(before, width, 3, padding=1), nn.MaxPool2d(3, 2, padding=1),
            Residual(width), Residual(width)]
        before = width
    return nn.Sequential(*layers, nn.ReLU(), nn.Flatten(), nn.Linear(32 * 11 * 11, 256), nn.ReLU())


def nature_convolutions():
    return [
        nn.Conv2d(4, 32, 8, 4), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(),
        nn.Conv2d(64, 64, 3), nn.ReLU()]


class SoftMoE(nn.Module):
    """49 tokens of 64, four experts whose slots are as many in all, after Obando-Ceron et al. 2024."""

    def __init__(self, experts=4, tokens=49, width=64, hidden=512):
        super().__init__()
        slots = -(-tokens // experts)
        self.convolutions = nn.Sequential(*nature_convolutions())
        self.phi = nn.Parameter(torch.randn(width, experts * slots) * 0.1)
        self.first = nn.Parameter(torch.randn(experts, width, hidden) * 0.05)
        self.bias = nn.Parameter(torch.zeros(experts, 1, hidden))
        self.experts, self.slots = experts, slots
        self.out = hidden

    def forward(self, x):
        tokens = self.convolutions(x).flatten(2).transpose(1, 2)
        logits = tokens @ self.phi
        dispatch, combine = logits.softmax(1), logits.softmax(2)
        mixed = (dispatch.transpose(1, 2) @ tokens).unflatten(1, (self.experts, self.slots))
        answers = F.relu(torch.einsum("besw,ewh->besh", mixed, self.first) + self.bias)
        return (combine @ answers.flatten(1, 2)).mean(1)


class Network(nn.Module):
    def __init__(self, name):
        super().__init__()
        if name == "impala":
            self.body, width = impala(), 256
        elif name == "softmoe":
            self.body, width = SoftMoE(), 512
        else:
            self.body = nn.Sequential(
                *nature_convolutions(), nn.Flatten(), nn.Linear(3136, 512), nn.ReLU())
            width = 512
        self.heads = nn.Linear(width, 5)

    def forward(self, x):
        return self.heads(self.body(x.to(torch.float32) / 255))


def policy_loss(y, action, old, advantage, target):
    value, logits = y[:, 0], y[:, 1:].float()
    logarithms = logits.log_softmax(1)
    ratio = (logarithms.gather(1, action[:, None])[:, 0] - old).exp()
    cut = ratio.clamp(0.9, 1.1)
    entropy = -(logarithms.exp() * logarithms).sum(1)
    return (
        -torch.minimum(ratio * advantage, cut * advantage).mean()
        + 0.25 * (value - target).square().mean() - 0.01 * entropy.mean())


def rate(body):
    """Calls a second, after three that are not measured."""
    for _ in range(3):
        body()
    wait()
    start, count = time.monotonic(), 0
    while True:
        for _ in range(5):
            body()
        wait()
        count += 5
        passed = time.monotonic() - start
        if passed > given.seconds:
            return count / passed


def wait():
    if device == "cuda":
        torch.cuda.synchronize()


def measure(name, rows, compiled):
    network = Network(name).to(device).to(memory_format=torch.channels_last)
    target = Network(name).to(device).to(memory_format=torch.channels_last)
    adam = torch.optim.Adam(network.parameters(), eps=1e-5, fused=device == "cuda")
    pictures = torch.randint(0, 128, (rows, 4, 84, 84), dtype=torch.uint8, device=device)
    action = torch.randint(0, 4, (rows,), device=device)
    numbers = [torch.randn(rows, device=device) for _ in range(3)]

    def forward(network, x):
        with torch.autocast(device, torch.bfloat16):
            return network(x)

    def learn(loss):
        adam.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        adam.step()

    def losses(x):
        return policy_loss(forward(network, x).float(), action, *numbers)

    def values(x):
        with torch.no_grad():
            wanted = forward(target, x).float().max(1).values
        chosen = forward(network, x).float().gather(1, action[:, None])[:, 0]
        return F.smooth_l1_loss(chosen, wanted)

    def see(x):
        with torch.no_grad():
            return forward(network, x)

    if compiled:
        mode = "reduce-overhead"
        losses, values, see = (torch.compile(f, mode=mode) for f in (losses, values, see))
    report = {
        "tool": "torch", "version": torch.__version__, "net": name, "batch": rows,
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "compiled": compiled,
        "samples_per_s": round(rows * rate(lambda: learn(losses(pictures)))),
        "inference_per_s": round(rows * rate(lambda: see(pictures)))}
    if rows <= 256:
        report["dqn_update_us"] = round(1e6 / rate(lambda: learn(values(pictures))), 1)
    print(json.dumps(report), flush=True)


cases = [("nature", 4096), ("nature", 32), ("impala", 1024), ("softmoe", 256), ("nature", 256)]
if given.small:
    cases = [("nature", 2), ("impala", 1), ("softmoe", 1)]
for compiled in (False,) if given.small else (False, True):
    for name, rows in cases:
        if time.monotonic() - began > given.budget:
            break
        try:
            measure(name, rows, compiled)
        except Exception as error:  # what fails does not stop the others
            print(json.dumps({"net": name, "batch": rows, "compiled": compiled,
                              "error": str(error)[:200]}), flush=True)
