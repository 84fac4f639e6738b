"""The sentences of a text that bear on a claim: by words first, by meaning as a second voice."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.verification.engine.sentences import Sentence, sentences
from services.verification.engine.words import FUNCTION_WORDS, base, tokens
from shared.retrieval.encoder import SentenceEncoder

K1, B = 1.2, 0.75
MEANING_WEIGHT = 0.5  # against 1 for words: for evidence sentences words are the better guide
NEIGHBOUR = 0.15  # share of a neighbour's score that spills over: evidence stands in runs


@dataclass(frozen=True)
class Passage:
    """A sentence of a text with its relevance to a claim, 0 to 1; `text == source[start:end]`."""

    text: str
    start: int
    end: int
    score: float


def select_passages(claim: str, text: str, k: int = 5, encoder: SentenceEncoder | None = None) -> list[Passage]:
    """The k sentences of `text` nearest to the claim, best first; those that share nothing with it are left out."""
    found = sentences(text)
    scores = sentence_scores(claim, [s.text for s in found], encoder)
    ranked = sorted(range(len(found)), key=lambda i: (-scores[i], i))[:k]
    return [Passage(s.text, s.start, s.end, round(scores[i], 6)) for i in ranked if scores[i] > 0 for s in [found[i]]]


def sentence_scores(claim: str, candidates: Sequence[str], encoder: SentenceEncoder | None = None) -> list[float]:
    """Relevance of each candidate to the claim, scaled so that the best is at most 1."""
    words = _scaled(bm25(claim, candidates))
    if encoder is not None and candidates:
        vectors = encoder.encode([claim, *candidates])
        meaning = _scaled([max(0.0, float(x)) for x in vectors[1:] @ vectors[0]])
        words = [(w + MEANING_WEIGHT * m) / (1 + MEANING_WEIGHT) for w, m in zip(words, meaning, strict=True)]
    return _with_neighbours(words)


def bm25(query: str, candidates: Sequence[str]) -> list[float]:
    """Okapi BM25 of the query against each candidate, with frequencies counted among the candidates themselves."""
    bags = [Counter(_terms(candidate)) for candidate in candidates]
    lengths = [sum(bag.values()) for bag in bags]
    mean = sum(lengths) / len(lengths) if lengths else 1.0
    holding = Counter(term for bag in bags for term in bag)
    weights = {
        term: math.log(1 + (len(bags) - holding[term] + 0.5) / (holding[term] + 0.5))
        for term in set(_terms(query))
        if term in holding
    }
    return [
        sum(
            weight * bag[t] * (K1 + 1) / (bag[t] + K1 * (1 - B + B * length / (mean or 1)))
            for t, weight in weights.items()
            if t in bag
        )
        for bag, length in zip(bags, lengths, strict=True)
    ]


def _terms(text: str) -> list[str]:
    return [base(t.text) for t in tokens(text) if t.lower not in FUNCTION_WORDS or t.text[0].isdigit()]


def _scaled(scores: Sequence[float]) -> list[float]:
    top = max(scores, default=0.0)
    return [score / top if top > 0 else 0.0 for score in scores]


def _with_neighbours(scores: Sequence[float]) -> list[float]:
    if len(scores) < 3:
        return list(scores)
    row = np.asarray(scores)
    spill = np.zeros_like(row)
    spill[1:] += row[:-1]
    spill[:-1] += row[1:]
    return [float(x) for x in np.where(row > 0, (row + NEIGHBOUR * spill) / (1 + 2 * NEIGHBOUR), 0.0)]


__all__ = ["Passage", "Sentence", "bm25", "select_passages", "sentence_scores", "sentences"]
