"""What stood about a claim at a moment, from its records alone."""

from __future__ import annotations

from datetime import timedelta

from services.verification.engine.timeframe import ended
from services.verification.model import Basis, Outcome, OutcomeStatus, Rating, Verdict
from services.verification.model.freshness import Freshness, freshness_of
from services.verification.model.source import Credibility, SourceRating, rating_as_of
from services.verification.model.subject import ClaimState
from services.verification.model.timeline import Assessed, Worded, standing_as_of
from tests.unit.verification.builders import T0, at

WORDS = (
    Worded("Rents rose.", "h1", ClaimState.ACTIVE, at(0)),
    Worded("Rents fell.", "h2", ClaimState.ACTIVE, at(40)),
    Worded("Rents rose.", "h1", ClaimState.ACTIVE, at(50)),
    Worded("Rents rose.", "h1", ClaimState.WITHDRAWN, at(60)),
)
LOOKED = (
    Assessed(Outcome("c", "h1", OutcomeStatus.NEEDS_REVIEW), at(5)),
    Assessed(Outcome("c", "h1", OutcomeStatus.ASSESSED, rating=Rating.SUPPORTED), at(10)),
)


def decided(version: int, rating: Rating, minute: int) -> Verdict:
    return Verdict("c", "h1", version, rating, "x", (), Basis.REVIEW, "Ann", "Ben", at(minute), at(minute))


DECIDED = (decided(1, Rating.REFUTED, 20), decided(2, Rating.MISSING_CONTEXT, 30))


def stood(minute: int) -> tuple[str, str]:
    found = standing_as_of("c", WORDS, DECIDED, LOOKED, at(minute))
    if found is None or found.outcome is None:
        return ("", "") if found is None else ("open", "")
    return found.outcome.status.value, found.outcome.rating.value if found.outcome.rating else ""


def test_J10_each_moment_has_what_was_known_then() -> None:
    assert [stood(minute) for minute in (-1, 0, 5, 10, 20, 30)] == [
        ("", ""),
        ("open", ""),
        ("needs_review", ""),
        ("assessed", "supported"),
        ("verdict", "refuted"),
        ("verdict", "missing_context"),
    ]


def test_J10_a_verdict_stands_beside_its_own_words_alone() -> None:
    assert [stood(minute) for minute in (40, 50, 60)] == [
        ("open", ""),
        ("verdict", "missing_context"),
        ("withdrawn", ""),
    ]


def test_a_rating_of_a_source_holds_from_its_moment_and_is_known_from_its_record() -> None:
    def rated(version: int, credibility: Credibility, valid: int, recorded: int) -> SourceRating:
        return SourceRating("a.example", version, credibility, "n", "p", "x", at(valid), at(recorded))

    history = [rated(1, Credibility.MIXED, 0, 0), rated(2, Credibility.UNRELIABLE, 5, 30)]
    known = [rating_as_of(history, at(known), at(valid)) for known, valid in ((-1, -1), (10, 10), (30, 10), (30, 4))]
    assert [each.credibility.value if each else "" for each in known] == ["", "mixed", "unreliable", "mixed"]


def test_freshness_follows_the_article_and_the_time_the_claim_names() -> None:
    year, old = timedelta(days=365), T0 - timedelta(days=30)
    assert freshness_of(T0 - timedelta(hours=3), None, T0) is Freshness.BREAKING
    assert freshness_of(old, None, T0) is Freshness.CURRENT
    assert freshness_of(old, T0 - 2 * year, T0) is Freshness.SETTLED
    assert freshness_of(None, T0 - timedelta(days=9), T0) is Freshness.CURRENT
    assert ended("The bridge opened in 1998 and was rebuilt in 2004.") == ended("It was rebuilt in 2004.")
    assert ended("The bridge opened last year.") is None
    assert ended("The bridge is long.") is None
