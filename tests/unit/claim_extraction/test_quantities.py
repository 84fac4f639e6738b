from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.claim_extraction.engine.quantities import read_quantities
from services.claim_extraction.model import Quantity


def only(text: str) -> Quantity:
    found = read_quantities(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "value", "dimension", "unit"),
    [
        ("It has 3,412 members", 3412, "count", ""),
        ("4.5 million people left", 4.5e6, "count", ""),
        ("half a million people left", 5e5, "count", ""),
        ("a hundred and twenty deaths", 120, "count", ""),
        ("twenty-five dead", 25, "count", ""),
        ("two hundred thousand homes", 2e5, "count", ""),
        ("three dozen dogs", 36, "count", ""),
        ("It rose 4.1%", 4.1, "percent", "%"),
        ("4.1 per cent of men", 4.1, "percent", "%"),
        ("it gained 2 percentage points", 2, "percentage_points", "pp"),
        ("a rise of 25 basis points", 0.25, "percentage_points", "pp"),
        ("It cost $2.3bn", 2.3e9, "currency", "USD"),
        ("It cost £25,000", 25e3, "currency", "GBP"),
        ("It cost 300 million euros", 3e8, "currency", "EUR"),
        ("It cost EUR 40", 40, "currency", "EUR"),
        ("50 pence", 0.5, "currency", "GBP"),
        ("a 10-mile road", 16093.44, "length", "m"),
        ("5 km away", 5000, "length", "m"),
        ("3 tonnes of ash", 3000, "mass", "kg"),
        ("200 hectares", 2e6, "area", "m2"),
        ("a two-hour wait", 7200, "duration", "s"),
        ("41.5 degrees Celsius", 41.5, "temperature", "degC"),
        ("98.6 degrees Fahrenheit", 37, "temperature", "degC"),
        ("a 300-megawatt plant", 3e8, "power", "W"),
        ("the third-largest donor", 3, "rank", ""),
        ("the 13th consecutive month", 13, "rank", ""),
        ("one in five adults", 0.2, "ratio", ""),
        ("three out of four adults", 0.75, "ratio", ""),
        ("two-thirds of voters", 2 / 3, "ratio", ""),
        ("half of voters", 0.5, "ratio", ""),
        ("twice the size", 2, "ratio", "times"),
        ("a tenfold increase", 10, "ratio", "times"),
        ("minus: -3.5 degrees", -3.5, "temperature", "degC"),
    ],
)
def test_a_number_is_read_with_value_and_unit(text: str, value: float, dimension: str, unit: str) -> None:
    found = only(text)
    assert found.value == pytest.approx(value)
    assert (found.dimension, found.unit) == (dimension, unit)
    assert text[found.start : found.end] == found.exact


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("between 5 and 10 million voters", 5e6, 1e7),
        ("30-40% of it", 30, 40),
        ("$500 to $2,000 a head", 500, 2000),
        ("US$5-10 million lost", 5e6, 1e7),
        ("10 to 12 people", 10, 12),
    ],
)
def test_a_range_has_both_ends(text: str, low: float, high: float) -> None:
    found = only(text)
    assert found.value == pytest.approx(low)
    assert found.upper == pytest.approx(high)


def test_from_to_is_two_levels_not_a_range() -> None:
    assert [each.value for each in read_quantities("It rose from 4% to 5%.")] == [4, 5]


@pytest.mark.parametrize(
    ("text", "comparator"),
    [
        ("at least 5 died", "at_least"),
        ("no fewer than 5 died", "at_least"),
        ("5 or more died", "at_least"),
        ("up to 5 died", "at_most"),
        ("no more than 5 died", "at_most"),
        ("more than 5 died", "more_than"),
        ("over 5 million died", "more_than"),
        ("fewer than 5 died", "less_than"),
        ("just under 5 million", "less_than"),
        ("about 5 died", "about"),
        ("nearly 5 million", "about"),
        ("exactly 5 died", "exact"),
        ("between 5 and 9 died", "between"),
        ("5 died", "exact"),
    ],
)
def test_the_words_around_a_number_compare(text: str, comparator: str) -> None:
    assert only(text).comparator == comparator


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("Rents rose by 3%", "up"),
        ("Rents rose 3%", "up"),
        ("a 3% drop", "down"),
        ("Rents fell more than 3%", "down"),
        ("Rents fell to 3%", ""),
        ("Rents stand at 3%", ""),
    ],
)
def test_a_difference_is_told_from_a_level(text: str, change: str) -> None:
    assert only(text).change == change


def test_a_vote_keeps_both_counts() -> None:
    for text in ("The Senate voted 51-49 to pass it", "by a 51-49 vote", "a 5-4 ruling"):
        found = only(text)
        assert found.dimension == "score"
        assert found.upper in (49, 4)


@pytest.mark.parametrize(
    "text",
    [
        "under Section 230",
        "an F-35 jet",
        "covid-19 spread",
        "at 9:30 a.m.",
        "at 7 p.m.",
        "one of them",
        "a Boeing 737",
        "the B12 road",
    ],
)
def test_numbers_that_are_names_or_times_count_nothing(text: str) -> None:
    assert read_quantities(text) == ()


def test_what_is_counted_is_told_in_the_words_of_the_claim() -> None:
    assert only("4.5 million people left").measure == "people"
    assert only("12% of households").measure == "households"


def test_numbers_inside_dates_are_no_quantities() -> None:
    text = "In 2019 it had 30 staff"
    assert [each.value for each in read_quantities(text, [(3, 7)])] == [30]


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from("0123456789,.%-$£€ andtoperhundmilionsecfhy½²٣"), max_size=120))
def test_no_text_breaks_the_parser_and_every_span_is_exact(text: str) -> None:
    for each in read_quantities(text):
        assert text[each.start : each.end] == each.exact
        assert each.value == each.value


@pytest.mark.parametrize(
    ("text", "value"), [("10.62 Million people", 10_620_000.0), ("3 BILLION", 3e9), ("3K", 3000.0), ("4\u212a", 4000.0)]
)
def test_a_scale_is_read_in_capitals(text: str, value: float) -> None:
    (quantity,) = read_quantities(text)
    assert quantity.value == value
