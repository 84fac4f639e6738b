"""A time named as a bound is no date: what happened in 2011 happened after 2000, and nothing says otherwise."""

from __future__ import annotations

import pytest

from services.verification.engine.numeric import Figures, check_numbers

SAID = "The film was released in 2011."


@pytest.mark.parametrize(
    "claim",
    [
        "The film was released after 2000.",
        "The film was released by 2016.",
        "The film was released in or before 2016.",
        "The film was released prior to the year 2016.",
        "The film was released in the 2010's.",
    ],
)
def test_J4_a_bound_that_is_met_is_no_contradiction(claim: str) -> None:
    assert check_numbers(claim, SAID).result is not Figures.DIFFERS


@pytest.mark.parametrize(
    "claim",
    [
        "The film was released before 2000.",
        "The film was released after 2016.",
        "The film was released in 2010.",
        "The film was released in the 1970's.",
    ],
)
def test_a_time_outside_a_bound_and_another_date_differ(claim: str) -> None:
    assert check_numbers(claim, SAID).result is Figures.DIFFERS


@pytest.mark.parametrize("word", ["after", "before"])
def test_the_bound_itself_does_not_state_the_date(word: str) -> None:
    assert check_numbers(f"The film was released {word} 2011.", SAID).result is not Figures.AGREES


def test_two_bounds_of_one_kind_are_compared_as_dates() -> None:
    assert check_numbers("The plant will close by 2030.", "The plant will close by 2040.").result is Figures.DIFFERS
