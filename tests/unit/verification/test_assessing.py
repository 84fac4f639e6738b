"""One claim against all that was looked up for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.verification.engine.assessing import Found, assess, unfinished
from services.verification.engine.matching import Match
from services.verification.model import (
    Abstention,
    Comparison,
    FactCheck,
    Outcome,
    OutcomeStatus,
    Rating,
    Sameness,
    Stage,
    StageStatus,
)
from tests.unit.verification.builders import SETTINGS, claim, evidence

CLAIM = claim()  # "Rents rose by 12 percent last year."
SAME = Match("f1", 0.9, 0.95, Comparison(Sameness.SAME))
CHECK = FactCheck("f1", CLAIM.text, publisher="The Desk", rating=Rating.REFUTED, rating_label="False", evidence_id="e9")
READ = (StageStatus.FOUND, "1 of 1")
PAGE = evidence("e9", "The claim that rents rose by 12 percent last year is false. They rose by 3 percent.")


def looked(**changed: object) -> Found:
    return replace(Found(sources=(evidence("e1"),), retrieval=READ, model_hash="m"), **changed)  # type: ignore[arg-type]


def status_of(outcome: Outcome, stage: Stage) -> StageStatus:
    return next(each.status for each in outcome.stages if each.stage is stage)


def test_the_same_lookups_give_the_same_outcome() -> None:
    ticks = iter(range(100))
    first = assess(CLAIM, looked(), SETTINGS, lambda: next(ticks))
    other = assess(CLAIM, looked(), SETTINGS, lambda: 0.0)
    assert replace(first, stages=()) == replace(other, stages=())
    assert [each.milliseconds for each in first.stages] == [1000, 1000, 1000]


def test_J4_a_contrary_figure_waits_for_people() -> None:
    outcome = assess(CLAIM, looked(), SETTINGS)
    assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, None)
    assert outcome.abstention_code is Abstention.CONTRADICTION_NEEDS_PEOPLE


def test_a_known_claim_is_cited_from_its_page() -> None:
    outcome = assess(CLAIM, looked(sources=(), matches=[SAME], fact_checks={"f1": CHECK}, held=(PAGE,)), SETTINGS)
    assert outcome.headline == "Contradicted by The Desk, awaiting review."
    (citation,) = outcome.citations
    assert PAGE.text[citation.start : citation.end] == citation.exact


def test_J5_a_verdict_on_the_same_article_is_no_ground() -> None:
    own = replace(CHECK, own=True, claim_id="c9", article_id="art", citations=())
    here = replace(CLAIM, article_id="art")
    found = looked(sources=(), matches=[SAME], fact_checks={"f1": own}, held=(PAGE,))
    assert status_of(assess(here, found, SETTINGS), Stage.KNOWN_CLAIM) is StageStatus.NOTHING
    assert status_of(assess(replace(here, article_id="other"), found, SETTINGS), Stage.KNOWN_CLAIM) is StageStatus.FOUND


def test_that_somebody_said_it_is_not_judged_by_whether_it_holds() -> None:
    said = replace(CLAIM, text="“Rents rose by 12 percent last year,” Hale said.", source_name="Tobias Hale")
    outcome = assess(said, looked(matches=[SAME], fact_checks={"f1": CHECK}, held=(PAGE,), report=True), SETTINGS)
    assert status_of(outcome, Stage.KNOWN_CLAIM) is StageStatus.NOT_ASKED
    assert outcome.citations == ()


@pytest.mark.parametrize(
    ("retrieval", "code"),
    [
        ((StageStatus.FAILED, "gone"), Abstention.LOOKUP_FAILED),
        ((StageStatus.NOT_ASKED, "none"), Abstention.NOTHING_FOUND),
        ((StageStatus.FOUND, "read"), Abstention.NOTHING_FOUND),
    ],
)
def test_J3_an_empty_hand_says_why_it_is_empty(retrieval: tuple[StageStatus, str], code: Abstention) -> None:
    outcome = assess(CLAIM, Found(retrieval=retrieval), SETTINGS)
    assert (outcome.status, outcome.rating, outcome.abstention_code) == (OutcomeStatus.NEEDS_REVIEW, None, code)


def test_J3_a_claim_whose_time_ran_out_is_not_judged() -> None:
    outcome = unfinished(CLAIM, looked(), SETTINGS, "the time was spent")
    assert (outcome.rating, outcome.abstention_code) == (None, Abstention.LOOKUP_FAILED)


def test_a_reviewer_is_shown_the_nearest_words_even_when_nothing_could_be_compared() -> None:
    about = evidence("e1", "Rents were discussed by the council. Nobody gave a figure for the year.")
    outcome = assess(CLAIM, looked(sources=(about,)), SETTINGS)
    retrieval = next(each for each in outcome.stages if each.stage is Stage.RETRIEVAL)
    assert outcome.citations == ()
    assert [about.text[c.start : c.end] == c.exact for f in retrieval.findings for c in f.citations] == [True] * len(
        retrieval.findings
    )
    assert retrieval.findings
