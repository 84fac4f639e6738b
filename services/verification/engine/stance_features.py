"""What can be counted about a claim and a text to tell whether the text takes a side. Words only, no vectors."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from services.verification.engine.sentences import sentences
from services.verification.engine.vocabulary import entries
from services.verification.engine.words import FUNCTION_WORDS, base, tokens

BUCKETS = 1 << 15
MOST_SENTENCES = 40
OPENING = 120
FIRST = 60
Idf = npt.NDArray[np.float32]
Weighted = tuple[dict[str, float], float]


@lru_cache(maxsize=1)
def _disputing() -> frozenset[str]:
    return frozenset(base(word) for word in entries("disputing"))


@lru_cache(maxsize=1)
def _hedging() -> frozenset[str]:
    return frozenset(base(word) for word in entries("hedging"))


@lru_cache(maxsize=1)
def _empty() -> frozenset[str]:
    return frozenset(base(word) for word in FUNCTION_WORDS) - _disputing() - _hedging()


def bucket(word: str) -> int:
    return zlib.crc32(word.encode()) % BUCKETS


def rarity(texts: Iterable[str]) -> Idf:
    """Inverse document frequency of hashed words over the texts: the only vocabulary a stance model carries."""
    seen, count = np.zeros(BUCKETS), 0
    for text in texts:
        count += 1
        for number in {bucket(base(t.text)) for t in tokens(text)}:
            seen[number] += 1
    return np.asarray(np.log((count + 1) / (seen + 1)) + 1, np.float32)


@dataclass(frozen=True)
class ReadText:
    """A text with everything the features ask of it, read once for all claims held against it."""

    words: tuple[str, ...]
    vocabulary: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    weighted: Weighted
    opening: Weighted
    by_sentence: tuple[tuple[tuple[str, ...], Weighted], ...]


def read_text(text: str, idf: Idf) -> ReadText:
    parts = [tuple(base(t.text) for t in tokens(s.text)) for s in sentences(text)][:MOST_SENTENCES]
    words = tuple(word for part in parts for word in part)
    return ReadText(
        words,
        frozenset(words),
        frozenset(pairwise(words)),
        _weighted(words, idf),
        _weighted(words[:OPENING], idf),
        tuple((part, _weighted(part, idf)) for part in parts),
    )


def features(claim: str, text: ReadText, idf: Idf) -> list[float]:
    """How much of the claim the text holds and where, and the disputing and hedging words around that place."""
    words = tuple(base(t.text) for t in tokens(claim))
    weighted = _weighted(words, idf)
    near = [_cosine(weighted, sentence) for _, sentence in text.by_sentence] or [0.0]
    best = int(np.argmax(near))
    around = [part for part, _ in text.by_sentence[best : best + 2]] + [(), ()]
    top = [*sorted(near, reverse=True), 0.0]
    return [
        *_shared(words, weighted, text, idf),
        top[0],
        top[1],
        sum(top[:5]) / max(1, min(5, len(near))),
        near[0],
        best / max(1, len(near)),
        _count(around[0], _disputing()),
        _count(around[0], _hedging()),
        _count(around[1], _disputing()),
        (_count(around[0], _disputing()) + _count(words, _disputing())) % 2,
        sum(
            1
            for (part, _), score in zip(text.by_sentence, near, strict=False)
            if score > 0.2 and _count(part, _disputing())
        ),
        *_of_text(text),
        *_of_claim(claim, words),
    ]


def _shared(words: Sequence[str], weighted: Weighted, text: ReadText, idf: Idf) -> list[float]:
    content = {word for word in words if word not in _empty()}
    weights = {word: float(idf[bucket(word)]) for word in content}
    held = content & text.vocabulary
    pairs = list(pairwise(words))
    first = next((n for n, word in enumerate(text.words) if word in content), 400)
    return [
        _cosine(weighted, text.weighted),
        _cosine(weighted, text.opening),
        sum(weights[word] for word in held) / (sum(weights.values()) or 1.0),
        len(held) / max(1, len(content)),
        sum(pair in text.pairs for pair in pairs) / max(1, len(pairs)),
        min(first, 400) / 400,
    ]


def _of_text(text: ReadText) -> list[float]:
    length = max(1, len(text.words))
    opening = text.words[:FIRST]
    return [
        math.log(length),
        len(text.by_sentence),
        _count(text.words, _disputing()) / length,
        _count(text.words, _hedging()) / length,
        _count(opening, _disputing()),
        _count(opening, _hedging()),
    ]


def _of_claim(claim: str, words: Sequence[str]) -> list[float]:
    quoted = float(bool(re.search(r"[‘’'\"“”]", claim)))
    return [
        len(words),
        _count(words, _disputing()),
        _count(words, _hedging()),
        float("?" in claim),
        quoted,
        float(":" in claim),
    ]


def _count(words: Iterable[str], of: frozenset[str]) -> int:
    return sum(word in of for word in words)


def _weighted(words: Sequence[str], idf: Idf) -> Weighted:
    counts = Counter(word for word in words if word not in _empty())
    weights = {word: (1 + math.log(n)) * float(idf[bucket(word)]) for word, n in counts.items()}
    return weights, math.sqrt(sum(w * w for w in weights.values())) or 1.0


def _cosine(a: Weighted, b: Weighted) -> float:
    (x, nx), (y, ny) = (a, b) if len(a[0]) <= len(b[0]) else (b, a)
    return sum(weight * y[word] for word, weight in x.items() if word in y) / (nx * ny)
