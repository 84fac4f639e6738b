"""A sentence read once: its words, numbers, times and names. Shared by every comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from services.verification.engine.dates import DateMention, dates
from services.verification.engine.names import Name, names
from services.verification.engine.quantities import quantities
from services.verification.engine.quantity import Quantity
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
    taken = [(q.start, q.end) for q in stated] + [(m.start, m.end) for m in mentions]
    words = tuple(
        Word(t.text, base(t.text), t.start, t.end)
        for t in tokens(text)
        if (t.lower not in FUNCTION_WORDS or (t.text.isupper() and len(t.text) > 1))
        and t.text[0].isalpha()
        and not any(start <= t.start < end for start, end in taken)
    )
    return Reading(text, words, tuple(stated), tuple(mentions), tuple(names(text, mentions)))
