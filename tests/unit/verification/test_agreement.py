"""Passages that say what a claim says: pointed out, never the ground of a rating by one source, never against a claim."""

from __future__ import annotations

from services.verification.engine.agreement import NAMES, agreement_stage, features, shipped_agreement
from services.verification.engine.assessing import Found, assess
from services.verification.engine.leaning import leaning
from services.verification.model import OutcomeStatus, StageStatus, Stance
from tests.unit.verification.builders import SETTINGS, claim, evidence

WORDS = "The harbour museum reopened after the flood."


def test_what_turns_a_statement_round_lowers_its_probability() -> None:
    model = shipped_agreement()
    same = model.probability(WORDS, "The harbour museum reopened after the flood.")
    for other in (
        "The harbour museum did not reopen after the flood.",
        "The castle gardens closed for the winter.",
        "The harbour museum closed after the flood.",
    ):
        assert model.probability(WORDS, other) < same
    assert same > 0.5
    assert len(features(WORDS, "")) == len(NAMES)


def test_J4_agreement_never_speaks_against_a_claim_and_one_text_suggests_nothing() -> None:
    sources = [evidence("e1", "The harbour museum did not reopen after the flood. It was closed for good.")]
    stage = agreement_stage(claim(WORDS), sources, shipped_agreement())
    assert all(finding.stance is Stance.SUPPORTS for finding in stage.findings)
    told = [evidence("e2", f"{WORDS} Visitors came back at once.")]
    found = Found(sources=told, retrieval=(StageStatus.FOUND, ""), agreement=shipped_agreement())
    outcome = assess(claim(WORDS), found, SETTINGS)
    assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, None)
    lean = leaning(outcome)
    assert (lean.side, lean.suggests) == ("supported", False)


def test_J13_the_stage_carries_the_hash_of_its_weights() -> None:
    stage = agreement_stage(claim(WORDS), [evidence("e1", WORDS)], shipped_agreement())
    assert stage.model_hash == shipped_agreement().sha256
    assert len(stage.model_hash) == 64
