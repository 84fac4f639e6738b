"""What a number is the amount of, in the text's own words."""

from __future__ import annotations

from datetime import date

import pytest

from services.claim_extraction.engine.dates import read_dates
from services.claim_extraction.engine.measures import stated_before
from services.claim_extraction.engine.quantities import read_quantities
from services.claim_extraction.model import Quantity


def quantity(text: str) -> Quantity:
    dates = read_dates(text, date(2024, 1, 1))
    return read_quantities(text, [(each.start, each.end) for each in dates])[0]


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("The population of Varn is 308,910.", "population"),
        ("Varn, a town by the sea, has a population of nearly 2 million.", "population"),
        ("The population of Varn in 2003 was estimated by the United Nations at 60,144.", "population"),
        ("According to the census, the harvest in Varn was 300 tonnes.", "harvest"),
        ("Unemployment stood at 9.8 percent.", "Unemployment"),
        (
            "The latest value for Rainfall, total (days a year) in Varn was 163 as of 2011.",
            "Rainfall, total (days a year)",
        ),
        ("Total health spending accounted for 9.3% of GDP in 2011.", "health spending (% of GDP)"),
        ("The city lost 4,000 jobs.", "jobs"),
        ("We met 12 people.", "people"),
    ],
)
def test_the_measure_is_what_the_words_say_it_is_the_level_of(text: str, measure: str) -> None:
    assert quantity(text).measure == measure


@pytest.mark.parametrize(
    ("text", "value", "dimension", "unit"),
    [
        ("School spending, total (% of GDP) in Varn was 4.07 as of 2011.", 4.07, "percent", "%"),
        ("Varn income per head (current US$) 2012: 51,709.45", 51709.45, "currency", "USD"),
        ("The output was worth 383.80 billion US dollars in 2012.", 383.8e9, "currency", "USD"),
        ("Income in Varn was last measured at 17250 in 2011.", 17250, "count", ""),
        ("Rainfall (days a year) in Varn was 163.", 163, "count", ""),
    ],
)
def test_a_bare_number_takes_the_unit_of_its_heading(text: str, value: float, dimension: str, unit: str) -> None:
    found = quantity(text)
    assert (found.value, found.dimension, found.unit) == (value, dimension, unit)


@pytest.mark.parametrize("text", ["", "12", "= ", "It cost ", "(%) is ", "the " * 200 + "is "])
def test_words_that_say_no_level_give_no_measure(text: str) -> None:
    stated = stated_before(text, len(text))
    assert stated is None or stated.words.strip()
