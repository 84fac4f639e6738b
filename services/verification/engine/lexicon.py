"""What news English says in more than one way, and what means the opposite. General vocabulary, no topics."""

from __future__ import annotations

from functools import lru_cache

from services.verification.engine.vocabulary import entries, spaced
from services.verification.engine.words import base

NEGATIVE_PREFIXES = ("un", "in", "im", "il", "ir", "non", "dis", "mis", "anti", "de")
NOT_NEGATED = frozenset(
    spaced("""under until union unit unite unique universe interest income increase inform include industry import impose impact issue discuss display district
distance discover indicate indeed inside instance institution introduce invest involve""")
)


@lru_cache(maxsize=1)
def _concepts() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in entries("same"):
        words = line.split()
        for word in words:
            table.setdefault(base(word), set()).add(base(words[0]))
    return {word: frozenset(names) for word, names in table.items()}


@lru_cache(maxsize=1)
def _opposites() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in entries("opposite"):
        a, b = (base(word) for word in pair.split())
        table.setdefault(a, set()).add(b)
        table.setdefault(b, set()).add(a)
    return {word: frozenset(others) for word, others in table.items()}


@lru_cache(maxsize=50_000)
def concepts(word: str) -> frozenset[str]:
    """The concepts a base form can stand for; itself when it is in no list."""
    return _concepts().get(word, frozenset()) | {word}


@lru_cache(maxsize=200_000)
def alike(a: str, b: str) -> bool:
    """True when two base forms can mean the same: one concept, or one word grown from the other."""
    if a == b or concepts(a) & concepts(b):
        return True
    short, long = sorted((a, b), key=len)
    return len(short) >= 4 and long.startswith(short) and len(long) - len(short) <= 4 and not opposite(a, b)


@lru_cache(maxsize=50_000)
def _opposites_of(word: str) -> frozenset[str]:
    """Every concept that is an opposite of one the word can stand for."""
    return frozenset[str]().union(*(_opposites().get(name, frozenset()) for name in concepts(word)))


@lru_cache(maxsize=200_000)
def opposite(a: str, b: str) -> bool:
    """True when two base forms are opposites: by list, or one is the other with a negative prefix."""
    if a == b:
        return False
    if _opposites_of(a) & concepts(b):
        return True
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if len(short) < 4 or not long.startswith(NEGATIVE_PREFIXES):
        return False
    return long not in NOT_NEGATED and any(long in (p + short, base(p + short)) for p in NEGATIVE_PREFIXES)
