"""Networks as PyTorch has them, over weights in our layout.

Dense weights are [inputs, units], those of convolutions [row * column * channel, filters], pictures
[height, width, channels].
"""

import json
import struct

import numpy
import torch
from torch.nn import functional

ROWS = 3


def numbers(tensor, shape, scale):
    """24-bit fractions in -0.5...0.5 times a power of two: the same numbers in every language."""
    count = int(numpy.prod(shape))
    words = (numpy.arange(count, dtype=numpy.uint64) * 2654435761 + (tensor + 1) * 2246822519) % 2**32
    words = ((words ^ (words >> 15)) * 2246822519) % 2**32
    words = ((words ^ (words >> 13)) * 3266489917) % 2**32
    return (((words >> 8) / 2.0**24 - 0.5) * scale).reshape(shape)


class Weights:
    """Asked for by name in the order of our layout."""

    def __init__(self):
        self.tensors = {}

    def __call__(self, name, *shape):
        if name not in self.tensors:
            lines = shape[-2] if len(shape) > 1 else 16
            scale = 2.0 ** (2 - round(numpy.log2(lines) / 2))
            value = torch.tensor(numbers(len(self.tensors), shape, scale), dtype=torch.float64)
            self.tensors[name] = value.requires_grad_()
        return self.tensors[name]


def dense(w, name, x, units, bias=True):
    y = x @ w(name + ".weight", x.shape[-1], units)
    return y + w(name + ".bias", units) if bias else y


def each(w, name, x, units):
    """[rows, groups, lines, width]"""
    weight = w(name + ".weight", x.shape[1], x.shape[-1], units)
    return x @ weight + w(name + ".bias", x.shape[1], units)[:, None]


def padding(x, kernel, stride, same):
    """TensorFlow's: the odd zero comes last."""
    if not same:
        return x
    sides = []
    for size in (x.shape[2], x.shape[1]):
        whole = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        sides += [whole // 2, whole - whole // 2]
    return sides


def conv(w, name, x, filters, kernel, stride=1, same=False):
    weight = w(name + ".weight", kernel * kernel * x.shape[-1], filters)
    weight = weight.reshape(kernel, kernel, x.shape[-1], filters).permute(3, 2, 0, 1)
    planes = x.permute(0, 3, 1, 2)
    if same:
        planes = functional.pad(planes, padding(x, kernel, stride, True))
    y = functional.conv2d(planes, weight, w(name + ".bias", filters), stride)
    return y.permute(0, 2, 3, 1)


def pool(x, kernel, stride, kind):
    planes = x.permute(0, 3, 1, 2)
    if kind == "most":
        planes = functional.pad(planes, padding(x, kernel, stride, True), value=-torch.inf)
        y = functional.max_pool2d(planes, kernel, stride)
    else:
        y = functional.avg_pool2d(planes, kernel, stride)
    return y.permute(0, 2, 3, 1)


def nature(w, x, same=False):
    x = conv(w, "conv1", x, 32, 8, 4, same).relu()
    x = conv(w, "conv2", x, 64, 4, 2, same).relu()
    return conv(w, "conv3", x, 64, 3, 1, same).relu()


def impala(w, x):
    layer = 0

    def next_conv(x, filters):
        nonlocal layer
        layer += 1
        return conv(w, f"conv{layer}", x, filters, 3, 1, True)

    def residual(x):
        return x + next_conv(next_conv(x.relu(), x.shape[-1]).relu(), x.shape[-1])

    for filters in (16, 32, 32):
        x = residual(residual(pool(next_conv(x, filters), 3, 2, "most")))
    return x.relu()


def expert(w, x, hidden):
    inner = each(w, "moe/expert1", x, hidden).relu()
    return each(w, "moe/expert2", inner, x.shape[-1])


def soft_moe(w, x, experts, slots, hidden):
    logits = x @ w("moe/router.weight", x.shape[-1], experts * slots)
    mixed = logits.softmax(1).transpose(1, 2) @ x
    mixed = mixed.reshape(len(x), experts, slots, x.shape[-1])
    answers = expert(w, mixed, hidden).reshape(len(x), experts * slots, x.shape[-1])
    return logits.softmax(2) @ answers


def top_moe(w, x, experts, places, hidden):
    gates = (x @ w("moe/router.weight", x.shape[-1], experts)).softmax(2)
    every = x[:, None].expand(-1, experts, -1, -1)
    answers = expert(w, every, hidden)
    rows = []
    for row in range(len(x)):
        taken, lines = [0] * experts, []
        for token in range(x.shape[1]):
            best = int(gates[row, token].argmax())
            taken[best] += 1
            share = gates[row, token, best] if taken[best] <= places else 0.0
            lines.append(answers[row, best, token] * share)
        rows.append(torch.stack(lines))
    return torch.stack(rows)


def dueling(w, x):
    values = dense(w, "values", x, 12).reshape(-1, 4, 3)
    return values - values.mean(1, keepdim=True) + dense(w, "state", x, 3)[:, None]


def quantiles(w, x, fractions):
    angles = torch.arange(1, 65) * torch.pi * fractions[..., None]
    return dense(w, "fractions", angles.cos(), x.shape[-1]).relu() * x[:, None]


def recurrent(w, kind, x, first, memory, units):
    """[rows, steps, width]; memory [rows, units or 2 * units]."""
    gates = (4 if kind == "lstm" else 3) * units
    inner = (w("cell-input.weight", x.shape[-1], gates).T, w("cell-input.bias", gates))
    outer = (w("cell.weight", units, gates).T, w("cell.bias", gates))
    state, outputs = memory, []
    for step in range(x.shape[1]):
        state = state * (1 - first[:, step])
        arguments = (inner[0], outer[0], inner[1], outer[1])
        if kind == "lstm":
            hidden = torch.lstm_cell(x[:, step], (state[:, :units], state[:, units:]), *arguments)
            state = torch.cat(hidden, 1)
        else:
            state = torch.gru_cell(x[:, step], state, *arguments)
        outputs.append(state[:, :units])
    return torch.stack(outputs, 1)


def norm(w, x):
    weight, bias = w("norm1.weight", x.shape[-1]), w("norm1.bias", x.shape[-1])
    return functional.layer_norm(x, x.shape[-1:], weight, bias, 1e-5)


def ppo(w, x):
    x = dense(w, "hidden1", nature(w, x).flatten(1), 32).relu()
    return dense(w, "heads", x, 5)


# By case: shapes of the inputs, and what is made of them.
CASES = {
    "dense": ([(5,)], lambda w, x: dense(w, "dense1", x, 4).relu()),
    "experts": ([(3, 2, 5)], lambda w, x: each(w, "experts1", x, 4)),
    "conv-valid": ([(7, 6, 2)], lambda w, x: conv(w, "conv1", x, 3, 3, 2)),
    "conv-same": ([(7, 6, 2)], lambda w, x: conv(w, "conv1", x, 3, 4, 2, True)),
    "max-pool": ([(7, 6, 2)], lambda w, x: pool(conv(w, "conv1", x, 2, 1), 3, 2, "most")),
    "mean-pool": ([(6, 6, 2)], lambda w, x: pool(conv(w, "conv1", x, 2, 1), 2, 2, "mean")),
    "layer-norm": ([(3, 7)], lambda w, x: norm(w, dense(w, "dense1", x, 8))),
    "softmax": ([(3, 7)], lambda w, x: dense(w, "dense1", x, 6, bias=False).softmax(1)),
    "log-softmax": ([(3, 7)], lambda w, x: dense(w, "dense1", x, 6).log_softmax(2)),
    "matrices": (
        [(3, 4), (4, 5)],
        lambda w, x, y: dense(w, "dense1", x, 4) @ dense(w, "dense2", y, 5),
    ),
    "activations": (
        [(6,)],
        lambda w, x: torch.cat(
            [
                bend(dense(w, f"dense{index + 1}", x, 5))
                for index, bend in enumerate(
                    [
                        torch.tanh,
                        torch.sigmoid,
                        functional.softplus,
                        functional.elu,
                        functional.silu,
                        torch.exp,
                        functional.leaky_relu,
                        lambda x: x.clamp(-0.5, 0.25),
                    ]
                )
            ],
            1,
        ),
    ),
    "nature": ([(36, 36, 1)], nature),
    "nature-same": ([(12, 12, 2)], lambda w, x: nature(w, x, True)),
    "impala": ([(12, 10, 1)], impala),
    "minatar": ([(10, 10, 4)], lambda w, x: conv(w, "conv1", x, 16, 3).relu()),
    "soft-moe": ([(9, 6)], lambda w, x: soft_moe(w, x, 4, 3, 8)),
    "top1-moe": ([(9, 6)], lambda w, x: top_moe(w, x, 3, 3, 8)),
    "dueling": ([(6,)], dueling),
    "quantiles": ([(6,), (4,)], lambda w, x, y: quantiles(w, x, y + 0.5)),
    "lstm": (
        [(5, 3), (5, 1), (8,)],
        lambda w, x, first, memory: recurrent(w, "lstm", x, (first > 0.25) * 1.0, memory, 4),
    ),
    "gru": (
        [(5, 3), (5, 1), (4,)],
        lambda w, x, first, memory: recurrent(w, "gru", x, (first > 0.25) * 1.0, memory, 4),
    ),
    "ppo": ([(36, 36, 1)], ppo),
}


def kept(tensor):
    flat = tensor.detach().flatten()
    return flat if len(flat) <= 128 else flat[:: len(flat) // 61]


def record(case):
    shapes, build = CASES[case]
    weights = Weights()
    inputs = [
        torch.tensor(numbers(1000 + index, (ROWS, *shape), 2.0)) for index, shape in enumerate(shapes)
    ]

    def loss():
        output = build(weights, *inputs)
        factors = (torch.arange(output.numel()) * 7 % 11 - 4.5).reshape(output.shape)
        return output, (0.5 * output * output + factors * output).sum() / ROWS

    tensors = {}
    output, value = loss()
    tensors["output"] = kept(output)
    value.backward()
    for name, weight in weights.tensors.items():
        tensors["gradient/" + name] = kept(weight.grad)
    # So large an epsilon leaves what is nearly 0 where it is.
    optimiser = torch.optim.Adam(weights.tensors.values(), lr=0.01, eps=0.01)
    for _ in range(5):
        optimiser.zero_grad()
        loss()[1].backward()
        optimiser.step()
    for name, weight in weights.tensors.items():
        tensors["after/" + name] = kept(weight)
    return tensors


def write(path, tensors):
    header, data = {"__metadata__": {"torch": torch.__version__}}, b""
    for name, tensor in tensors.items():
        part = tensor.to(torch.float32).numpy().tobytes()
        offsets = [len(data), len(data) + len(part)]
        header[name] = {"dtype": "F32", "shape": [tensor.numel()], "data_offsets": offsets}
        data += part
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    torch.set_num_threads(1)
    everything = {}
    for case in CASES:
        everything.update({f"{case}/{name}": value for name, value in record(case).items()})
    write("Tests/Golden/nets.safetensors", everything)
    print("torch", torch.__version__, "numpy", numpy.__version__)
