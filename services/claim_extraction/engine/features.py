"""What a check-worthiness model sees of a sentence: words, letter n-grams, and a few cues a person would name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise
from math import log, log1p

import numpy as np
import numpy.typing as npt

from services.claim_extraction.engine.lexicon import words_of

Floats = npt.NDArray[np.float32]

_TOKEN = re.compile(r"\w+|[$£€%?!]")
_WORD = re.compile(r"\w+(?:['’]\w+)?|[$£€%]")
_CHAR_SIZES = (2, 3, 4, 5)
WORDS, LETTERS = "w", "c"
_KEPT_WORDS, _KEPT_LENGTH = 50_000, 24

_MODAL = words_of("will would should could may might can must shall")
_MIND = words_of("think believe want hope feel know guess wish")
_NEGATION = words_of("not never no don't didn't can't won't isn't wasn't doesn't cannot")
_PAST = words_of("was were had did been")
_PERFECT = words_of("has have i've we've they've")
_COMPARISON = words_of("more less most least than highest lowest largest biggest first only every all record")
_ACTS = words_of("voted vote said passed cut increased lost created rose fell signed spent paid killed")
_AMOUNT = words_of("$ £ € % percent million billion trillion thousand")
_CONDITION = words_of("if let")
_CENTURIES = ("17", "18", "19", "20")

CUES = (
    "length", "long sentence", "short sentence", "gives numbers", "gives an amount", "names people, places or bodies",
    "is a question", "quotes", "speaks of I", "speaks of we", "speaks to you", "speaks of he or she", "speaks of they",
    "says what will or should be", "says what somebody thinks", "denies", "tells the past", "tells what has happened",
    "gives a year", "past tense", "compares", "says what was done", "sets a condition",
)  # fmt: skip
"""Names of `cues`, in order; shown to people as reasons."""


def cues(sentence: str) -> list[float]:
    """The named cues of a sentence, unscaled."""
    written = _WORD.findall(sentence)
    words = [word.casefold().replace("’", "'") for word in written]
    have = Counter(words)
    marked = [word for word in words if not word.isalpha()]

    def any_of(group: frozenset[str]) -> float:
        return float(not group.isdisjoint(have))

    def number_of(group: Iterable[str]) -> float:
        return float(sum([have.get(word, 0) for word in group]))

    return [
        log1p(len(words)),
        float(len(words) > 25),
        float(len(words) < 6),
        float(sum([any(map(str.isdigit, word)) for word in marked])),
        any_of(_AMOUNT),
        float(sum([word[0].isupper() for word in written[1:]])),
        float(sentence.rstrip("\"'”’ ").endswith("?")),
        float('"' in sentence or "“" in sentence),
        number_of(("i", "me", "my")),
        number_of(("we", "our", "us")),
        number_of(("you", "your")),
        number_of(("he", "his", "she", "her")),
        number_of(("they", "their")),
        number_of(_MODAL),
        any_of(_MIND),
        any_of(_NEGATION),
        any_of(_PAST),
        any_of(_PERFECT),
        float(any(len(word) == 4 and word.isdecimal() and word[:2] in _CENTURIES for word in marked)),
        float(sum([word.endswith("ed") for word in words])),
        any_of(_COMPARISON),
        any_of(_ACTS),
        any_of(_CONDITION),
    ]


def terms(sentence: str) -> Counter[str]:
    """Word 1- and 2-grams ("w:...") and letter 2- to 5-grams within word edges ("c:...") with their counts."""
    lowered = sentence.casefold()
    found = Counter(word_terms(lowered))
    for word in lowered.split():
        found.update(letter_terms(word))
    return found


def word_terms(lowered: str) -> list[str]:
    tokens = _TOKEN.findall(lowered)
    return [f"{WORDS}:{token}" for token in tokens] + [f"{WORDS}:{a} {b}" for a, b in pairwise(tokens)]


def letter_terms(word: str) -> list[str]:
    padded = f" {word} "
    return [f"{LETTERS}:{padded[at : at + size]}" for size in _CHAR_SIZES for at in range(len(padded) - size + 1)]


class Vocabulary:
    """Terms with their inverse document frequency, fixed at training time. A vector has unit length per kind of term."""

    def __init__(self, words: Sequence[str], idf: Floats) -> None:
        self.words = tuple(words)
        self.idf = idf
        self._by_word: dict[str, tuple[int, ...]] = {}
        self._place: Mapping[str, int] = {word: place for place, word in enumerate(self.words)}

    @classmethod
    def learn(cls, sentences: Iterable[str], *, least: Mapping[str, int]) -> Vocabulary:
        """Terms seen in at least `least[kind]` sentences; idf = ln((1 + n) / (1 + df)) + 1."""
        seen: Counter[str] = Counter()
        total = 0
        for sentence in sentences:
            seen.update(terms(sentence).keys())
            total += 1
        words = sorted(term for term, count in seen.items() if count >= least[term[0]])
        return cls(words, np.array([log((1 + total) / (1 + seen[term])) + 1 for term in words], np.float32))

    def weigh(self, sentence: str) -> tuple[npt.NDArray[np.int64], Floats]:
        """Places and weights of the known terms of a sentence (1 + ln tf, times idf, unit length per kind)."""
        lowered = sentence.casefold()
        words = Counter(self._place[term] for term in word_terms(lowered) if term in self._place)
        letters = Counter(chain.from_iterable(map(self._letters, lowered.split())))
        places = np.fromiter((*words, *letters), np.int64, len(words) + len(letters))
        counts = np.fromiter((*words.values(), *letters.values()), np.float32, len(places))
        weights = (1 + np.log(counts)) * self.idf[places]
        for part in (weights[: len(words)], weights[len(words) :]):
            part /= np.sqrt((part**2).sum()) or 1.0
        return places, weights.astype(np.float32)

    def _letters(self, word: str) -> tuple[int, ...]:
        """Places of the letter terms of a word; kept, for a text repeats its words."""
        known = self._by_word.get(word)
        if known is None:
            known = tuple(self._place[term] for term in letter_terms(word) if term in self._place)
            if len(word) <= _KEPT_LENGTH and len(self._by_word) < _KEPT_WORDS:
                self._by_word[word] = known
        return known
