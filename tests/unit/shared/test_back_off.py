"""Waits between tries: full jitter under a growing, capped ceiling (promise D5)."""

from __future__ import annotations

from shared.consumer import BackOff


def test_D5_waits_grow_up_to_the_cap_and_are_spread_from_zero() -> None:
    back_off = BackOff(base=1.0, cap=8.0)
    for attempt, ceiling in ((0, 1.0), (1, 2.0), (2, 4.0), (3, 8.0), (4, 8.0), (10_000, 8.0)):
        waits = [back_off.seconds(attempt) for _ in range(400)]
        assert 0 <= min(waits) < ceiling * 0.1
        assert ceiling * 0.9 < max(waits) <= ceiling
