from __future__ import annotations

import pytest

from services.verification.engine.ratings import read_label, read_rating
from services.verification.model import Rating


@pytest.mark.parametrize(
    ("label", "rating"),
    [
        ("False", Rating.REFUTED),
        ("Pants on Fire!", Rating.REFUTED),
        ("Four Pinocchios", Rating.REFUTED),
        ("Not true", Rating.REFUTED),
        ("Inaccurate", Rating.REFUTED),
        ("Mostly inaccurate", Rating.MOSTLY_REFUTED),
        ("Mostly False", Rating.MOSTLY_REFUTED),
        ("Misleading", Rating.MOSTLY_REFUTED),
        ("Half True", Rating.MIXED),
        ("Mixture", Rating.MIXED),
        ("Mostly True", Rating.MOSTLY_SUPPORTED),
        ("True", Rating.SUPPORTED),
        ("Correct", Rating.SUPPORTED),
        ("Missing context", Rating.MISSING_CONTEXT),
        ("Unproven", Rating.NOT_ENOUGH_EVIDENCE),
        ("No evidence", Rating.NOT_ENOUGH_EVIDENCE),
        ("Satire", None),
        ("Explainer", None),
        ("", None),
    ],
)
def test_publishers_words_land_on_our_scale(label: str, rating: Rating | None) -> None:
    assert read_label(label) is rating


def test_a_scale_that_runs_backwards_is_caught_by_its_word() -> None:
    reading = read_rating("False", value=5, best=5, worst=1)
    assert (reading.rating, reading.reversed) == (Rating.REFUTED, True)
    assert read_rating("False", value=1, best=5, worst=1).reversed is False
    assert read_rating("True", value=1, best=1, worst=5).rating is Rating.SUPPORTED


def test_a_number_and_a_word_that_cannot_both_be_meant_give_no_rating() -> None:
    assert read_rating("Mixture", value=5, best=5, worst=1).rating is None
    assert "contradict" in read_rating("Mixture", value=5, best=5, worst=1).reason


def test_a_number_alone_needs_its_scale() -> None:
    assert read_rating(value=4).rating is None
    assert read_rating(value=4, best=5, worst=1).rating is Rating.MOSTLY_SUPPORTED
    assert read_rating(value=10, best=10, worst=0).rating is Rating.SUPPORTED
    assert read_rating(value=-1, best=5, worst=1).rating is None
    assert read_rating("Satire", value=1, best=5, worst=1).rating is None
