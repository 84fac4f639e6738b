"""When two texts claim the same: near in meaning, and with the same numbers, dates, names and negations in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from services.claim_extraction.engine.dates import read_dates
from services.claim_extraction.engine.findings import bare_words
from services.claim_extraction.engine.limits import MAX_SENTENCE
from services.claim_extraction.engine.quantities import read_quantities
from services.claim_extraction.model import normalise

SAME = 0.86
"""Cosine of the sentence encoder from which two texts with the same particulars are one claim."""

_ANY_DAY = date(2000, 1, 1)  # dates that depend on a day are compared by their words
_NEGATIONS = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot|false|fake|hoax|denie[sd]|deny|den(?:ies|ying)|"
    r"(?:is|are|was|were|do|does|did|has|have|had|ca|wo|could|would|should)n't)\b",
    re.I,
)
_NAME = re.compile(r"(?<!^)(?<![.!?:]\s)\b[A-Z][\w'-]+")
_WORD = re.compile(r"[\w'-]+")


@dataclass(frozen=True, slots=True)
class Particulars:
    """What two texts must share, word for word or value for value, to be one claim."""

    bare: str
    amounts: frozenset[tuple[float, float | None, str, str]]
    dates: frozenset[str]
    negations: int
    names: frozenset[str]
    words: frozenset[str]


@lru_cache(maxsize=2_000)
def particulars_of(text: str) -> Particulars:
    """Reads one text, its first MAX_SENTENCE characters at most; once, for what is learned is compared soon after."""
    plain = normalise(text[:MAX_SENTENCE])
    dates = read_dates(plain, _ANY_DAY)
    amounts = read_quantities(plain, [(each.start, each.end) for each in dates])
    return Particulars(
        bare=bare_words(plain),
        amounts=frozenset((each.value, each.upper, each.dimension, each.unit) for each in amounts),
        dates=frozenset(each.exact.casefold() if each.relative else each.value for each in dates),
        negations=len(_NEGATIONS.findall(plain)) % 2,
        names=frozenset(name.casefold().removesuffix("'s") for name in _NAME.findall(plain)),
        words=frozenset(word.casefold().removesuffix("'s") for word in _WORD.findall(plain)),
    )


def same_claim(one: Particulars, other: Particulars, similarity: float) -> bool:
    """Equal words always; else likeness of at least SAME and nothing particular that differs. Never by likeness alone."""
    if one.bare and one.bare == other.bare:
        return True
    return (
        similarity >= SAME
        and one.amounts == other.amounts
        and one.dates == other.dates
        and one.negations == other.negations
        and one.names <= other.words
        and other.names <= one.words
    )
