"""Ids: fresh ones rise, derived ones repeat."""

from __future__ import annotations

import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ids import TimeOrderedIds, derived_id


def test_fresh_ids_are_version_7_and_strictly_increase_within_a_millisecond() -> None:
    ids = TimeOrderedIds()
    made = [ids.new() for _ in range(20_000)]
    assert made == sorted(set(made))
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}


def test_fresh_ids_increase_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = TimeOrderedIds()
    before = ids.new()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    assert ids.new() > before


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_derived_ids_are_equal_exactly_when_their_parts_are(one: list[str], other: list[str]) -> None:
    assert (derived_id(*one) == derived_id(*other)) == (one == other)


def test_derived_ids_never_change() -> None:
    assert derived_id("site", "cms", "42") == UUID("87ff9c6e-328a-8db9-a12c-24c8c5d77f09")
    assert derived_id("site", "cms", "42").version == 8
