"""How soon what was found about a claim may be out of date, and so how soon it deserves another look."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Freshness(StrEnum):
    BREAKING = "breaking"  # a story of these days: sources are still correcting themselves
    CURRENT = "current"  # what it speaks of still moves
    SETTLED = "settled"  # what it speaks of is over


NEWS = timedelta(days=2)
OVER = timedelta(days=365)
LOOK_AGAIN = {
    Freshness.BREAKING: timedelta(hours=3),
    Freshness.CURRENT: timedelta(days=7),
    Freshness.SETTLED: timedelta(days=90),
}


def freshness_of(told_at: datetime | None, ended: datetime | None, at: datetime) -> Freshness:
    """The class of a claim at a moment. `told_at` is when its article appeared, `ended` when the time it names was over;
    both None when unknown. Only a claim that names a time long past is settled."""
    if told_at is not None and at - told_at < NEWS:
        return Freshness.BREAKING
    if ended is not None and at - ended >= OVER:
        return Freshness.SETTLED
    return Freshness.CURRENT
