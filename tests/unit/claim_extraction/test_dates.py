from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.claim_extraction.engine.dates import read_dates

THURSDAY = date(2023, 11, 23)


def values(text: str, published: date = THURSDAY) -> list[tuple[str, str, bool]]:
    return [(each.exact, each.value, each.relative) for each in read_dates(text, published)]


@pytest.mark.parametrize(
    ("text", "exact", "value"),
    [
        ("on 2021-03-05 it", "2021-03-05", "2021-03-05"),
        ("on March 5, 2021, it", "March 5, 2021", "2021-03-05"),
        ("on Sept. 5th, 2021 it", "Sept. 5th, 2021", "2021-09-05"),
        ("on 5 March 2021 it", "5 March 2021", "2021-03-05"),
        ("the 5th of March 2021", "5th of March 2021", "2021-03-05"),
        ("in March 2021", "March 2021", "2021-03"),
        ("in 2021 it", "2021", "2021"),
        ("in the 1990s", "the 1990s", "1990/1999"),
        ("in Q3 2020", "Q3 2020", "2020-07/2020-09"),
        ("in the third quarter of 2020", "third quarter of 2020", "2020-07/2020-09"),
        ("between 2010 and 2015", "between 2010 and 2015", "2010/2015"),
        ("in 2019-20", "2019-20", "2019/2020"),
        ("since 2015", "since 2015", "2015/2023-11-23"),
    ],
)
def test_a_date_that_stands_alone(text: str, exact: str, value: str) -> None:
    assert values(text) == [(exact, value, False)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on Monday it fell", "2023-11-20"),
        ("on Thursday it fell", "2023-11-23"),
        ("last Thursday it fell", "2023-11-16"),
        ("it will open on Monday", "2023-11-27"),
        ("next Friday it opens", "2023-11-24"),
        ("yesterday", "2023-11-22"),
        ("today", "2023-11-23"),
        ("last year", "2022"),
        ("this month", "2023-11"),
        ("last month", "2023-10"),
        ("last week", "2023-11-13/2023-11-19"),
        ("next year", "2024"),
        ("two weeks ago", "2023-11-09"),
        ("ten years ago", "2013"),
        ("over the past two years", "2021/2023"),
        ("the first time in 40 years", "1983/2023"),
        ("in March it fell", "2023-03"),
        ("in December it fell", "2022-12"),
        ("in March it will open", "2024-03"),
        ("on May 5 it fell", "2023-05-05"),
        ("on 5 December it fell", "2022-12-05"),
        ("last quarter", "2023-07/2023-09"),
    ],
)
def test_a_relative_date_is_resolved_against_the_publication(text: str, value: str) -> None:
    assert [(found, relative) for _, found, relative in values(text)] == [(value, True)]


def test_the_turn_of_the_year_is_crossed() -> None:
    assert values("last month", date(2024, 1, 3))[0][1] == "2023-12"
    assert values("last quarter", date(2024, 1, 3))[0][1] == "2023-10/2023-12"


@pytest.mark.parametrize(
    "text",
    [
        "on 31 February 2020",
        "2020-13-45",
        "it cost $2020",
        "2,020 people",
        "2020% more",
        "may be",
        "20201",
        "Sunday Times",
    ],
)
def test_what_no_calendar_has_is_no_day(text: str) -> None:
    assert all(len(value) < 10 for _, value, _ in values(text))


@pytest.mark.parametrize("text", ["it cost $2020", "2,020 people", "2020% more", "you may go", "20201 people"])
def test_numbers_that_look_like_years_are_none(text: str) -> None:
    assert values(text) == []


@settings(max_examples=300)
@given(
    st.text(alphabet=st.sampled_from("0123456789-,. QMarchyeonsgtilwk"), max_size=80),
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
)
def test_no_text_and_no_day_breaks_the_reader(text: str, published: date) -> None:
    for each in read_dates(text, published):
        assert text[each.start : each.end] == each.exact
        assert each.value
