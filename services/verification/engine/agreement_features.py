"""What can be counted about a claim and a text to tell whether the text says what the claim says: how much of the claim
its nearest sentence and its five nearest hold, and what turns it round. Nothing of the claim alone counts: of a text that
shares no word with it every claim gets the same row."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from services.verification.engine import polarity
from services.verification.engine.disputed import QUESTION, REPEATED
from services.verification.engine.lexicon import concepts, opposite
from services.verification.engine.sentences import Sentence, sentences
from services.verification.engine.vocabulary import entries
from services.verification.engine.words import FUNCTION_WORDS, base, tokens

MORE = (
    "held", "weight_held", "all_held", "all_weight_held", "second", "mean", "sentences", "pairs", "all_pairs", "numbers",
    "all_numbers", "names", "all_names", "letters", "all_letters", "share_of_sentence",
)  # fmt: skip
LESS = (
    "other_number", "disputed", "disputed_near", "disputed_next", "hedged", "repeated", "asked", "turned", "opposed",
)  # fmt: skip
NAMES = MORE + LESS  # the first speak for agreement and the others against it, never the other way round
READ = 20_000  # characters of a text that are read
NEAREST, CLOSE, RUN, LONG_WORD = 5, 0.6, 4, 10
Rows = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Wording:
    """A sentence as the counts see it."""

    text: str
    words: tuple[str, ...]
    content: tuple[str, ...]
    meant: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]
    letters: frozenset[str]

    @property
    def weights(self) -> dict[str, int]:
        """Long words tell more than short ones."""
        return {word: min(len(word), LONG_WORD) for word in dict.fromkeys(self.content)}


@lru_cache(maxsize=4_000)
def wording(text: str) -> Wording:
    """Reads a sentence; the same sentence is read once."""
    found = tokens(text)
    words = tuple(base(token.text) for token in found)
    telling = [token for token in found if token.lower not in FUNCTION_WORDS and token.text[0].isalpha()]
    content = tuple(base(token.text) for token in telling)
    run = " ".join(words)
    return Wording(
        text,
        words,
        content,
        frozenset[str]().union(*map(concepts, content)),
        frozenset(token.lower.strip(".,") for token in found if token.text[0].isdigit()),
        frozenset(token.lower for token in telling if token.capital and token is not found[0]),
        frozenset(run[at : at + RUN] for at in range(len(run) - RUN + 1)),
    )


@dataclass(frozen=True)
class Compared:
    """The counts, columns as in NAMES, and the sentence that holds most of the claim: None when no word is shared."""

    row: tuple[float, ...]
    nearest: Sentence | None


def compare(claim: str, text: str) -> Compared:
    """Holds a claim against a text. The same input gives the same counts."""
    mine, found = wording(claim), _read(text[:READ])
    shares = [_share(mine, wording(each.text)) for each in found]
    order = sorted(range(len(found)), key=lambda at: (-shares[at], at))[:NEAREST]
    if not order or not shares[order[0]]:
        return Compared((0.0,) * len(NAMES), None)
    near = [wording(found[at].text) for at in order]
    together = wording(" ".join(found[at].text for at in sorted(order)))
    after = wording(found[order[0] + 1].text) if order[0] + 1 < len(found) else wording("")
    top = [shares[at] for at in order]
    held = (
        _held(mine.weights, near[0]),
        top[0],
        _held(mine.weights, together),
        _share(mine, together),
        top[1] if len(top) > 1 else 0.0,
        float(np.mean(top)),
        min(3, sum(share >= CLOSE for share in shares)) / 3,
        *_both(_pairs(mine), _pairs(near[0]), _pairs(together), 0.0, 0.0),
        *_both(mine.numbers, near[0].numbers, together.numbers, top[0], _share(mine, together)),
        *_both(mine.names, _lowered(near[0]), _lowered(together), top[0], _share(mine, together)),
        *_both(mine.letters, near[0].letters, together.letters, 0.0, 0.0),
        sum(word in mine.meant for word in set(near[0].content)) / max(1, len(set(near[0].content))),
    )
    return Compared((*held, *_against(mine, near, after, top[0])), found[order[0]])


def _against(mine: Wording, near: list[Wording], after: Wording, share: float) -> tuple[float, ...]:
    best, doubt = near[0], _listed("disputing")
    lone = set(mine.content) - set(best.words), set(best.content) - set(mine.words)
    return (
        float(bool(mine.numbers - best.numbers) and bool(best.numbers - mine.numbers)),
        _beyond(best, mine, doubt),
        max(_beyond(each, mine, doubt) for each in near[:3]),
        min(2, sum(word in doubt for word in after.words)) / 2,
        _beyond(best, mine, _listed("hedging")),
        min(2, max(0, len(REPEATED.findall(best.text)) - len(REPEATED.findall(mine.text)))) / 2,
        float(bool(QUESTION.search(best.text))),
        share * ((polarity.negations(best.text) - polarity.negations(mine.text)) % 2),
        float(any(opposite(one, two) for one in lone[0] for two in lone[1])),
    )


def _both(
    mine: Collection[object], best: Collection[object], together: Collection[object], alone: float, whole: float
) -> tuple[float, float]:
    """The share of `mine` in the nearest sentence and in the nearest together; where the claim has none of the kind, what
    its words say stands in, so that having none is no sign by itself."""
    if not mine:
        return alone, whole
    return sum(each in best for each in mine) / len(mine), sum(each in together for each in mine) / len(mine)


def _held(weights: Collection[str], other: Wording) -> float:
    return sum(bool(concepts(word) & other.meant) for word in weights) / max(1, len(weights))


def _share(mine: Wording, other: Wording) -> float:
    """How much of the claim's weight of words, or of words that mean the same, the other holds."""
    weights = mine.weights
    return sum(n for word, n in weights.items() if concepts(word) & other.meant) / (sum(weights.values()) or 1)


def _pairs(of: Wording) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(of.content))


def _lowered(of: Wording) -> frozenset[str]:
    return frozenset(token.lower for token in tokens(of.text))


def _beyond(of: Wording, mine: Wording, listed: frozenset[str]) -> float:
    """Words of a list beyond the claim's own."""
    return min(2, max(0, _count(of.words, listed) - _count(mine.words, listed))) / 2


def _count(words: Iterable[str], listed: frozenset[str]) -> int:
    return sum(word in listed for word in words)


@lru_cache(maxsize=4)
def _listed(name: str) -> frozenset[str]:
    return frozenset(base(word) for word in entries(name))


@lru_cache(maxsize=64)
def _read(text: str) -> tuple[Sentence, ...]:
    return tuple(sentences(text))


def rows_of(pairs: Iterable[tuple[str, str]]) -> Rows:
    """One row per (claim, text)."""
    return np.array([compare(*pair).row for pair in pairs], np.float64).reshape(-1, len(NAMES))
