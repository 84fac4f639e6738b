from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from services.verification.engine.checking import known_claim_stage, structured_stage
from services.verification.engine.matching import FactCheckIndex
from services.verification.engine.policy import decide
from services.verification.engine.posts import for_meaning, for_words
from services.verification.engine.selection import select_passages
from services.verification.model import FactCheck, OutcomeStatus, Rating, Sameness, StageStatus, Stance
from shared.retrieval.encoder import Vectors
from tests.unit.verification.builders import SETTINGS, by_id, claim, evidence


class BagOfWords:
    """Texts as counts of hashed words: near when they share words."""

    dimensions = 256
    model_hash = "bag"

    def __init__(self) -> None:
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().strip(".").split():
                row[sum(map(ord, word)) * 31 % self.dimensions] += 1
        unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return unit


RENTS = FactCheck(
    "f1", "Rents rose by 12 percent last year.", "Did rents rise by 12 percent?", publisher="Checkers", rating=Rating.SUPPORTED,
    rating_label="True", reviewed_at=datetime(2026, 1, 5, tzinfo=UTC), evidence_id="page",
)  # fmt: skip
SHARKS = FactCheck(
    "f2",
    "Sharks swam along a flooded motorway.",
    "Sharks on the motorway?",
    rating=Rating.REFUTED,
    publisher="Checkers",
)
PAGE = evidence("page", "Rents rose by 12 percent last year. We checked this and it is true. Cookies help us.")


def index() -> FactCheckIndex:
    made = FactCheckIndex(BagOfWords())
    made.load([(RENTS, None), (SHARKS, None)])
    made.commit()
    return made


def test_the_nearest_fact_check_comes_first_and_says_whether_it_is_the_same() -> None:
    first, second = index().match(["Rents rose by 12 percent last year", "Rents rose by 21 percent last year"], k=1)
    assert (first[0].fact_check_id, first[0].same) == ("f1", True)
    assert (second[0].fact_check_id, second[0].comparison.sameness) == ("f1", Sameness.DIFFERENT)


def test_what_is_less_near_than_wanted_is_found_and_not_compared() -> None:
    ((match,),) = index().match(["Rents rose by 34 percent last year"], k=1, least=0.999)
    assert match.fact_check_id == "f1"
    assert 0.5 < match.similarity < 0.999
    assert match.comparison.sameness is Sameness.NOT_COMPARABLE


def test_a_new_fact_check_is_found_at_once_and_a_withdrawn_one_no_longer() -> None:
    held = index()
    held.put(FactCheck("f3", "The mayor paid no tax in Lisbon.", "The mayor's tax"))
    assert held.match(["The mayor paid no tax in Lisbon."], k=1)[0][0].fact_check_id == "f3"
    held.put(FactCheck("f3", "The mayor paid no tax in Lisbon.", withdrawn=True))
    held.commit()
    assert "f3" not in {m.fact_check_id for m in held.match(["The mayor paid no tax in Lisbon."])[0]}
    assert len(held) == 2


def test_kept_vectors_save_the_encoding() -> None:
    encoder = BagOfWords()
    vectors = FactCheckIndex(encoder).load([(RENTS, None), (SHARKS, None)])
    again = FactCheckIndex(encoder)
    again.load(list(zip((RENTS, SHARKS), vectors, strict=True)))
    assert encoder.calls == 1
    assert vectors[0].shape == (2, encoder.dimensions)


def test_words_alone_find_without_an_encoder() -> None:
    held = FactCheckIndex(None)
    held.load([(RENTS, None), (SHARKS, None)])
    held.commit()
    assert [id for id, _ in held.search("flooded motorway")] == ["f2"]


def test_a_post_loses_links_and_signature_for_meaning_and_keeps_tags_as_words() -> None:
    post = "How are animals surviving the #AustralianFires? https://t.co/x — Center for Bio Div (@CenterForBioDiv) January 14, 2020"
    assert for_meaning(post) == "How are animals surviving the Australian Fires?"
    assert "Center For Bio Div" in for_words(post)
    assert for_meaning("https://t.co/x") == "https://t.co/x"


def test_the_same_claim_carries_its_rating_cited_from_the_stored_page() -> None:
    matches = index().match([claim().text])[0]
    result = known_claim_stage(claim(), matches, {"f1": RENTS, "f2": SHARKS}, by_id(PAGE), SETTINGS)
    (found,) = result.findings
    assert (found.rating, found.stance, found.fact_check_id) == (Rating.SUPPORTED, Stance.SUPPORTS, "f1")
    assert all(PAGE.text[c.start : c.end] == c.exact for c in found.citations)
    assert "5 January 2026" in found.explanation
    assert decide(claim(), [result], by_id(PAGE), SETTINGS).status is OutcomeStatus.ASSESSED


def test_J8_a_match_with_another_number_is_told_and_carries_nothing() -> None:
    other = claim("Rents rose by 21 percent last year.")
    matches = index().match([other.text])[0]
    result = known_claim_stage(other, matches, {"f1": RENTS, "f2": SHARKS}, by_id(PAGE), SETTINGS)
    assert [f.rating for f in result.findings] == [None]
    outcome = decide(other, [result], by_id(PAGE), SETTINGS)
    assert outcome.rating is None
    assert "12 percent" in outcome.abstention


def test_a_text_that_states_the_claimed_figure_is_not_held_against_it() -> None:
    mixed = evidence(text="Rents rose by 12 percent last year. In the harbour, rents rose by 3 percent last year.")
    result = structured_stage(claim("Rents rose by 12 percent last year."), [mixed])
    assert [f.stance for f in result.findings] == [Stance.SUPPORTS]


def test_a_text_with_another_figure_contradicts_and_is_cited_word_for_word() -> None:
    source = evidence(text="The office reports. Rents rose by 3 percent last year. More next week.")
    (found,) = structured_stage(claim("Rents rose by 12 percent last year."), [source]).findings
    assert found.stance is Stance.CONTRADICTS
    assert found.citations[0].exact == "Rents rose by 3 percent last year."
    assert found.explanation == "The article says 12 percent; Office e1 says 3 percent."


def test_a_quotation_is_held_against_texts_that_name_its_speaker_alone() -> None:
    said = claim("“We will raise taxes next year,” Maria Lopez said.", source_kind="named", source_name="Maria Lopez")
    transcript = evidence("t", "Lopez told parliament: “We will not raise taxes next year.” Applause.")
    other = evidence("o", "We will not raise taxes next year, wrote a columnist.")
    result = structured_stage(said, [transcript, other], report=True)
    assert [(f.stance, f.citations[0].evidence_id) for f in result.findings] == [(Stance.CONTRADICTS, "t")]


def test_no_evidence_is_not_asked_and_silent_evidence_is_nothing() -> None:
    assert structured_stage(claim(), []).status is StageStatus.NOT_ASKED
    assert structured_stage(claim(), [evidence(text="The zoo has a new lion.")]).status is StageStatus.NOTHING


def test_J2_selected_passages_are_verbatim_at_their_offsets() -> None:
    text = "Intro line\nRents in Lisbon rose by 3 percent, Dr. Silva said. Bread got cheaper! The zoo reopened."
    passages = select_passages("Rents in Lisbon rose", text, k=3)
    assert passages[0].text == "Rents in Lisbon rose by 3 percent, Dr. Silva said."
    assert all(text[p.start : p.end] == p.text for p in passages)
    assert select_passages("quantum chromodynamics", text) == []
