"""One trace as a picture."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.console.model.trace import MOST_ROWS, SpanRecord, waterfall


def span(number: int, parent: int = 0, *, at: int = 0, took: int = 10, service: str = "a") -> SpanRecord:
    return SpanRecord(
        "t", f"{number:x}", f"{parent:x}" if parent else "", service, f"s{number}", "server", at, at + took
    )


def test_children_stand_under_their_parent_in_the_order_they_began() -> None:
    picture = waterfall(
        [
            span(4, 2, at=30, service="c"),
            span(1, at=0, took=100),
            span(3, 1, at=20, service="b"),
            span(2, 1, at=10, took=50, service="b"),
        ]
    )
    assert picture is not None
    assert [(bar.span.name, bar.depth) for bar in picture.bars] == [("s1", 0), ("s2", 1), ("s4", 2), ("s3", 1)]
    assert picture.services == ("a", "b", "c")
    assert [(bar.left, bar.width) for bar in picture.bars] == [(0, 1000), (100, 500), (300, 100), (200, 100)]


def test_a_span_without_its_parent_and_a_loop_are_still_drawn() -> None:
    lost, one, two = span(9, 7), span(1, 2, at=5), span(2, 1, at=6)
    own = replace(span(3, at=7), parent_id="3")
    picture = waterfall([lost, one, two, own])
    assert picture is not None
    assert sorted(bar.span.name for bar in picture.bars) == ["s1", "s2", "s3", "s9"]


def test_nothing_is_no_picture_and_a_long_trace_is_cut_and_says_so() -> None:
    assert waterfall([]) is None
    picture = waterfall([span(n, at=n) for n in range(1, MOST_ROWS + 8)])
    assert picture is not None
    assert (len(picture.bars), picture.left_out) == (MOST_ROWS, 7)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 9), st.integers(0, 9)), max_size=13))
def test_every_span_is_drawn_once_whatever_the_tree(shape: list[tuple[int, int, int, int]]) -> None:
    spans = {number + 1: span(number + 1, parent, at=at, took=took) for number, parent, at, took in shape}
    picture = waterfall(spans.values())
    drawn = [bar.span.span_id for bar in picture.bars] if picture else []
    assert sorted(drawn) == sorted(one.span_id for one in spans.values())
    for bar in picture.bars if picture else ():
        assert 0 <= bar.left <= 1000
        assert bar.width > 0
