"""What can be counted about a claim and each sentence of a text to tell which sentences bear on it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from services.verification.engine.words import FUNCTION_WORDS, base, tokens

K1, B = 1.2, 0.75
HEADING = re.compile(r"^\s*(?:#|\(meta data\)|title:)", re.IGNORECASE)
NAMES = (
    "bm25", "share_of_best", "before", "after", "two_before", "two_after", "held", "pairs", "numbers", "names", "rarest",
    "length", "place", "first", "heading", "ends", "cosine",
)  # fmt: skip
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sentences:
    """Candidate sentences read once for every claim held against them."""

    terms: tuple[tuple[str, ...], ...]
    bags: tuple[dict[str, int], ...]
    pairs: tuple[frozenset[tuple[str, str]], ...]
    written: tuple[frozenset[str], ...]
    shapes: tuple[tuple[float, ...], ...]
    rarity: dict[str, float]
    norms: tuple[float, ...]
    rooms: npt.NDArray[np.float64]
    places: dict[str, tuple[tuple[int, int], ...]]  # term -> (sentence, how often)


@lru_cache(maxsize=64)
def read_sentences(candidates: tuple[str, ...]) -> Sentences:
    """Reads the sentences of a text; the same text is read once."""
    terms = tuple(tuple(terms_of(candidate)) for candidate in candidates)
    bags = tuple(dict(Counter(each)) for each in terms)
    places: dict[str, list[tuple[int, int]]] = {}
    for n, bag in enumerate(bags):
        for term, count in bag.items():
            places.setdefault(term, []).append((n, count))
    rarity = {t: math.log(1 + (len(bags) - len(at) + 0.5) / (len(at) + 0.5)) for t, at in places.items()}
    lengths = np.array([len(each) for each in terms], np.float64)
    mean = lengths.mean() if len(lengths) else 1.0
    return Sentences(
        terms,
        bags,
        tuple(frozenset(pairwise(each)) for each in terms),
        tuple(frozenset(t.lower for t in tokens(candidate)) for candidate in candidates),
        tuple(_shape(candidate, n, len(candidates), len(terms[n])) for n, candidate in enumerate(candidates)),
        rarity,
        tuple(math.sqrt(sum(rarity[t] ** 2 for t in bag)) for bag in bags),
        K1 * (1 - B + B * lengths / (mean or 1.0)),
        {term: tuple(at) for term, at in places.items()},
    )


def terms_of(text: str) -> list[str]:
    """Base forms of the words of meaning and the numbers of a text."""
    return [base(t.text) for t in tokens(text) if t.lower not in FUNCTION_WORDS or t.text[0].isdigit()]


def term_scores(claim: Sequence[str], read: Sentences) -> npt.NDArray[np.float64]:
    """Okapi BM25 of every term of the claim (columns) in every sentence (rows), frequencies counted in this text."""
    known = [term for term in dict.fromkeys(claim) if term in read.places]
    table = np.zeros((len(read.bags), max(1, len(known))))
    for column, term in enumerate(known):
        for row, count in read.places[term]:
            table[row, column] = read.rarity[term] * count * (K1 + 1) / (count + read.rooms[row])
    return table


def features(claim: str, candidates: Sequence[str], only: Sequence[int] | None = None) -> Rows:
    """One row per candidate, or per candidate named in `only`; columns as in NAMES."""
    read = read_sentences(tuple(candidates))
    wanted = terms_of(claim)
    scores = term_scores(wanted, read).sum(axis=1)
    best = scores.max(initial=0.0) or 1.0
    around = np.concatenate([[0.0, 0.0], scores / best, [0.0, 0.0]])
    asked = _Asked.of(claim, wanted, read)
    chosen = range(len(candidates)) if only is None else only
    rows = np.zeros((len(chosen), len(NAMES)), np.float32)
    for row, n in zip(rows, chosen, strict=True):
        near = around[n + 1], around[n + 3], around[n], around[n + 4]
        held = _held(asked, n, read)
        row[:] = (math.log1p(scores[n]), scores[n] / best, *near, *held, *read.shapes[n], _cosine(asked, n, read))
    return rows


@dataclass(frozen=True)
class _Asked:
    """What the claim asks of every sentence, worked out once."""

    weights: dict[str, float]
    total: float
    norm: float
    pairs: frozenset[tuple[str, str]]
    figures: frozenset[str]
    capitals: frozenset[str]

    @classmethod
    def of(cls, claim: str, wanted: Sequence[str], read: Sentences) -> _Asked:
        weights = {term: read.rarity.get(term, 0.0) for term in wanted}
        found = tokens(claim)
        return cls(
            weights,
            sum(weights.values()) or 1.0,
            math.sqrt(sum(w * w for w in weights.values())),
            frozenset(pairwise(wanted)),
            frozenset(t.lower for t in found if t.text[0].isdigit()),
            frozenset(t.lower for t in found if t.capital and t.lower not in FUNCTION_WORDS),
        )


def _held(asked: _Asked, n: int, read: Sentences) -> tuple[float, ...]:
    """Shares of the claim's weight, word pairs, numbers and capital words that the sentence holds."""
    shared = [weight for term, weight in asked.weights.items() if term in read.bags[n]]
    here = read.written[n]
    return (
        sum(shared) / asked.total,
        len(asked.pairs & read.pairs[n]) / max(1, len(asked.pairs)),
        len(asked.figures & here) / len(asked.figures) if asked.figures else 0.0,
        len(asked.capitals & here) / len(asked.capitals) if asked.capitals else 0.0,
        max(shared, default=0.0),
    )


def _shape(candidate: str, n: int, count: int, terms: int) -> tuple[float, ...]:
    return (
        math.log1p(terms),
        n / max(1, count),
        float(n == 0),
        float(bool(HEADING.match(candidate))),
        float(candidate.rstrip().endswith((".", "!", "?", "”", '"'))),
    )


def _cosine(asked: _Asked, n: int, read: Sentences) -> float:
    shared = sum(weight * weight for term, weight in asked.weights.items() if term in read.bags[n])
    lengths = asked.norm * read.norms[n]
    return shared / lengths if lengths else 0.0
