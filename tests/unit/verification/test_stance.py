from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from services.verification.engine.policy import decide
from services.verification.engine.stance import StanceModel, stance_stage
from services.verification.engine.trees import flattened
from services.verification.model import StageStatus, Stance
from tests.unit.verification.builders import SETTINGS, by_id, claim, evidence

DENIAL = (
    "The ministry said on Monday that reports of a meteorite near the airport were false. "
    "Officials denied that a meteorite had hit the airport and called the story a hoax."
)


@pytest.fixture(scope="module")
def model() -> StanceModel:
    return StanceModel.load()


def test_flat_trees_give_the_same_probabilities_as_the_library_that_grew_them() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(600, 5)).astype(np.float32)
    labels = (rows[:, 0] > 0).astype(int) + (rows[:, 1] * rows[:, 2] > 0.3)
    fitted = HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=7).fit(rows, labels)
    assert np.allclose(flattened(fitted).probabilities(rows), fitted.predict_proba(rows), atol=1e-5)


def test_a_text_about_something_else_has_no_stance(model: StanceModel) -> None:
    assert model.read("Rents in Lisbon rise again", DENIAL).stance is None


def test_a_text_about_the_claim_has_one_and_probabilities_sum_to_one(model: StanceModel) -> None:
    reading = model.read("Meteorite hits the airport", DENIAL)
    assert reading.stance is not None
    assert sum(reading.probabilities.values()) == pytest.approx(1, abs=1e-4)
    asserted = "A meteorite hit the airport on Monday, the ministry said. The meteorite left a crater near the airport."
    assert (
        reading.probabilities["disagree"] > model.read("Meteorite hits the airport", asserted).probabilities["disagree"]
    )


def test_J13_every_score_carries_the_hash_of_its_model(model: StanceModel) -> None:
    result = stance_stage(claim("A meteorite hit the airport."), [evidence(text=DENIAL)], model)
    assert result.model_hash == model.model_hash
    assert len(model.model_hash) == 64


def test_J4_a_disagreeing_text_alone_never_reads_contradicted(model: StanceModel) -> None:
    source = evidence(text=DENIAL)
    meteorite = claim("A meteorite hit the airport.")
    result = stance_stage(meteorite, [source], model)
    assert all(source.text[c.start : c.end] == c.exact for f in result.findings for c in f.citations)
    outcome = decide(meteorite, [result], by_id(source), SETTINGS)
    assert outcome.rating is None
    assert "Contradicted" not in outcome.headline


def test_without_texts_nothing_was_asked(model: StanceModel) -> None:
    assert stance_stage(claim(), [], model).status is StageStatus.NOT_ASKED
    assert stance_stage(claim(), [evidence(text="Bananas.")], model).status is StageStatus.NOTHING


def test_stances_are_suggestions_in_the_three_known_words(model: StanceModel) -> None:
    reading = model.read("Meteorite hits the airport", DENIAL)
    assert reading.stance in set(Stance)
