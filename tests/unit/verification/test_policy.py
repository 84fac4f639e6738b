from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.verification.engine.policy import decide
from services.verification.model import (
    REFUTING,
    Abstention,
    Basis,
    Evidence,
    Finding,
    Origin,
    OutcomeStatus,
    PathRecord,
    Rating,
    Stage,
    StageResult,
    StageStatus,
    Stance,
    wilson_lower,
)
from tests.unit.verification.builders import SETTINGS, analysis, answered, by_id, claim, evidence, finding, found

EMPTY = (StageStatus.NOTHING, StageStatus.FAILED, StageStatus.NOT_ASKED)
AGAINST = Stance.CONTRADICTS


@pytest.mark.parametrize(("known", "retrieval"), itertools.product(EMPTY, EMPTY))
def test_J3_nothing_failed_and_not_asked_never_give_a_rating(known: StageStatus, retrieval: StageStatus) -> None:
    stages = [answered(Stage.KNOWN_CLAIM, known), answered(Stage.RETRIEVAL, retrieval)]
    outcome = decide(claim(), stages, {}, SETTINGS)
    assert outcome.status is OutcomeStatus.NEEDS_REVIEW
    assert outcome.rating is None
    assert outcome.abstention


def test_J3_the_three_empty_answers_are_told_apart() -> None:
    codes = {
        status: decide(claim(), [answered(Stage.RETRIEVAL, status)], {}, SETTINGS).abstention_code for status in EMPTY
    }
    assert codes == {
        StageStatus.NOTHING: Abstention.NOTHING_FOUND,
        StageStatus.FAILED: Abstention.LOOKUP_FAILED,
        StageStatus.NOT_ASKED: Abstention.NOT_LOOKED_UP,
    }


@pytest.mark.parametrize("stage", [Stage.KNOWN_CLAIM, Stage.STRUCTURED, Stage.STANCE, Stage.PLUGIN])
@pytest.mark.parametrize("rating", [None, Rating.REFUTED, Rating.MOSTLY_REFUTED])
def test_J4_no_path_refutes_without_people(stage: Stage, rating: Rating | None) -> None:
    source = evidence()
    perfect = tuple(PathRecord(basis, rate, 10_000, 10_000) for basis in Basis for rate in Rating)
    result = found(stage, finding(source, stance=AGAINST, rating=rating, score=1.0))
    outcome = decide(claim(), [result], by_id(source), replace(SETTINGS, paths=perfect))
    assert outcome.status is OutcomeStatus.NEEDS_REVIEW
    assert outcome.rating is None
    assert "awaiting review" in outcome.headline


def test_J4_a_number_that_differs_reads_contradicted_by_its_source() -> None:
    source = evidence(publisher="Office for Rents")
    outcome = decide(claim(), [found(Stage.STRUCTURED, finding(source, stance=AGAINST))], by_id(source), SETTINGS)
    assert outcome.headline == "Contradicted by Office for Rents, awaiting review."
    assert outcome.abstention_code is Abstention.CONTRADICTION_NEEDS_PEOPLE
    assert outcome.citations
    assert not outcome.may_emit_claim_review


def test_J4_stance_alone_never_reads_contradicted() -> None:
    source = evidence()
    outcome = decide(
        claim(), [found(Stage.STANCE, finding(source, stance=AGAINST, score=1.0))], by_id(source), SETTINGS
    )
    assert "Contradicted" not in outcome.headline
    assert outcome.abstention_code is Abstention.ONLY_DISCUSSED


@pytest.mark.parametrize("origin", [Origin.ARTICLE, Origin.COMMENT, Origin.MACHINE])
def test_J5_articles_comments_and_machine_text_are_never_evidence(origin: Origin) -> None:
    source = evidence(origin=origin)
    for stance in (Stance.SUPPORTS, AGAINST):
        outcome = decide(claim(), [found(Stage.STRUCTURED, finding(source, stance=stance))], by_id(source), SETTINGS)
        assert outcome.abstention_code is Abstention.NO_ADMISSIBLE_SOURCE
        assert outcome.rating is None
        assert outcome.citations == ()


def test_J5_our_own_analysis_alone_cannot_contradict() -> None:
    own = analysis()
    outcome = decide(claim(), [found(Stage.STRUCTURED, finding(own, stance=AGAINST))], by_id(own), SETTINGS)
    assert outcome.abstention_code is Abstention.ONLY_OWN_ANALYSIS
    assert "Contradicted" not in outcome.headline
    source = evidence()
    both = [found(Stage.STRUCTURED, finding(own, stance=AGAINST), finding(source, stance=AGAINST))]
    assert decide(claim(), both, by_id(own, source), SETTINGS).headline.startswith("Contradicted by Office e1")


def test_J5_an_article_does_not_support_itself_or_through_a_copy() -> None:
    words = "Rents in the harbour rose by twelve percent last year according to brokers who asked not to be named " * 3
    itself = evidence("e1", words, url="https://www.harbourpost.example/rents-2026/?utm_source=x")
    copy = evidence("e2", words + "Copyright elsewhere.", url="https://elsewhere.example/2026/rents-story-copied")
    for item in (itself, copy):
        outcome = decide(claim(article_text=words), [found(Stage.STRUCTURED, finding(item))], by_id(item), SETTINGS)
        assert outcome.abstention_code is Abstention.NO_ADMISSIBLE_SOURCE


def test_J6_copies_of_one_story_do_not_add_up() -> None:
    wire = "The agency reported on Monday that rents had risen by twelve percent over the year in the whole country."
    copies = [evidence(f"e{n}", f"{wire} Printed by paper number {n}.") for n in range(5)]
    outcome = decide(
        claim(), [found(Stage.STANCE, *(finding(item, score=0.99) for item in copies))], by_id(*copies), SETTINGS
    )
    assert outcome.status is OutcomeStatus.NEEDS_REVIEW
    other = evidence(
        "x", "A survey among four thousand tenants puts the average increase of their rent at a tenth or more."
    )
    outcome = decide(
        claim(),
        [found(Stage.STANCE, *(finding(item, score=0.99) for item in (copies[0], other)))],
        by_id(copies[0], other),
        SETTINGS,
    )
    assert outcome.status is OutcomeStatus.ASSESSED


def test_J8_a_match_with_another_number_carries_nothing() -> None:
    source = evidence()
    match = finding(source, rating=Rating.SUPPORTED, same=False, fact_check_id="f1")
    outcome = decide(claim(), [found(Stage.KNOWN_CLAIM, match)], by_id(source), SETTINGS)
    assert outcome.rating is None
    assert outcome.fact_check_id == ""
    assert outcome.abstention_code is Abstention.DIFFERENT_CLAIM


def test_J9_what_nobody_reviewed_says_so_and_emits_no_claim_review() -> None:
    source = evidence()
    stages = [found(Stage.KNOWN_CLAIM, finding(source, rating=Rating.SUPPORTED, same=True, fact_check_id="f1"))]
    suggested = decide(claim(), stages, by_id(source), SETTINGS)
    assert suggested.status is OutcomeStatus.ASSESSED
    assert "not yet reviewed" in suggested.headline
    assert not suggested.may_emit_claim_review
    alone = decide(
        claim(),
        stages,
        by_id(source),
        replace(SETTINGS, paths=(PathRecord(Basis.KNOWN_CLAIM, Rating.SUPPORTED, 400, 398),)),
    )
    assert alone.status is OutcomeStatus.VERDICT
    assert "no person has reviewed it" in alone.headline
    assert not alone.may_emit_claim_review


@pytest.mark.parametrize(
    ("decisions", "correct", "alone"), [(199, 199, False), (200, 200, True), (200, 193, False), (500, 490, True)]
)
def test_a_path_decides_alone_only_with_measured_precision(decisions: int, correct: int, alone: bool) -> None:
    settings = replace(SETTINGS, paths=(PathRecord(Basis.STRUCTURED, Rating.SUPPORTED, decisions, correct),))
    source = evidence()
    outcome = decide(claim(), [found(Stage.STRUCTURED, finding(source))], by_id(source), settings)
    assert (outcome.status is OutcomeStatus.VERDICT) is alone


def test_firm_sources_on_both_sides_conflict_and_no_side_is_taken() -> None:
    one, other = evidence("e1"), evidence("e2", "Brokers in the harbour counted a rise of 12 percent.")
    stages = [found(Stage.STRUCTURED, finding(one, stance=AGAINST), finding(other))]
    outcome = decide(claim(), stages, by_id(one, other), SETTINGS)
    assert outcome.rating is Rating.CONFLICTING
    assert outcome.status is OutcomeStatus.NEEDS_REVIEW
    assert {c.stance for c in outcome.citations} == {Stance.SUPPORTS, AGAINST}


def test_J2_a_quote_altered_by_one_character_is_refused() -> None:
    source = evidence()
    good = finding(source)
    citation = good.citations[0]
    bad = replace(good, citations=(replace(citation, exact=citation.exact.replace("3", "8", 1)),))
    outcome = decide(claim(), [found(Stage.STRUCTURED, bad)], by_id(source), SETTINGS)
    assert outcome.rating is None
    assert any("not in the source" in note for note in outcome.notes)


def test_J1_a_citation_of_unknown_evidence_is_refused() -> None:
    outcome = decide(claim(), [found(Stage.PLUGIN, finding(evidence()))], {}, SETTINGS)
    assert outcome.rating is None
    assert any("not stored" in note for note in outcome.notes)


STANCES = st.sampled_from(list(Stance))
FINDINGS = st.builds(
    lambda stance, rating, score, source: (stance, rating, score, source),
    STANCES,
    st.none() | st.sampled_from(list(Rating)),
    st.floats(0, 1),
    st.integers(0, 4),
)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Stage)), st.sampled_from(list(StageStatus)), st.lists(FINDINGS, max_size=3)),
        max_size=5,
    )
)
def test_J4_no_combination_of_findings_yields_a_refuting_rating(
    drawn: list[tuple[Stage, StageStatus, list[tuple[Stance, Rating | None, float, int]]]],
) -> None:
    pool: list[Evidence] = [
        evidence("e0"),
        evidence("e1"),
        analysis(),
        evidence("m", origin=Origin.MACHINE),
        evidence("e2"),
    ]

    def one(parts: tuple[Stance, Rating | None, float, int]) -> Finding:
        return finding(pool[parts[3]], stance=parts[0], rating=parts[1], score=parts[2])

    stages = [StageResult(stage, status, tuple(map(one, parts))) for stage, status, parts in drawn]
    paths = tuple(PathRecord(basis, rating, 1000, 1000) for basis in Basis for rating in Rating)
    outcome = decide(claim(), stages, by_id(*pool), replace(SETTINGS, paths=paths))
    assert outcome.rating not in REFUTING
    assert "refuted" not in outcome.headline.lower()
    if not any(status is StageStatus.FOUND for _, status, _ in drawn):
        assert outcome.rating is None
    assert all(citation.evidence_id != "m" for citation in outcome.citations)


def test_wilson_lower_bound_matches_published_values() -> None:
    assert wilson_lower(0, 0) == 0
    assert wilson_lower(200, 200) == pytest.approx(0.98115, abs=1e-4)
    assert wilson_lower(8, 10) == pytest.approx(0.4902, abs=1e-3)
