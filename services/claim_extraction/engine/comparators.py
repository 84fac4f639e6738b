"""What the words around a number do to it: at least, about, a fall by, the first such thing since."""

from __future__ import annotations

import re

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
_AFTER = re.compile(
    r"\s?(?:(?P<at_least>or more|or above|or higher|and above|\+|plus\b)|(?P<at_most>or less|or fewer|or below|or under))",
    re.I,
)
_PREFIX = re.compile(
    r"(?P<about>~|≈)\s?$|(?P<more_than>>)\s?$|(?P<less_than><)\s?$|(?P<at_least>≥)\s?$|(?P<at_most>≤)\s?$"
)

_UP = r"(?:rose|risen|rise[sn]?|rising|increas\w+|grew|grown|grow(?:s|ing)?|jump\w*|climb\w*|gain\w*|surg\w+|soar\w*|up|higher|add(?:ed|s)|hike[sd]?|growth)"
_DOWN = r"(?:fell|fall(?:s|en|ing)?|drop\w*|declin\w+|decreas\w+|down|lower(?:ed)?|shr[aiu]nk\w*|slump\w*|plung\w+|cuts?|cutting|slid\w*|los[tes]\w*|reduc\w+|tumbl\w+)"
_CHANGE_BEFORE = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\s(?:by\s|some\s|about\s|around\s|nearly\s|almost\s|more than\s|over\s|another\s|a\s|an\s|only\s|just\s|roughly\s)*$",
    re.I,
)
_CHANGE_AFTER = re.compile(
    r"\s(?:\w+\s){0,2}?(?:(?P<up>increase|rise|gain|jump|surge|growth|hike|higher|more)|(?P<down>decrease|fall|drop|decline|cut|loss|reduction|lower|fewer|less))\b(?!\sof\sthe)",
    re.I,
)


def comparator_of(text: str, quantity: Quantity) -> str:
    """exact, about, at_least, at_most, more_than, less_than, or between for a range."""
    before = text[max(0, quantity.start - _WINDOW) : quantity.start]
    for pattern, part in ((_BEFORE, before), (_PREFIX, before)):
        if found := pattern.search(part):
            return str(found.lastgroup)
    if found := _AFTER.match(text, quantity.end):
        return str(found.lastgroup)
    return "between" if quantity.upper is not None and quantity.dimension != "score" else "exact"


def change_of(text: str, quantity: Quantity) -> str:
    """ "up" or "down" when the number is a difference ("fell 3%", "a 3% drop"), "" when it is a level ("fell to 3%")."""
    if quantity.dimension in ("rank", "score", "duration"):
        return ""
    if found := _CHANGE_BEFORE.search(text[max(0, quantity.start - _WINDOW) : quantity.start]):
        return str(found.lastgroup)
    if quantity.dimension in ("percent", "percentage_points", "currency") and (
        found := _CHANGE_AFTER.match(text, quantity.end)
    ):
        return str(found.lastgroup)
    return ""
