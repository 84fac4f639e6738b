"""The seeded articles and fact checks: the same for the same seed, and what the floor's model calls are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.bench.perf import phrases
from tests.bench.perf.corpus import corpus
from tests.bench.perf.newsroom import cms_event
from tests.bench.perf.stories import CALLS_VERSION, stories, story
from tests.bench.perf.wire import article_of, findings_of


def test_an_article_is_the_same_in_every_process() -> None:
    assert list(stories(3, 7)) == list(stories(3, 7))
    assert story("a", 1) != story("a", 2)
    assert story("a", 1) != story("b", 1)


@pytest.mark.parametrize("number", range(8))
def test_an_article_has_36_sentences_of_which_eight_can_be_checked(number: int) -> None:
    told = story(f"s{number}", number)
    kinds = Counter(sentence.kind for sentence in told.sentences)
    assert len(told.sentences) == 36
    assert (kinds["stated"], kinds["said"]) == (5, 3)
    assert 600 <= sum(len(block.split()) for block in told.blocks) <= 800
    assert all(sentence.text in block for sentence in told.sentences for block in told.blocks if sentence.text in block)


def test_no_sentence_with_a_figure_comes_twice() -> None:
    figures = [s.text for told in stories(60, 0) for s in told.sentences if s.kind in ("stated", "said")]
    assert len(set(figures)) == len(figures)


def test_version_1_of_the_calls_is_decided_by_the_article_alone() -> None:
    assert CALLS_VERSION == 1
    told = story("s", 3)
    calls = told.calls
    spoken = [s.text for s in told.sentences if s.kind in ("said", "heard")]
    judged = [s.text for s in told.sentences if s.kind != "scene"]
    assert (list(calls.parse), list(calls.embed)) == (spoken, judged)
    assert len(calls.match) == 8
    assert all(
        phrases.within(claim)[:-1] in " ".join(judged) or claim[:-1] in " ".join(judged) for claim in calls.match
    )


def test_a_revision_writes_one_paragraph_anew() -> None:
    told = story("s", 3)
    changed = [one != other for one, other in zip(told.paragraphs, told.revised().paragraphs, strict=True)]
    assert sum(changed) == 1


def test_the_stub_finds_the_claims_where_they_stand() -> None:
    told = story("s", 5)
    found = findings_of(told)
    assert len(found.claims) == 8
    blocks = {f"b{at}": text for at, text in enumerate(told.blocks)}
    for claim in found.claims:
        (anchor,) = claim.anchors
        assert blocks[anchor.block_id][anchor.start : anchor.end] == anchor.exact == claim.text
    assert [block.text for block in article_of(told).blocks] == list(told.blocks)


def test_an_article_travels_as_a_cloudevent() -> None:
    value, headers = cms_event(story("s", 5))
    assert headers == [("content-type", b"application/cloudevents+json")]
    assert b'"source": "bench-cms"' in value


class Drawn:
    """An encoder that draws a unit vector for each text."""

    def encode(self, texts: Sequence[str]) -> Any:
        rows = np.random.default_rng(len(texts)).normal(size=(len(texts), 384)).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_corpus_has_unit_vectors_and_begins_the_same_whatever_its_size() -> None:
    small, large = (corpus(size, 1, Drawn()) for size in (600, 1500))
    assert large.texts[:600] == small.texts
    assert large.vectors.shape == (1500, 2, 384)
    lengths = np.linalg.norm(large.vectors.astype(np.float32), axis=-1)
    assert np.allclose(lengths, 1, atol=0.01)
    assert len(set(large.texts)) > 1490
