"""A sentence read once: its words, numbers, times and names. Shared by every comparison."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.verification.engine.dates import DateMention, dates
from services.verification.engine.names import Name, names
from services.verification.engine.quantities import quantities
from services.verification.engine.quantity import Quantity
from services.verification.engine.vocabulary import entries
from services.verification.engine.words import FUNCTION_WORDS, base, tokens

QUESTION = re.compile(
    r"^\s*(?:did|does|do|is|are|was|were|has|have|had|can|could|will|would|should)\b.*\?\s*$", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class Word:
    """A word that carries meaning, with its place and base form."""

    text: str
    base: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """What can be read off a sentence without understanding it."""

    text: str
    words: tuple[Word, ...]
    quantities: tuple[Quantity, ...]
    dates: tuple[DateMention, ...]
    names: tuple[Name, ...]

    @property
    def bases(self) -> frozenset[str]:
        return frozenset(word.base for word in self.words)

    @property
    def plain_words(self) -> tuple[Word, ...]:
        """Words outside names."""
        return tuple(w for w in self.words if not any(n.sure and n.start <= w.start < n.end for n in self.names))


@lru_cache(maxsize=20_000)
def read(text: str) -> Reading:
    """Reads a sentence; the same text is read once."""
    mentions = dates(text)
    stated = quantities(text, mentions)
    counted = [q for q in stated if q.written != "superlative"]
    taken = [(q.start, q.end) for q in counted] + [(m.start, m.end) for m in mentions]
    return Reading(text, _words(text, taken), tuple(stated), tuple(mentions), tuple(names(text, taken)))


def _words(text: str, taken: Sequence[tuple[int, int]]) -> tuple[Word, ...]:
    """The words that carry meaning, outside numbers and dates; a verb with its particle is one word."""
    found = tokens(text)
    words: list[Word] = []
    particle = -1
    for at, token in enumerate(found):
        meaningful = token.lower not in FUNCTION_WORDS or (token.text.isupper() and len(token.text) > 1)
        if at == particle or not token.text[0].isalpha() or any(start <= token.start < end for start, end in taken):
            continue
        after = found[at + 1].lower if at + 1 < len(found) else ""
        joined = _phrases().get((base(token.text), after))
        particle = at + 1 if joined else particle
        if joined or meaningful:
            words.append(Word(token.text, joined or base(token.text), token.start, token.end))
    return tuple(words)


@lru_cache(maxsize=1)
def _phrases() -> dict[tuple[str, str], str]:
    lines = (line.split() for line in entries("phrases"))
    return {(base(verb), particle): base(plain) for verb, particle, plain in lines}
