from __future__ import annotations

import pytest

from shared.retrieval.fusion import fuse


def test_each_side_counts_by_its_own_best_so_scales_do_not_matter() -> None:
    small = fuse({"a": 0.8, "b": 0.4}, {"b": 20.0, "a": 10.0})
    large = fuse({"a": 0.8, "b": 0.4}, {"b": 2000.0, "a": 1000.0})
    assert small == large
    assert small[0].id == "a"
    assert small[0].score == pytest.approx((3 * 1 + 0.5) / 4)


def test_an_id_known_to_one_side_alone_is_kept() -> None:
    assert [hit.id for hit in fuse({"a": 0.5}, {"b": 3.0})] == ["a", "b"]


def test_negative_and_missing_scores_count_as_nothing() -> None:
    assert fuse({}, {}) == []
    assert fuse({"a": -0.2}, {}) == []
    assert [hit.id for hit in fuse({"a": -0.2, "b": 0.1}, {})] == ["b", "a"]


def test_ties_are_settled_by_id() -> None:
    assert [hit.id for hit in fuse({"b": 0.5, "a": 0.5}, {})] == ["a", "b"]
