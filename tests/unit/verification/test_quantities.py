from __future__ import annotations

import pytest

from services.verification.engine.dates import conflict, dates
from services.verification.engine.names import Name, names, same_name
from services.verification.engine.quantities import quantities


def stated(text: str) -> list[tuple[float, float, str, str]]:
    return [(q.low, q.high, q.dimension, q.unit) for q in quantities(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12,345.6 people", [(12345.6, 12345.6, "count", "")]),
        ("£5bn", [(5e9, 5e9, "money", "GBP")]),
        ("1.2 million US dollars", [(1.2e6, 1.2e6, "money", "USD")]),
        ("two hundred and five thousand men", [(205000, 205000, "count", "")]),
        ("half a million jobs", [(5e5, 5e5, "count", "")]),
        ("a dozen eggs", [(12, 12, "count", "")]),
        ("4 in 10 voters", [(40, 40, "percent", "")]),
        ("every sixth household", [(100 / 6, 100 / 6, "percent", "")]),
        ("0.3 percentage points", [(0.3, 0.3, "points", "")]),
        ("25 basis points", [(0.25, 0.25, "points", "")]),
        ("$1.5-2 million", [(1.5e6, 2e6, "money", "USD")]),
        ("between 5 and 10 percent", [(5, 10, "percent", "")]),
        ("a year and a half", [(1.5 * 31557600, 1.5 * 31557600, "duration", "year")]),
        ("1 hour and 55 minutes", [(6900, 6900, "duration", "hour")]),
        ("a 65-year-old man", [(65, 65, "age", "years")]),
        ("a 3-2 victory", [(3, 2, "score", "")]),
        ("In 2019, on 4 March, at 9:30 p.m.", []),
    ],
)
def test_quantities_are_read_as_people_mean_them(text: str, expected: list[tuple[float, float, str, str]]) -> None:
    found = stated(text)
    assert [(d, u) for _, _, d, u in found] == [(d, u) for _, _, d, u in expected]
    assert [x for row in found for x in row[:2]] == pytest.approx([x for row in expected for x in row[:2]])


def test_fahrenheit_and_celsius_meet() -> None:
    (f,), (c,) = quantities("86 degrees Fahrenheit"), quantities("30°C")
    assert f.low == pytest.approx(c.low, abs=0.01)


def test_numbers_inside_names_are_labels() -> None:
    assert {q.dimension for q in quantities("Boeing 737, Article 50, COVID-19")} == {"label"}


def test_changes_know_their_direction_and_their_ends() -> None:
    by, to, base = quantities("Rents rose by 12 percent to 1,200 euros from 1,071 euros.")
    assert (by.role, by.direction, to.role, base.role) == ("change", 1, "target", "base")
    (down,) = quantities("Sales fell 5%.")
    assert down.direction == -1


@pytest.mark.parametrize(
    ("words", "comparator"),
    [("more than 5 cats", "more_than"), ("at least 5 cats", "at_least"), ("up to 5 cats", "at_most"), ("fewer than 5 cats", "less_than"),
     ("some 5 cats", "about"), ("5 cats or more", "at_least"), ("no more than 5 cats", "at_most"), ("5 cats", "exact")],
)  # fmt: skip
def test_comparators(words: str, comparator: str) -> None:
    (quantity,) = quantities(words)
    assert quantity.comparator == comparator


def test_offsets_are_exact() -> None:
    text = "Rents rose by 12 percent to €1,200 a month in 2019."
    assert all(text[q.start : q.start + len(q.exact)] == q.exact for q in quantities(text))
    assert all(text[m.start : m.end] == m.exact for m in dates(text))


@pytest.mark.parametrize(
    ("a", "b", "clash"),
    [("4 March 2020", "March 4, 2020", False), ("2020-03-04", "4 March 2020", False), ("in 1968", "the 1960s", False),
     ("in 1971", "the 1960s", True), ("in May 2018", "in May 2019", True), ("on Monday", "on Friday", True), ("Q1 2020", "Q3 2020", True),
     ("in 2019", "in March 2019", False), ("the 19th century", "in 1850", False), ("9:30 p.m.", "21:30", False)],
)  # fmt: skip
def test_times_clash_only_where_both_speak(a: str, b: str, clash: bool) -> None:
    (one,), (two,) = dates(a), dates(b)
    assert conflict(one, two) is clash


def test_may_and_march_are_months_only_where_they_are() -> None:
    assert dates("It may rain. They march on.") == []
    assert [m.month for m in dates("in May and in March")] == [5, 3]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [("Joe Biden", "Biden", True), ("Joe Biden", "Jill Biden", False), ("UN", "United Nations", True), ("German", "Germany", True),
     ("North Korea", "South Korea", False), ("World Health Organization", "WHO", True), ("New York", "New Jersey", False)],
)  # fmt: skip
def test_names_that_can_mean_one_thing(a: str, b: str, same: bool) -> None:
    assert same_name(Name(a, 0, len(a)), Name(b, 0, len(b))) is same


def test_headlines_in_capitals_yield_no_names() -> None:
    assert names("Did Angela Merkel Resign After Vote?") == []
    assert [n.text for n in names("Did Angela Merkel resign?")] == ["Angela Merkel"]
