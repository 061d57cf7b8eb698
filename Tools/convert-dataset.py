"""Data sets from and to Minari's layout.

  Tools/convert-dataset to-minari FOLDER TARGET     TARGET/main_data.hdf5 and metadata.json
  Tools/convert-dataset from-minari SOURCE FOLDER   SOURCE: the folder with main_data.hdf5

FOLDER is a data set of ours: safetensors files and manifest.json (see Sources/Replay/Dataset.swift).
TARGET opens as `minari.MinariDataset(TARGET)`; as .../datasets/NAME/data also by name. A single
field becomes a Box, several a Dict. What Minari takes for images, pictures of 32 x 32 or more that
are no stack, becomes PNG, which its reader opens as it does its own JPEG, but without a loss. Text
and infos are left out.
"""

import argparse
import io
import json
import math
import pathlib
import sys

import h5py
import numpy as np

TYPES = {"U8": np.uint8, "I32": np.int32, "I64": np.int64, "F32": np.float32, "F64": np.float64}
ELEMENTS = {"uint8": "U8", "int32": "I32", "float32": "F32", "float64": "F64"}
NARROWED = {"int64": "int32", "int8": "int32", "int16": "int32", "bool": "uint8"}
SHARD_BYTES = 64 << 20


def fail(message):
    sys.exit(f"convert-dataset: {message}")


# Safetensors: eight bytes of header length, a JSON header, raw little-endian bytes.


def read_tensors(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        first, last = (8 + length + offset for offset in entry["data_offsets"])
        numbers = np.frombuffer(data[first:last], TYPES[entry["dtype"]])
        tensors[name] = numbers.reshape(entry["shape"])
    return tensors


def write_tensors(path, tensors):
    header, offset = {}, 0
    names = {np.dtype(type_): name for name, type_ in TYPES.items()}
    for name, numbers in sorted(tensors.items()):
        end = offset + numbers.nbytes
        header[name] = {
            "dtype": names[numbers.dtype],
            "shape": list(numbers.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, numbers in sorted(tensors.items()):
            file.write(np.ascontiguousarray(numbers).tobytes())


# Ours to Minari's.


def stack_of(field):
    return field["role"].get("picture", {}).get("stack", 1)


def is_picture(shape, element, low=0, high=255):
    """Minari takes such observations for images."""
    large = len(shape) in (2, 3) and shape[0] >= 32 and shape[1] >= 32
    return large and element == "uint8" and np.all(low == 0) and np.all(high == 255)


def bounds(field, shape):
    def spread(name, otherwise):
        values = [otherwise if value is None else value for value in field[name]] or [otherwise]
        whole = np.full(shape, values[0]) if len(values) == 1 else np.reshape(values, shape)
        return whole.tolist()

    if field["element"] == "uint8":
        return spread("low", 0), spread("high", 255)
    return spread("low", -math.inf), spread("high", math.inf)


def box(field):
    shape = field["shape"]
    low, high = bounds(field, shape)
    return {"type": "Box", "dtype": field["element"], "shape": shape, "low": low, "high": high}


def action_space(action):
    ((kind, values),) = action.items()
    if kind == "discrete":
        return {"type": "Discrete", "dtype": "int64", "start": 0, "n": values["_0"]}
    if kind == "multiDiscrete":
        counts = values["_0"]
        return {
            "type": "MultiDiscrete",
            "dtype": "int64",
            "nvec": counts,
            "start": [0] * len(counts),
        }
    low, high = values["low"], values["high"]
    return {"type": "Box", "dtype": "float32", "shape": [len(low)], "low": low, "high": high}


def stacked(rows, field, history, steps):
    """[steps + 1, shape] of rows [history + steps + 1, picture]."""
    stack = stack_of(field)
    first = history + 1 - stack
    parts = [rows[first + age : first + age + steps + 1] for age in range(stack)]
    if stack == 1:
        return parts[0]
    return np.stack(parts, 1).reshape([steps + 1] + field["shape"])


def encoded(pictures):
    from PIL import Image

    def png(picture):
        target = io.BytesIO()
        picture = picture[..., 0] if picture.ndim == 3 and picture.shape[-1] == 1 else picture
        Image.fromarray(picture).save(target, format="PNG")
        return np.frombuffer(target.getvalue(), np.uint8)

    pngs = [png(picture) for picture in pictures]
    whole = np.empty(len(pngs), object)
    for index, bytes_ in enumerate(pngs):
        whole[index] = bytes_
    return whole


def add_observations(group, name, field, numbers):
    if is_picture(field["shape"], field["element"], *map(np.asarray, bounds(field, field["shape"]))):
        type_ = h5py.vlen_dtype(np.uint8)
        group.create_dataset(name, data=encoded(numbers), dtype=type_)
    else:
        group.create_dataset(name, data=numbers)


def to_minari(folder, target):
    manifest = json.loads((folder / "manifest.json").read_text())
    if manifest.get("format") != "lockstep-dataset" or manifest.get("version") != 1:
        fail(f"{folder} is no data set of a known version")
    spec, history = manifest["spec"], manifest["history"]
    fields = [field for field in spec["observation"] if "text" not in field["role"]]
    target.mkdir(parents=True, exist_ok=True)
    if (target / "metadata.json").exists():
        fail(f"{target} holds a data set already")
    episode, steps_so_far = 0, 0
    with h5py.File(target / "main_data.hdf5", "w", track_order=True) as file:
        for shard in manifest["shards"]:
            tensors = read_tensors(folder / shard["file"])
            step, row = 0, 0
            for steps in tensors["episode_steps"].tolist():
                group = file.create_group(f"episode_{episode}")
                group.attrs["id"], group.attrs["total_steps"] = episode, steps
                last = row + history + steps + 1
                parts = {
                    field["name"]: stacked(
                        tensors["observations." + field["name"]][row:last], field, history, steps
                    )
                    for field in fields
                }
                if len(fields) == 1:
                    add_observations(group, "observations", fields[0], parts[fields[0]["name"]])
                else:
                    inner = group.create_group("observations")
                    for field in fields:
                        add_observations(inner, field["name"], field, parts[field["name"]])
                actions = tensors["actions"][step : step + steps]
                if "discrete" in spec["action"]:
                    actions = actions[:, 0]
                if "box" not in spec["action"]:
                    actions = actions.astype(np.int64)
                group.create_dataset("actions", data=actions)
                group.create_dataset("rewards", data=tensors["rewards"][step : step + steps])
                for name in ("terminations", "truncations"):
                    flags = tensors[name][step : step + steps].astype(bool)
                    group.create_dataset(name, data=flags)
                episode, step, row = episode + 1, step + steps, last
            steps_so_far += step
    spaces = {field["name"]: box(field) for field in fields}
    whole = {"type": "Dict", "subspaces": spaces}
    metadata = {
        "total_episodes": episode,
        "total_steps": steps_so_far,
        "data_format": "hdf5",
        "observation_space": json.dumps(whole if len(fields) > 1 else box(fields[0])),
        "action_space": json.dumps(action_space(spec["action"])),
        "dataset_id": f"lockstep/{spec['id'].replace('/', '-')}-v0",
        "minari_version": "0.5.3",
    }
    (target / "metadata.json").write_text(json.dumps(metadata))
    print(f"{episode} episodes, {steps_so_far} steps: {target}")


# Minari's to ours.


def field_of(name, space):
    if space["type"] == "Discrete":
        role = {"choice": {"_0": space["n"]}}
        return {
            "name": name,
            "shape": [],
            "element": "int32",
            "role": role,
            "low": [],
            "high": [],
        }
    if space["type"] != "Box":
        fail(f"an observation of type {space['type']} has no field of ours")
    element = NARROWED.get(space["dtype"], space["dtype"])
    if element not in ELEMENTS:
        fail(f"an observation of {space['dtype']} has no field of ours")
    shape = space["shape"]
    picture = is_picture(shape, element, np.asarray(space["low"]), np.asarray(space["high"]))
    role = {"picture": {"planesFirst": False, "stack": 1}} if picture else {"vector": {}}

    def spread(key):
        numbers = np.broadcast_to(np.asarray(space[key], float), shape).ravel().tolist()
        numbers = numbers[:1] if len(set(numbers)) == 1 else numbers
        return [number if math.isfinite(number) else None for number in numbers]

    low, high = ([], []) if picture else (spread("low"), spread("high"))
    return {
        "name": name,
        "shape": shape,
        "element": element,
        "role": role,
        "low": low,
        "high": high,
    }


def our_action(space):
    if space["type"] == "Discrete":
        return {"discrete": {"_0": space["n"]}}, space.get("start", 0)
    if space["type"] == "MultiDiscrete":
        return {"multiDiscrete": {"_0": space["nvec"]}}, np.asarray(space.get("start", 0))
    if space["type"] == "Box" and len(space["shape"]) == 1:
        low, high = np.asarray(space["low"], float), np.asarray(space["high"], float)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            fail("actions without bounds")
        return {"box": {"low": low.tolist(), "high": high.tolist()}}, None
    fail(f"actions of type {space['type']} are not known")


def decoded(numbers, space):
    if space["type"] != "Box" or not is_picture(
        space["shape"], space["dtype"], np.asarray(space["low"]), np.asarray(space["high"])
    ):
        return numbers
    from PIL import Image

    pictures = [np.array(Image.open(io.BytesIO(bytes(data))), np.uint8) for data in numbers]
    return np.stack(pictures).reshape([len(pictures)] + space["shape"])


def narrowed(numbers, element):
    whole = np.asarray(numbers).astype(TYPES[ELEMENTS[element]])
    if not np.array_equal(whole.astype(numbers.dtype), numbers, equal_nan=numbers.dtype.kind == "f"):
        fail(f"an observation does not fit {element}")
    return whole


class Shards:
    def __init__(self, folder, fields):
        self.folder, self.fields = folder, fields
        self.rows, self.parts, self.bytes = [], {}, 0

    def add(self, parts):
        for name, numbers in parts.items():
            self.parts.setdefault(name, []).append(numbers)
            self.bytes += numbers.nbytes
        if self.bytes >= SHARD_BYTES:
            self.flush()

    def flush(self):
        if not self.parts:
            return
        name = f"shard-{len(self.rows):05}.safetensors"
        tensors = {key: np.concatenate(value) for key, value in self.parts.items()}
        write_tensors(self.folder / name, tensors)
        episodes, steps = len(tensors["episode_steps"]), len(tensors["rewards"])
        self.rows.append(
            {"file": name, "episodes": episodes, "steps": steps, "rows": steps + episodes}
        )
        self.parts, self.bytes = {}, 0


def from_minari(source, folder):
    metadata = json.loads((source / "metadata.json").read_text())
    if not {"observation_space", "action_space"} <= metadata.keys():
        fail("metadata.json names no spaces")
    space = json.loads(metadata["observation_space"])
    spaces = space["subspaces"] if space["type"] == "Dict" else {"observation": space}
    fields = [field_of(name, inner) for name, inner in spaces.items()]
    action, start = our_action(json.loads(metadata["action_space"]))
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "manifest.json").exists():
        fail(f"{folder} holds a data set already")
    shards, total = Shards(folder, fields), 0
    with h5py.File(source / "main_data.hdf5", "r") as file:
        for episode in range(metadata["total_episodes"]):
            group = file[f"episode_{episode}"]
            steps = len(group["rewards"])
            parts = {}
            for field, (name, inner) in zip(fields, spaces.items()):
                node = group["observations"]
                numbers = decoded((node[name] if space["type"] == "Dict" else node)[()], inner)
                if len(numbers) != steps + 1:
                    fail(f"episode {episode} has {len(numbers)} observations for {steps} steps")
                numbers = narrowed(numbers, field["element"])
                parts["observations." + field["name"]] = numbers
            actions = group["actions"][()]
            if start is None:
                actions = actions.astype(np.float32)
            else:
                actions = (actions - start).astype(np.int32).reshape(steps, -1)
            parts["actions"] = actions
            parts["rewards"] = group["rewards"][()].astype(np.float64)
            for name in ("terminations", "truncations"):
                flags = group[name][()].astype(np.uint8)
                if flags[:-1].any():
                    fail(f"episode {episode} goes on behind its end")
                parts[name] = flags
            parts["episode_steps"] = np.array([steps], np.int64)
            shards.add(parts)
            total += steps
    shards.flush()
    id_ = metadata.get("dataset_id", source.name)
    spec = {
        "id": id_,
        "observation": fields,
        "action": action,
        "actionNames": [],
        "info": [],
        "players": 1,
        "framesPerStep": 1,
        "autoreset": "same-step",
        "tasks": [id_],
    }
    manifest = {
        "format": "lockstep-dataset",
        "version": 1,
        "spec": spec,
        "history": 0,
        "shards": shards.rows,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
    print(f"{metadata['total_episodes']} episodes, {total} steps: {folder}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("direction", choices=["to-minari", "from-minari"])
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    arguments = parser.parse_args()
    convert = to_minari if arguments.direction == "to-minari" else from_minari
    try:
        convert(arguments.source, arguments.target)
    except (OSError, KeyError, ValueError) as error:
        fail(f"{arguments.source}: {error!r}")


if __name__ == "__main__":
    main()
