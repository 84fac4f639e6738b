"""The words around a number that change what it says: more than, per year, rose by, and what is counted."""

from __future__ import annotations

import re

from services.verification.engine import quantity_patterns as patterns
from services.verification.engine.lexicon import concepts
from services.verification.engine.quantity import Quantity
from services.verification.engine.words import FUNCTION_WORDS, base, tokens

CLAUSE_BREAK = re.compile(
    r"[,;:.](?=\s|$)|\s[–—-]\s|\b(?:while|whereas|but|although|compared|and then)\b", re.IGNORECASE
)
NOUN_BREAK = re.compile(
    r"[,;:.()\"“”]|\s[–—-]\s|\b(?:who|which|that|have|has|had|is|are|was|were|will|would|can|could|may|might|to|in|on|at|by|from|for|of|with|"
    r"during|since|after|before|and|or|but|than|as|between|compared|per|a|an|the|each|every|annually)\b",
    re.IGNORECASE,
)


def comparator_of(text: str, quantity: Quantity) -> str:
    """exact, about, at_least, at_most, more_than or less_than, by the words next to the number."""
    before = text[max(0, quantity.start - 40) : quantity.start]
    before = re.sub(r"(?:US|A|C|HK)?[$€£¥₹]\s?$", "", before)
    for name, pattern in patterns.BEFORE:
        if pattern.search(before):
            return name
    after = text[quantity.end : quantity.end + 40]
    return next((name for name, pattern in patterns.AFTER if pattern.match(after)), "exact")


def role_of(text: str, quantity: Quantity) -> tuple[str, int]:
    """Whether the number is a level, a change or the base of a change, and the direction of a change."""
    clause = _clause_before(text, quantity.start)
    after = text[quantity.end : quantity.end + 40]
    # "fallen by more than 99 per cent": the bound of a change is not its direction
    moves = [found for found in patterns.MOVES.finditer(clause) if not re.match(r"\s+than\b", clause[found.end() :])]
    following = re.match(
        r"\s*(?:of\s+)?(?:points?\s+)?(?:\w+\s+){0,2}?(" + patterns.MOVES.pattern + ")", after, re.IGNORECASE
    )
    if quantity.dimension == "rank":
        return "level", 0
    if patterns.BASE_FROM.search(clause) and (moves or patterns.MOVES.search(text)):
        return "base", 0
    if patterns.LEVEL_TO.search(clause):
        return ("target" if moves else "level"), 0
    near = moves[-1] if moves else None
    if near is not None and patterns.CHANGE_BY.search(clause):
        return "change", direction(near[0])
    if (
        near is not None
        and len(clause[near.end() :].split()) <= 3
        and not re.search(r"\bto\b|\bat\b|\bthan\b", clause[near.end() :])
    ):
        return "change", direction(near[0])
    if (
        following
        and not re.match(r"\s*(?:lost|los|gain|cut|add)", following[0], re.IGNORECASE)
        and quantity.dimension in ("percent", "points", "multiple", "money", "count")
    ):
        return "change", direction(following[1])
    return "level", 0


def direction(word: str) -> int:
    """1 for a word of rising, -1 for one of falling, 0 for neither."""
    names = concepts(base(word)) | {word.lower()}
    if names & {base(w) for w in patterns.UP} or names & patterns.UP:
        return 1
    return -1 if names & {base(w) for w in patterns.DOWN} or names & patterns.DOWN else 0


def per_of(text: str, end: int) -> tuple[str, int]:
    """The denominator of a rate ('year', 'person', '100000') and where it ends; empty without one."""
    after = text[end : end + 50]
    found = patterns.PER.match(after)
    if found is None:
        inner = re.match(
            r"^(?:\s+(?!and\b|or\b|to\b|in\b|the\b|a\b|an\b)[a-z-]+){1,4}?(?=\s+(?:per|a|an|each|every)\s)", after
        )
        found = patterns.PER.match(after[inner.end() :]) if inner else None
        if found is not None and not _time_or_per(found[0], found["what"]):
            found = None
        shift = inner.end() if inner else 0
    else:
        shift = 0
    if found is not None and _time_or_per(found[0], found["what"]):
        what = re.sub(r"[,\s]", "", found["what"].lower())
        what = {
            "capita": "person",
            "head": "person",
            "resident": "person",
            "inhabitant": "person",
            "kilo": "kilogram",
            "kg": "kilogram",
            "liter": "litre",
        }.get(what, what)
        return what, end if shift else end + found.end()
    yearly = patterns.ANNUAL.match(after)
    return (
        (
            {
                "annually": "year",
                "yearly": "year",
                "monthly": "month",
                "weekly": "week",
                "daily": "day",
                "hourly": "hour",
            }[yearly[1].lower()],
            end,
        )
        if yearly
        else ("", end)
    )


def _time_or_per(words: str, what: str) -> bool:
    article = re.match(r"[\s,]*(?:a|an)\s", words, re.IGNORECASE)
    return (
        not article
        or what.lower() in patterns.TIME_SECONDS
        or what.lower() in ("litre", "liter", "gallon", "kilogram", "kilo", "barrel", "head", "person")
    )


def noun_after(text: str, end: int) -> list[str]:
    """Base forms of the up to three words that say what is counted, right after the number."""
    rest = re.sub(r"^\s*(?:of (?:the|all|its|their)?)?\s*", "", text[end : end + 60])
    stop = NOUN_BREAK.search(rest)
    phrase = rest[: stop.start()] if stop else rest
    return [base(t.text) for t in tokens(phrase) if t.lower not in FUNCTION_WORDS and not t.text[0].isdigit()][:3]


def _clause_before(text: str, start: int) -> str:
    before = text[max(0, start - 90) : start]
    breaks = list(CLAUSE_BREAK.finditer(before))
    return before[breaks[-1].end() :] if breaks else before
