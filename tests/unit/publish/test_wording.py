"""What chips say: one string per outcome, and unreviewed results that say so."""

from __future__ import annotations

import itertools

import pytest

from services.publish.wording import (
    DEFAULT_SCHEME,
    ICONS,
    UNREVIEWED,
    Tone,
    chip,
    contradicted_by,
    in_words,
    published_words,
    said_by,
    tally,
)
from tests.builders.reader_page import NOON

RATINGS = [step.key for step in DEFAULT_SCHEME]
RATED = [step.key for step in DEFAULT_SCHEME if step.value is not None]


@pytest.mark.parametrize("rating", RATED)
@pytest.mark.parametrize("status", ["assessed", "needs_review", "verdict"])
def test_J9_a_rating_nobody_reviewed_says_so(status: str, rating: str) -> None:
    made = chip(status=status, rating=rating)
    assert not made.settled
    assert UNREVIEWED in made.word or "awaiting review" in made.word


@pytest.mark.parametrize("rating", RATINGS)
def test_PUB10_only_a_reviewed_verdict_is_settled(rating: str) -> None:
    for status in ("assessed", "needs_review", "checking", "stale", "orphaned", "withdrawn"):
        assert not chip(status=status, rating=rating, reviewed_by="Ada Holm").settled
    reviewed = chip(status="verdict", rating=rating, reviewed_by="Ada Holm")
    assert reviewed.settled
    assert UNREVIEWED not in reviewed.word


def test_PUB3_the_headline_of_the_outcome_is_shown_word_for_word() -> None:
    headline = contradicted_by(["Northlight Fact Desk"])
    assert headline == "Contradicted by Northlight Fact Desk, awaiting review"
    assert chip(status="needs_review", rating="refuted", headline=headline).word == headline


def test_PUB5_the_scale_rises_from_refuted_to_supported_and_has_no_number_beside_it() -> None:
    values = {step.key: step.value for step in DEFAULT_SCHEME}
    on_scale = ["refuted", "mostly_refuted", "mixed", "mostly_supported", "supported"]
    assert [values[key] for key in on_scale] == [1, 2, 3, 4, 5]
    assert values["not_enough_evidence"] is None
    assert values["withdrawn"] is None


def test_an_abstention_reads_not_enough_evidence_and_never_false() -> None:
    made = chip(status="assessed", rating="not_enough_evidence")
    assert made.word == "Not enough evidence"
    assert made.tone == Tone.UNPROVEN


def test_RP5_outcomes_differ_in_shape_and_word_not_only_in_colour() -> None:
    assert set(ICONS) == set(Tone)
    good, bad, mixed, open_ = (
        chip(status="verdict", rating=rating, reviewed_by="x")
        for rating in ("supported", "refuted", "mixed", "not_enough_evidence")
    )
    for one, other in itertools.combinations((good, bad, mixed, open_), 2):
        assert one.icon != other.icon
        assert one.word != other.word


def test_changed_words_never_keep_the_old_rating() -> None:
    stale = chip(status="stale", rating="refuted", reviewed_by="Ada Holm")
    assert stale.word == "Text changed, re-checking"
    assert stale.tone == Tone.WAITING


@pytest.mark.parametrize(
    ("kind", "name", "verbatim", "words"),
    [
        ("named", "Ada Holm", True, "Said by Ada Holm"),
        ("named", "Ada Holm", False, "Attributed to Ada Holm"),
        ("document", "the leaflet", False, "Stated in the leaflet"),
        ("anonymous", "", True, "Said by a source the article does not name"),
        ("anonymous", "a person close to the plans", False, "Attributed to a source without a name"),
        ("author", "", False, "In the article's own words"),
        ("named", "", True, "In the article's own words"),
    ],
)
def test_who_said_it(kind: str, name: str, verbatim: bool, words: str) -> None:
    assert said_by(kind, name, verbatim=verbatim) == words


def test_names_are_joined_and_doubles_named_once() -> None:
    assert in_words([]) == ""
    assert in_words(["A"]) == "A"
    assert in_words(["A", "B", "A"]) == "A and B"
    assert in_words(["A", "B", "C"]) == "A, B and C"
    assert in_words(["A", "B", "C", "D"]) == "A, B and 2 others"


def test_an_unknown_publication_date_is_said_to_be_unknown() -> None:
    assert published_words(None, "markup") == "Publication date unknown"
    assert published_words(NOON, "markup") == "Published 5 March 2026, by the page's markup"
    assert published_words(NOON, "") == "Published 5 March 2026"


def test_a_tally_counts_every_claim_once_settled_first() -> None:
    chips = [
        chip(status="checking"),
        chip(status="verdict", rating="refuted", reviewed_by="x"),
        chip(status="needs_review", rating="refuted", headline=contradicted_by(["A"])),
        chip(status="needs_review", rating="refuted", headline=contradicted_by(["B"])),
        chip(status="verdict", rating="supported", reviewed_by="x"),
    ]
    assert [(one.short, count) for one, count in tally(chips)] == [
        ("Supported", 1),
        ("Refuted", 1),
        ("Contradicted, awaiting review", 2),
        ("Being checked", 1),
    ]
