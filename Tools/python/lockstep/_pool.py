"""Lanes that are sent and received: the machinery of EnvPool's and ale-py's asynchronous environments.

Lanes lie in groups of equal size, each a batch of its own, which step on threads of this module while the
caller does something else. What has been sent is received in that order, so that results do not depend on
who is faster.
"""
import collections
import concurrent.futures
import math
import os

import numpy as np

from ._native import Batch
from .errors import ArgumentError, UseError


_NAMES = ("observations", "final_observations", "info", "final_info", "results")


class Rows:
    """What some lanes show. `ids`: which lanes; the groups of columns by name, each a list of arrays with
    a row for every one of them."""

    def __init__(self, ids, groups):
        self.ids, self._groups = ids, groups

    def __getitem__(self, name):
        return self._groups[name]


class _Group:
    """Lanes `first`, `first + 1`, ... of a pool."""

    def __init__(self, batch, first):
        self.batch, self.first = batch, first

    def shown(self):
        return {name: self.batch.group(name) for name in _NAMES}

    def step(self, lanes, actions):
        """`lanes` as a slice or numbers within the group; the others stay as they are."""
        batch = self.batch
        if isinstance(lanes, slice):
            batch.actions[...] = actions.reshape(batch.actions.shape)
            batch.step()
            return self.shown()
        others = np.setdiff1d(np.arange(batch.lanes), lanes)
        if others.size:
            batch.save(others, others)
        batch.actions[...] = 0
        batch.actions[lanes] = actions.reshape((len(lanes),) + batch.actions.shape[1:])
        batch.step()
        shown = self.shown()
        if others.size:
            batch.restore(others, others)
        return shown

    def reset(self, lanes, seeds):
        """`seeds`: one each, None where a generator goes on."""
        batch = self.batch
        for seeded in (True, False):
            chosen = [i for i, seed in enumerate(seeds) if (seed is not None) is seeded]
            if not chosen:
                continue
            mask = np.zeros(batch.lanes, bool)
            mask[[lanes[i] for i in chosen]] = True
            values = None
            if seeded:
                values = np.zeros(batch.lanes, np.uint64)
                values[[lanes[i] for i in chosen]] = [seeds[i] % 2**64 for i in chosen]
            batch.reset(None if mask.all() else mask, values)
        return self.shown()


class Pool:
    """`batch_size` rows are received at a time, of `num_envs` lanes."""

    def __init__(self, id, num_envs, batch_size=0, num_threads=0, settings=None):
        if not 0 <= batch_size <= num_envs:
            raise ArgumentError(f"a batch size is 0 to {num_envs}, not {batch_size}")
        self.num_envs, self.batch_size = num_envs, batch_size or num_envs
        self.is_async = self.batch_size < num_envs
        size = math.gcd(num_envs, self.batch_size)
        if not num_threads:
            num_threads = len(os.sched_getaffinity(0)) if self.is_async and hasattr(
                os, "sched_getaffinity") else 0
        count = num_envs // size
        threads = min(num_threads, -(-size // 64)) if self.is_async else num_threads
        self._workers = max(1, min(count, num_threads // threads)) if self.is_async else 1
        self._groups = [
            _Group(Batch(id, size, threads, settings), first) for first in range(0, num_envs, size)]
        self._size, self._executor = size, None
        self.spec = self._groups[0].batch.spec
        if self.spec["players"] > 1:
            raise ArgumentError(f"{id} is for {self.spec['players']} players")
        self.action_shape = self._groups[0].batch.actions.shape[1:]
        self.action_type = self._groups[0].batch.actions.dtype
        self.has_begun = False
        # Lane, its job, its place in the group.
        self._sent = collections.deque()

    # One call at a time

    def step(self, actions):
        """Every lane, at once; the same as sending and receiving all."""
        if self._sent or self.is_async:
            self.send(np.arange(self.num_envs), actions)
            return self.receive()
        group = self._groups[0]
        return Rows(np.arange(self.num_envs, dtype=np.int32), group.step(slice(None), self._taken(actions)))

    # Sending and receiving

    def send(self, ids, actions):
        """Starts a step of some lanes."""
        if not self.has_begun:
            raise UseError("step before the first reset")
        actions = self._taken(actions)
        ids = self._checked(ids, len(actions))
        for group, places in self._by_group(ids):
            lanes = ids[places] - group.first
            rows = actions[places]
            if len(lanes) == self._size:
                rows = rows[np.argsort(lanes)]
                lanes = slice(None)
            self._start(group, ids[places], group.step, lanes, rows)
        self._order(ids)

    def send_reset(self, ids=None, seeds=None):
        """Starts new episodes. `seeds`: a number or None for each lane; None: generators go on, or begin
        with random seeds."""
        ids = np.arange(self.num_envs) if ids is None else self._checked(ids, len(ids))
        if not self.has_begun and len(ids) < self.num_envs:
            raise UseError("a reset of some lanes before one of all")
        seeds = [None] * len(ids) if seeds is None else list(seeds)
        if not self.has_begun:
            seeds = [int.from_bytes(os.urandom(4), "little") if s is None else s for s in seeds]
        self.has_begun = True
        for group, places in self._by_group(ids):
            self._start(
                group, ids[places], group.reset, list(ids[places] - group.first),
                [seeds[place] for place in places])
        self._order(ids)

    def receive(self):
        """The rows of what was sent first: as many as `batch_size`, or all that was sent where no lanes
        are left out otherwise."""
        count = self.batch_size if self.is_async else len(self._sent)
        if not self._sent or count > len(self._sent):
            raise UseError("nothing has been sent that could be received")
        taken = [self._sent.popleft() for _ in range(count)]
        ids = np.array([lane for lane, _, _ in taken], np.int32)
        jobs = list(dict.fromkeys(job for _, job, _ in taken))
        shown = {job: job.result() for job in jobs}
        places = np.array([place for _, _, place in taken])
        if len(jobs) == 1 and np.array_equal(places, np.arange(self._size)):
            return Rows(ids, shown[jobs[0]])
        return Rows(ids, self._gathered(taken, jobs, shown, places))

    def observe(self):
        """What all lanes show now, where nothing is under way."""
        if self._sent:
            raise UseError("steps are under way")
        return Rows(np.arange(self.num_envs, dtype=np.int32), self._groups[0].shown())

    def render(self, lane):
        if not 0 <= lane < self.num_envs:
            raise ArgumentError(f"lane {lane} of {self.num_envs}")
        group = self._groups[lane // self._size]
        return group.batch.render(lane - group.first)

    def close(self):
        self._sent.clear()
        if self._executor:
            self._executor.shutdown()
        for group in self._groups:
            group.batch.close()

    # What lies between

    def _taken(self, actions):
        given = np.asarray(actions)
        if given.dtype.kind not in ("iu" if self.action_type.kind == "i" else "iuf"):
            raise ArgumentError(f"actions of {given.dtype}, {self.action_type} is wanted")
        if given.ndim == 1 and self.action_shape == (1,):
            given = given[:, None]
        if given.shape[1:] != self.action_shape:
            raise ArgumentError(f"actions of shape {given.shape}, {('n', *self.action_shape)} is wanted")
        if given.dtype.kind != "f" and self.action_type.kind == "i" and given.size and not (
                0 <= given.min() and given.max() < 2**31):
            raise ArgumentError(f"actions from {given.min()} to {given.max()}")
        return given.astype(self.action_type)

    def _checked(self, ids, count):
        ids = np.asarray(ids)
        if ids.shape != (count,) or ids.dtype.kind not in "iu":
            raise ArgumentError(f"{count} numbers of lanes are wanted, not {ids.dtype} of shape {ids.shape}")
        if count == 0 or ids.min() < 0 or ids.max() >= self.num_envs or len(np.unique(ids)) < count:
            raise ArgumentError(f"lanes are 0 to {self.num_envs - 1}, each once")
        return ids.astype(np.int64)

    def _by_group(self, ids):
        numbers = ids // self._size
        for number in dict.fromkeys(numbers.tolist()):
            yield self._groups[number], np.flatnonzero(numbers == number)

    def _start(self, group, ids, function, *arguments):
        if self._executor is None:
            self._executor = concurrent.futures.ThreadPoolExecutor(self._workers)
            self._started = {}
            self._last = {}
        before = self._last.get(group.first)

        def run():
            if before is not None:
                concurrent.futures.wait([before])
            return function(*arguments)

        job = self._executor.submit(run)
        self._last[group.first] = job
        for lane in ids.tolist():
            self._started[lane] = job, lane - group.first

    def _order(self, ids):
        for lane in ids.tolist():
            self._sent.append((lane, *self._started[lane]))

    def _gathered(self, taken, jobs, shown, places):
        owners = np.array([jobs.index(job) for _, job, _ in taken])
        groups = {}
        for name in _NAMES:
            groups[name] = []
            for index, example in enumerate(shown[jobs[0]][name]):
                out = np.empty((len(taken),) + example.shape[1:], example.dtype)
                for number, job in enumerate(jobs):
                    at = np.flatnonzero(owners == number)
                    out[at] = shown[job][name][index][places[at]]
                groups[name].append(out)
        return groups
