"""Passages that say what a claim says: pointed out, never the ground of a rating by one source, never against a claim."""

from __future__ import annotations

import random
from importlib.resources import files

import numpy as np
import pytest

from services.verification.engine.agreement import (
    PINNED,
    SHIPPED,
    AgreementDamaged,
    AgreementModel,
    agreement_stage,
    shipped_agreement,
)
from services.verification.engine.agreement_features import LESS, MORE, NAMES, compare
from services.verification.engine.assessing import Found, assess
from services.verification.engine.leaning import leaning
from services.verification.model import OutcomeStatus, StageStatus, Stance
from tests.unit.verification.builders import SETTINGS, claim, evidence

WORDS = "The harbour museum reopened after the flood."
CLAIMS = (WORDS, "Turnout reached 61 percent in Ghent.", "Nobody in the choir was paid, the mayor said.")
SENTENCES = (
    "The harbour stayed shut for most of the year.",
    "Officials denied that the museum had reopened.",
    "Reportedly 58 percent voted in Ghent.",
    "Was the choir paid?",
    "It was a hoax, the mayor said.",
    "The flood reached the museum in May.",
)


def shipped_text() -> str:
    return (files("services.verification.engine") / "weights" / SHIPPED).read_text(encoding="utf-8")


def test_what_turns_a_statement_round_lowers_its_probability() -> None:
    model = shipped_agreement()
    same = model.probability(WORDS, "The harbour museum reopened after the flood.")
    for other in (
        "The harbour museum did not reopen after the flood.",
        "The castle gardens closed for the winter.",
        "The harbour museum closed after the flood.",
        "It is a myth that the harbour museum reopened after the flood.",
        "The harbour museum reportedly reopened after the flood.",
    ):
        assert model.probability(WORDS, other) < same, other
    assert same > 0.5


def test_a_text_that_also_states_the_claim_never_agrees_less() -> None:
    model, drawn = shipped_agreement(), random.Random(7)
    for _ in range(60):
        said = drawn.choice(CLAIMS)
        text = " ".join(drawn.sample(SENTENCES, drawn.randint(0, 5)))
        assert model.probability(said, f"{text} {said}".strip()) >= model.probability(said, text), (said, text)


def test_nothing_of_the_claim_alone_counts() -> None:
    model = shipped_agreement()
    for text in ("", "Quartz.", "Quartz glitters beside wet granite; 12 geologists rejoice."):
        rows = [compare(each, text) for each in CLAIMS]
        assert len({each.row for each in rows}) == 1
        assert rows[0].row == (0.0,) * len(NAMES)
        assert all(each.nearest is None for each in rows)
        assert len({model.probability(each, text) for each in CLAIMS}) == 1
        assert agreement_stage(claim(WORDS), [evidence("e1", text)], model).findings == ()


def test_every_count_keeps_to_its_side() -> None:
    weights = dict(zip(NAMES, shipped_agreement().weights, strict=True))
    assert all(weights[name] >= 0 for name in MORE)
    assert all(weights[name] <= 0 for name in LESS)
    assert any(weights[name] < 0 for name in LESS)


def test_the_same_input_gives_the_same_counts() -> None:
    text = " ".join(SENTENCES)
    assert compare(WORDS, text) == compare(WORDS, text)
    nearest = compare(WORDS, text).nearest
    assert nearest is not None
    assert text[nearest.start : nearest.end] == nearest.text


def test_J13_weights_that_were_changed_are_refused() -> None:
    written = shipped_text()
    assert AgreementModel.read(written, PINNED) == shipped_agreement()
    assert len(written.encode()) < 100_000
    with pytest.raises(AgreementDamaged, match="not the"):
        AgreementModel.read(written.replace('"bias": -', '"bias": '), PINNED)
    with pytest.raises(AgreementDamaged, match="speaks the wrong way: turned"):
        AgreementModel.read(written.replace('"turned": -', '"turned": '))
    for other in ("", "[]", "{}", '{"weights": {}}'):
        with pytest.raises(AgreementDamaged, match="cannot be read"):
            AgreementModel.read(other)


def test_of_several_texts_the_best_speaks_and_copies_add_nothing() -> None:
    model = shipped_agreement()
    one = model.agreed(WORDS, [WORDS])
    assert one is not None
    assert model.agreed(WORDS, [WORDS, SENTENCES[1], WORDS]) == one
    assert model.agreed(WORDS, []) is None
    assert one.supported + one.open <= 1
    assert np.isclose(one.open, model.open_share * (1 - one.supported))


def test_J4_agreement_never_speaks_against_a_claim_and_one_text_suggests_nothing() -> None:
    denied = "The harbour museum did not reopen after the flood. It was closed for good."
    model = shipped_agreement()
    stage = agreement_stage(claim(WORDS), [evidence("e1", denied)], model)
    assert all(finding.stance is Stance.SUPPORTS for finding in stage.findings)
    for words in (f"{WORDS} Visitors came back at once.", denied, "Quartz."):
        found = Found(sources=[evidence("e2", words)], retrieval=(StageStatus.FOUND, ""), agreement=model)
        outcome = assess(claim(WORDS), found, SETTINGS)
        assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, None)
        lean = leaning(outcome, model.agreed(WORDS, [words]))
        assert lean.side in ("supported", "open")
        assert not lean.suggests
    assert leaning(outcome).confidence == 0.0, "without anything read, nothing is sure"


def test_J13_the_stage_carries_the_hash_of_its_weights() -> None:
    stage = agreement_stage(claim(WORDS), [evidence("e1", WORDS)], shipped_agreement())
    assert stage.model_hash == shipped_agreement().sha256 == PINNED
    assert len(stage.model_hash) == 64
