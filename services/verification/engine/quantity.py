"""One stated quantity."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Quantity:
    """One stated quantity. `low` and `high` are in the dimension's base unit; equal unless the words give a range.

    `dimension` is count, percent, points, multiple, rank, age, money, score, label, or a physical one. `step` is the
    size of the last place that means something, `coarse` the same if trailing zeros are roundings; in the base unit.
    """

    start: int
    end: int
    exact: str
    low: float
    high: float
    dimension: str
    unit: str = ""
    comparator: str = "exact"  # exact, about, at_least, at_most, more_than, less_than
    role: str = "level"  # level, change, target and base (where a change ends and starts)
    direction: int = 0  # of a change: up 1, down -1, not said 0
    per: str = ""
    step: float = 0.0
    coarse: float = 0.0
    noun: str = ""
    written: str = "digits"

    @property
    def value(self) -> float:
        return (self.low + self.high) / 2

    def replace(self, **changes: Any) -> Quantity:
        return dataclasses.replace(self, **changes)
