"""Two sides of one measurement, taken in turns: ours, floor, floor, ours, ..."""

from __future__ import annotations

import gc
import math
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from rich.console import Console

from tests.bench.perf.cpu import Usage

MOST_FOREIGN = 1.0
"""Cores other programs may use during a run; a pair beyond it is put aside while enough quiet ones remain."""

err = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one side: what it used for how many operations, and latencies where they were taken (seconds)."""

    usage: Usage
    operations: int
    latencies: tuple[float, ...] = ()
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def cpu_us(self) -> float:
        """CPU microseconds per operation, Postgres included."""
        return self.usage.total / self.operations * 1e6

    @property
    def per_cpu_second(self) -> float:
        return self.operations / self.usage.total

    @property
    def per_second(self) -> float:
        return self.operations / self.usage.wall


@dataclass(frozen=True, slots=True)
class Pair:
    """A run of each side, one right after the other."""

    ours: Run
    floor: Run

    @property
    def quiet(self) -> bool:
        return max(self.ours.usage.foreign, self.floor.usage.foreign) <= MOST_FOREIGN


@dataclass(frozen=True, slots=True)
class Pairs:
    """All pairs of a bench. `used` are the quiet ones, or every pair when fewer than half were quiet."""

    every: tuple[Pair, ...]

    @property
    def used(self) -> tuple[Pair, ...]:
        quiet = tuple(pair for pair in self.every if pair.quiet)
        return quiet if 2 * len(quiet) >= len(self.every) else self.every

    def ratios(self, of: Callable[[Pair], float]) -> dict[str, float]:
        """`ratio_median`, `ratio_min`, `ratio_max` over the pairs used."""
        values = [of(pair) for pair in self.used]
        return {
            "ratio_median": statistics.median(values),
            "ratio_min": min(values),
            "ratio_max": max(values),
        }

    def median(self, of: Callable[[Pair], float]) -> float:
        return statistics.median(of(pair) for pair in self.used)

    def latencies(self, of: Callable[[Pair], Run]) -> list[float]:
        return [seconds for pair in self.used for seconds in of(pair).latencies]

    def note(self) -> str:
        """One line on how the pairs were taken."""
        foreign = max(max(p.ours.usage.foreign, p.floor.usage.foreign) for p in self.every)
        quiet = sum(pair.quiet for pair in self.every)
        kept = f"{len(self.used)} of {len(self.every)} pairs used"
        return f"{kept}, taken ABBA; {quiet} quiet, up to {foreign:.2f} cores used by others"


Side = Callable[[], Awaitable[Run]]


async def interleaved(ours: Side, floor: Side, pairs: int, *, warm: bool = True) -> Pairs:
    """`pairs` pairs in ABBA order, after one unmeasured run of each side."""
    if warm:
        await ours()
        await floor()
    taken = []
    for number in range(pairs):
        first, second = (ours, floor) if number % 2 == 0 else (floor, ours)
        runs = {}
        for side in (first, second):
            gc.collect()
            runs[side] = await side()
        pair = Pair(runs[ours], runs[floor])
        taken.append(pair)
        err.print(
            f"pair {number + 1}: ours {pair.ours.cpu_us:.0f}, floor {pair.floor.cpu_us:.0f} CPU-us an operation,"
            f" ratio of CPU {pair.ours.cpu_us / pair.floor.cpu_us:.2f},"
            f" foreign {pair.ours.usage.foreign:.2f}/{pair.floor.usage.foreign:.2f} cores",
            highlight=False,
        )
    return Pairs(tuple(taken))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed (nearest rank)."""
    if not values:
        raise ValueError("no values")
    rank = math.ceil(round(share * len(values), 9))
    return sorted(values)[max(1, rank) - 1]


def describe(name: str, settings: dict[str, object]) -> str:
    """One side's configuration in a line, as every bench prints it."""
    return f"{name}: " + ", ".join(f"{key} {value}" for key, value in settings.items())
