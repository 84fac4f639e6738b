from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from services.claim_extraction.engine import CheckWorthinessModel, Extractor, WeightsDamaged, build_check_worthiness
from services.claim_extraction.engine.features import Vocabulary, cues, terms
from services.claim_extraction.engine.training import Sample, folds_of
from services.claim_extraction.engine.worthiness import ARRAYS, UNSURE, WEIGHTS, pack, unpack
from services.claim_extraction.model import Block
from shared.retrieval.encoder import EncoderCache

FACT = "The city lost 4,000 jobs in 2020, and unemployment rose to 9.4 percent."
SMALL_TALK = "Thank you very much, and good evening."


class CountingEncoder:
    """Unit vectors from the letters of a text; remembers what it was asked for."""

    dimensions = 384
    model_hash = "0" * 64

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.asked += texts
        rows = [np.random.default_rng(sum(map(ord, text))).normal(size=384) for text in texts]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> CheckWorthinessModel:
    return CheckWorthinessModel.load()


def test_J13_every_score_carries_the_hash_of_its_weights(model: CheckWorthinessModel) -> None:
    assert {each.model_sha256 for each in model.score([FACT, SMALL_TALK])} == {model.sha256}
    assert model.sha256 == json.loads((WEIGHTS / "check_worthiness.json").read_text())["sha256"]


def test_J13_thresholds_stand_in_the_manifest(model: CheckWorthinessModel) -> None:
    stated = json.loads((WEIGHTS / "check_worthiness.json").read_text())["thresholds"]
    assert (model.thresholds.plain, model.thresholds.with_quantity, model.thresholds.opinion) == tuple(
        stated[name] for name in ("plain", "with_quantity", "opinion")
    )


def test_weights_that_are_not_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    shutil.copytree(WEIGHTS, tmp_path / "w")
    damaged = bytearray((tmp_path / "w" / ARRAYS).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "w" / ARRAYS).write_bytes(damaged)
    with pytest.raises(WeightsDamaged, match="its manifest says"):
        CheckWorthinessModel.load(tmp_path / "w")


def test_a_fact_scores_above_small_talk_and_says_why(model: CheckWorthinessModel) -> None:
    fact, talk = model.score([FACT, SMALL_TALK])
    assert fact.score > 0.9 > 0.1 > talk.score
    assert "gives numbers" in fact.reasons


def test_reasons_name_only_what_the_sentence_shows(model: CheckWorthinessModel) -> None:
    (score,) = model.score(["Taxes were raised for everybody."])
    assert not {"gives numbers", "gives an amount", "gives a year", "quotes"} & set(score.reasons)


def test_a_score_does_not_depend_on_the_sentences_beside_it(model: CheckWorthinessModel) -> None:
    encoder = CountingEncoder()
    alone = [model.score([each], encoder)[0] for each in (FACT, SMALL_TALK, "We cut the tax on fuel.")]
    assert model.score([FACT, SMALL_TALK, "We cut the tax on fuel."], encoder) == alone


def test_only_what_the_plain_judge_leaves_open_is_embedded_and_equal_sentences_once(
    model: CheckWorthinessModel,
) -> None:
    encoder = CountingEncoder()
    sentences = [
        FACT,
        SMALL_TALK,
        "We cut the tax on fuel.",
        "We cut the tax on fuel.",
        "They were all there that day.",
    ]
    plain = [each.score for each in model.score(sentences)]
    open_ones = {text for text, score in zip(sentences, plain, strict=True) if UNSURE[0] < score < UNSURE[1]}
    model.score(sentences, encoder)
    assert sorted(encoder.asked) == sorted(open_ones)
    assert open_ones < set(sentences)


def test_nothing_to_score_asks_nobody(model: CheckWorthinessModel) -> None:
    encoder = CountingEncoder()
    assert model.score([], encoder) == []
    assert encoder.asked == []


def test_a_revised_paragraph_embeds_no_other_sentence_again() -> None:
    encoder = CountingEncoder()
    extractor = Extractor.load(embedder=EncoderCache(encoder), syntax=False)
    paragraphs = [
        f"We were told that road {name} was closed. The mayor then opposed road {name}." for name in "ABCDEFGHIJ"
    ]
    published = datetime(2024, 1, 1, tzinfo=UTC)

    def read(texts: Sequence[str]) -> list[str]:
        before = len(encoder.asked)
        blocks = [Block(str(at), text) for at, text in enumerate(texts)]
        extractor.extract(blocks, published_at=published, language="en")
        return encoder.asked[before:]

    first = read(paragraphs)
    again = read([*paragraphs[:9], "We were told that road Z was closed. The mayor then opposed road J."])
    assert len(first) >= 10
    assert len(again) <= 1


def test_the_same_sentences_build_the_same_bytes(tmp_path: Path) -> None:
    rows = [{"text": f"Unemployment rose to {at} percent in 20{at:02d}.", "label": 1} for at in range(10, 40)]
    rows += [{"text": f"I want to thank friend number {at} for coming, truly.", "label": 0} for at in range(10, 60)]
    data = tmp_path / "data.json"
    data.write_text(json.dumps(rows))
    one = build_check_worthiness(data, CountingEncoder(), out=tmp_path / "one")
    two = build_check_worthiness(data, CountingEncoder(), out=tmp_path / "two")
    assert one.sha256 == two.sha256
    high, low = one.score(
        ["Unemployment rose to 55 percent in 2055.", "I want to thank friend number 99."], CountingEncoder()
    )
    assert high.score > low.score


@pytest.mark.parametrize("row", [{"text": 5, "label": 1}, {"text": "x", "label": 2}, {"label": 1}])
def test_a_bad_row_is_named(row: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps([{"text": "fine", "label": 0}, row]))
    with pytest.raises(ValueError, match=r"data\.json row 1"):
        Sample.read(path)


def test_equal_sentences_never_stand_on_both_sides_of_a_fold() -> None:
    texts = [f"Sentence {at % 12}." for at in range(48)]
    sample = Sample(tuple(texts), np.array([at % 2 for at in range(48)], np.int64))
    for train, held in folds_of(sample, 4, seed=1):
        assert not {texts[at] for at in train} & {texts[at] for at in held}


def test_what_was_packed_scores_the_same(model: CheckWorthinessModel) -> None:
    again = CheckWorthinessModel(unpack(pack(model.weights)), model.sha256)
    sentences = [FACT, SMALL_TALK, "We cut the tax on fuel."]
    for one, other in zip(
        model.score(sentences, CountingEncoder()), again.score(sentences, CountingEncoder()), strict=True
    ):
        assert one.score == pytest.approx(other.score, abs=2e-3)


def test_a_term_vector_has_unit_length_per_kind() -> None:
    vocabulary = Vocabulary.learn(["prices rose fast", "prices fell"], least={"w": 1, "c": 1})
    places, weights = vocabulary.weigh("prices rose, prices fell")
    kinds = np.array([vocabulary.words[place][0] for place in places])
    for kind in "wc":
        assert np.linalg.norm(weights[kinds == kind]) == pytest.approx(1)
    assert terms("a b")["w:a b"] == 1
    assert len(cues("")) == len(cues("Anything at all."))
