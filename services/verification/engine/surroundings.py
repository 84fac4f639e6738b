"""What stands next to one figure of a sentence that states several: its own names, time, clause and words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.verification.engine import polarity
from services.verification.engine.dates import DateMention, conflict, same_kind
from services.verification.engine.lexicon import alike
from services.verification.engine.names import Name, same_name
from services.verification.engine.quantity import Quantity
from services.verification.engine.reading import Reading
from services.verification.engine.vocabulary import spaced
from services.verification.engine.words import IRREGULAR, tokens

PRESENT_TOO = frozenset(
    spaced(
        "men women children persons feet teeth mice lives died dying dead death deaths births birth wives families goes does better best worse worst"
    )
)

PAST = frozenset(form for form in IRREGULAR if form not in PRESENT_TOO)
CLAUSE = re.compile(
    r"[,;:](?=\s)|\s[–—-]\s|\b(?:who|which|whether|because|although|though|if|while|whereas|but)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Surroundings:
    """The stretch of a sentence that belongs to one figure."""

    start: int
    end: int
    names: tuple[Name, ...]
    date: DateMention | None
    clause: str


def surroundings(reading: Reading, quantity: Quantity) -> Surroundings:
    """From the figure before it to the figure after it; a time that follows belongs to it, else the one before."""
    others = [q for q in reading.quantities if q.end <= quantity.start or q.start >= quantity.end]
    start = max((q.end for q in others if q.end <= quantity.start), default=0)
    end = min((q.start for q in others if q.start >= quantity.end), default=len(reading.text))
    names = tuple(n for n in reading.names if n.sure and start <= n.start < quantity.start)
    if not names and not others:
        names = tuple(n for n in reading.names if n.sure)
    names = names or tuple(n for n in reading.names if n.sure and quantity.end <= n.start < end)
    after = [m for m in reading.dates if quantity.end <= m.start < end and m.absolute]
    before = [m for m in reading.dates if m.start < quantity.start and m.absolute]
    date = after[0] if after else before[-1] if before else None
    return Surroundings(start, end, names, date, _clause(reading.text, quantity))


def own_words_met(claim: Reading, claimed: Quantity, evidence: Reading) -> bool:
    """Of several figures of a claim each has words of its own before it ("and employs 830 people"): a passage without any
    of these speaks of another of them."""
    if not _several(claim):
        return True
    start = max((q.end for q in claim.quantities if q.end <= claimed.start), default=0)
    own = [word for word in claim.words if start <= word.start < claimed.start]
    return not own or any(alike(word.base, other.base) for word in own for other in evidence.words)


def fit(claim: Reading, claimed: Quantity, evidence: Reading, stated: Quantity) -> bool:
    """False when the two figures belong to different names or times, one to a plan and the other to a result,
    or one to what is said and the other to what is denied."""
    mine, other = surroundings(claim, claimed), surroundings(evidence, stated)
    if _several(evidence) or _several(claim):
        if mine.names and other.names and not any(same_name(a, b) for a in mine.names for b in other.names):
            return False
        if mine.date and other.date and same_kind(mine.date, other.date) and conflict(mine.date, other.date):
            return False
    said, found = _of_figure(mine, claimed, stated), _of_figure(other, stated, claimed)
    if (polarity.negations(said) - polarity.negations(found)) % 2:
        return False
    return not (_ahead(mine) and _past(other)) and not (_ahead(other) and _past(mine))


def _of_figure(here: Surroundings, figure: Quantity, against: Quantity) -> str:
    """The words whose denial would deny the figure. "The 81-year-old has not said" leaves the age untouched, where the
    other sentence states the age itself."""
    if figure.dimension == "age" and _attribute(figure) and not _attribute(against):
        return here.clause.partition(figure.exact)[0]
    return here.clause


def _attribute(figure: Quantity) -> bool:
    return "-" in figure.exact.rstrip("-")


def _ahead(here: Surroundings) -> bool:
    return polarity.certainty(here.clause) == "ahead"


def _past(here: Surroundings) -> bool:
    """The clause tells of something done: a verb in the past and no plan."""
    return not _ahead(here) and (
        polarity.already_done(here.clause) or any(t.lower in PAST for t in tokens(here.clause))
    )


def _several(reading: Reading) -> bool:
    return len([q for q in reading.quantities if q.dimension not in ("label", "rank")]) > 1


def _clause(text: str, quantity: Quantity) -> str:
    start = max((m.end() for m in CLAUSE.finditer(text, 0, quantity.start)), default=0)
    following = CLAUSE.search(text, quantity.end)
    return text[start : following.start() if following else len(text)]
