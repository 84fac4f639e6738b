"""What the words around a number do to it: at least, about, a fall by, the first such thing since."""

from __future__ import annotations

import re

from services.claim_extraction.engine.lexicon import words_of
from services.claim_extraction.model import Quantity

_WINDOW = 40

_BEFORE = re.compile(
    r"\b(?:(?P<at_least>at least|no (?:fewer|less) than|not less than|a minimum of|minimum|upwards? of|as (?:many|much) as(?= at least))"
    r"|(?P<at_most>at most|no more than|not more than|up to|a maximum of|as (?:many|much|high) as)"
    r"|(?P<more_than>more than|over|above|exceeding|exceeds|exceeded|topped|surpassed|well over|just over|greater than|better than)"
    r"|(?P<less_than>less than|fewer than|under|below|just under|lower than|short of)"
    r"|(?P<about>about|around|roughly|approximately|approx\.?|nearly|almost|some|close to|an estimated|estimated|circa|near)"
    r"|(?P<exact>exactly|precisely))\s(?:a\s|an\s|the\s)?$",
    re.I,
)
_LAST_WORDS = tuple(
    words_of(
        "least than minimum upwards upward of as most maximum to over above exceeding exceeds exceeded topped surpassed under below "
        "about around roughly approximately approx approx. nearly almost some estimated circa near exactly precisely"
    )
)
"""What the words of _BEFORE end in. Few numbers stand behind one of them, and looking is cheaper than searching."""
_ARTICLES = (" a", " an", " the")
_AFTER = re.compile(
    r"\s?(?:(?P<at_least>or more|or above|or higher|and above|\+|plus\b)|(?P<at_most>or less|or fewer|or below|or under))",
    re.I,
)
_PREFIX = re.compile(
    r"(?P<about>~|≈)\s?$|(?P<more_than>>)\s?$|(?P<less_than><)\s?$|(?P<at_least>≥)\s?$|(?P<at_most>≤)\s?$"
)

_UP = r"(?:rose|risen|rise[sn]?|rising|increas\w+|grew|grown|grow(?:s|ing)?|jump\w*|climb\w*|gain\w*|surg\w+|soar\w*|up|higher|add(?:ed|s)|hike[sd]?|growth)"
_DOWN = r"(?:fell|fall(?:s|en|ing)?|drop\w*|declin\w+|decreas\w+|down|lower(?:ed)?|shr[aiu]nk\w*|slump\w*|plung\w+|cuts?|cutting|slid\w*|los[tes]\w*|reduc\w+|tumbl\w+)"
_CHANGED = re.compile(rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))$", re.I)
_BETWEEN = words_of("by some about around nearly almost more than over another a an only just roughly")
"""What may stand between a change and its number."""
_CHANGE_AFTER = re.compile(
    r"\s(?:\w+\s){0,2}?(?:(?P<up>increase|rise|gain|jump|surge|growth|hike|higher|more)|(?P<down>decrease|fall|drop|decline|cut|loss|reduction|lower|fewer|less))\b(?!\sof\sthe)",
    re.I,
)


def comparator_of(text: str, quantity: Quantity) -> str:
    """exact, about, at_least, at_most, more_than, less_than, or between for a range."""
    before = text[max(0, quantity.start - _WINDOW) : quantity.start]
    if found := _word_before(before) or _PREFIX.search(before[-2:]):
        return str(found.lastgroup)
    if found := _AFTER.match(text, quantity.end):
        return str(found.lastgroup)
    return "between" if quantity.upper is not None and quantity.dimension != "score" else "exact"


def change_of(text: str, quantity: Quantity) -> str:
    """ "up" or "down" when the number is a difference ("fell 3%", "a 3% drop"), "" when it is a level ("fell to 3%")."""
    if quantity.dimension in ("rank", "score", "duration"):
        return ""
    if found := _change_before(text[max(0, quantity.start - _WINDOW) : quantity.start]):
        return str(found.lastgroup)
    if quantity.dimension in ("percent", "percentage_points", "currency") and (
        found := _CHANGE_AFTER.match(text, quantity.end)
    ):
        return str(found.lastgroup)
    return ""


def _word_before(before: str) -> re.Match[str] | None:
    if not before[-1:].isspace():
        return None
    said = before.casefold().rstrip()
    article = next((each for each in _ARTICLES if said.endswith(each)), "")
    return _BEFORE.search(before) if said.removesuffix(article).rstrip().endswith(_LAST_WORDS) else None


def _change_before(before: str) -> re.Match[str] | None:
    if not before[-1:].isspace():
        return None
    for word in reversed(before.split()):
        if word.casefold() not in _BETWEEN:
            return _CHANGED.search(word)
    return None
