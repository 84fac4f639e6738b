"""CPU seconds of programs and of a Postgres server, and how much the rest of the machine took meanwhile."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

NANO = 1e-9


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds of CPU between two looks; `foreign` is in cores: what neither side of the bench used."""

    program: float
    postgres: float
    wall: float
    foreign: float

    @property
    def total(self) -> float:
        return self.program + self.postgres


@dataclass(slots=True)
class Watch:
    """Looks at CPU clocks: this process or others (with their children), one postmaster, and the machine as a whole.

    `beside` are further processes of the bench (brokers, drivers): neither measured nor foreign.
    """

    programs: Sequence[int] = ()
    postmaster: int = 0
    beside: Sequence[int] = ()
    own: bool = True

    def look(self) -> Look:
        programs = {pid: seconds for root in self.programs for pid, seconds in _tree(root)}
        own = time.process_time()
        backends = dict(_backends(self.postmaster)) if self.postmaster else {}
        return Look(
            at=time.monotonic(),
            own=own,
            programs=programs,
            backends=backends,
            reaped=_reaped(self.postmaster),
            beside=sum(seconds for root in self.beside for _, seconds in _tree(root)),
            machine=_busy(),
        )

    def since(self, before: Look) -> Usage:
        """What was used since `before`."""
        now = self.look()
        wall = max(1e-9, now.at - before.at)
        own = now.own - before.own
        others = grown(before.programs, now.programs)
        postgres = grown(before.backends, now.backends)
        gone = before.backends.keys() - now.backends.keys()
        # A backend that ended took its clock with it; the postmaster's account of the dead has what it used since.
        if gone:
            postgres += max(0.0, now.reaped - before.reaped - sum(before.backends[pid] for pid in gone))
        mine = own + others + postgres + max(0.0, now.beside - before.beside)
        foreign = max(0.0, now.machine - before.machine - mine) / wall
        return Usage(others + (own if self.own else 0.0), postgres, wall, foreign)


@dataclass(frozen=True, slots=True)
class Look:
    """CPU clocks at one moment, in seconds; by process where several are watched."""

    at: float
    own: float
    programs: dict[int, float]
    backends: dict[int, float]
    reaped: float
    beside: float
    machine: float = field(default=0.0)


def grown(before: dict[int, float], now: dict[int, float]) -> float:
    """Seconds used since `before` by those that live now; one that was not there began at 0."""
    return sum(max(0.0, seconds - before.get(pid, 0.0)) for pid, seconds in now.items())


def _tree(root: int) -> Iterator[tuple[int, float]]:
    """A process and everything below it that lives."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(root)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = one.cpu_times()
                yield one.pid, times.user + times.system


def _backends(postmaster: int) -> Iterator[tuple[int, float]]:
    for pid in _children(postmaster):
        seconds = _on_cpu(pid)
        if seconds is not None:
            yield pid, seconds


def _children(postmaster: int) -> Iterable[int]:
    try:
        return [postmaster, *(child.pid for child in psutil.Process(postmaster).children(recursive=True))]
    except psutil.Error:
        return []


def _on_cpu(pid: int) -> float | None:
    """A single-threaded process's time on the CPU, to the nanosecond where the kernel tells it."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_bytes().split()[0]) * NANO
    except (OSError, ValueError, IndexError):
        pass
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    return float(times.user + times.system)


def _reaped(postmaster: int) -> float:
    if not postmaster:
        return 0.0
    try:
        times = psutil.Process(postmaster).cpu_times()
    except psutil.Error:
        return 0.0
    return float(getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0))


def _busy() -> float:
    times = psutil.cpu_times()
    return float(sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq")))
