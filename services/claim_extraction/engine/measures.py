"""What a number is the amount of, where the words before it say so: "The population of Varn is ...", "has an area of ..."."""

from __future__ import annotations

import re
from typing import NamedTuple

from services.claim_extraction.engine.lexicon import words_of

_REACH = 240  # characters before the number that are looked at

_IDLE = (
    r"(?>(?:now|already|currently|a\slittle|last|first|still|estimated|thought|believed|measured|recorded|put|reported|"
    r"expected|projected|worth|at\sleast|at|to|as|be|been|about|around|approximately|approx\.?|nearly|almost|over|under|just|"
    r"some|roughly|only|also|an?|the|more\sthan|less\sthan|in\s(?:the\syear\s)?\d{4}|for\s\d{4}|\d{4}|by\sthe(?:\s\w+){1,3}|"
    r"US|EU|up)\s)*+"
)  # takes what it can and gives nothing back: no run of such words costs more than its length
_LEVEL = re.compile(
    rf"(?P<words>.*?)\s?(?:(?:\b(?:is|was|are|were|be|has\sbeen|have\sbeen|had\sbeen|stood|stands|stand|reached|reaches|totall?ed|totals|"
    rf"amounted|amounts|averaged|averages|hit|equals|equalled|account(?:s|ed)?\sfor|represent(?:s|ed)|makes?\sup|made\sup)\s(?:up\s)?)|(?:\d{{4}}\s?)?[:=]\s){_IDLE}$",
    re.I | re.S,
)
_OF = re.compile(
    rf"\b(?:an?|the|its|their|his|her|with|has|have|had|of|and)\s(?P<words>(?:[\w%&-]+\s){{0,5}}[\w%&-]+(?:\s\([^()]{{1,30}}\))?)\sof\s{_IDLE}$",
    re.I,
)
_LINK = re.compile(
    r"\b(?:is|was|are|were|be|been|stood|stands?|reache[sd]|totall?ed|totals|amount(?:s|ed)|averaged?s?|hit|equal(?:s|led)|for|"
    r"represent(?:s|ed)|up|of)\s|[:=]\s",
    re.I,
)
_LINKING = words_of(
    "is was are were be been stood stand stands reaches reached totaled totalled totals amounts amounted average averages averaged "
    "hit hits equals equalled for represents represented up of"
)
"""The words of _LINK: without one of them nothing is searched."""
_NEAR = 100  # characters before the number in which the word that links it stands
_CLAUSE = re.compile(r"(?:[.!?]\s+(?=[A-Z\"“])|\n)")
_BRACKETS = re.compile(r"\(\s?(?P<inside>[^()]{1,60}?)\s?\)")
_OPENING = re.compile(
    r"^(?:the\s(?:(?:latest|current|most\srecent|last)\s)?(?:value|figure|estimate|data)\s(?:for|of)\s|according\sto\s[^,]{1,80},\s|"
    r"in\s(?:\w+\s)?\d{4},?\s|(?:the|its|their|an?)\s|(?:estimated|current|latest|total)\s)+",
    re.I,
)
_OF_WHAT = re.compile(r",?\s(?:of|in|for|at)\s(?:the\s)?(?=[A-Z])")
_PERCENT = re.compile(r"%|\bper\s?cent\b|\bpercent", re.I)
_MONEY = re.compile(r"US\s?\$|\$|\bUSD\b|\bdollars?\b", re.I)


class Stated(NamedTuple):
    """A measure in the text's own words, and the unit a heading gives it: "(% of GDP)", "(US$ per litre)"."""

    words: str
    heading: str

    @property
    def percent(self) -> bool:
        return bool(_PERCENT.search(self.heading))

    @property
    def dollars(self) -> bool:
        return bool(_MONEY.search(self.heading)) and not self.percent


_SHARE = re.compile(
    r"\s(?:of|in)\s(?:the\s|its\s|all\s)?(?P<whole>[^\W\d][\w'’-]*(?:\s(?!(?:in|of|at|by|for|and|to|on|last|this|is|was)\b)[a-z][\w'’-]*)?)"
)


def share_of(text: str, end: int) -> str:
    """What a percentage that ends there is a share of: "of GDP"; empty where nothing is said."""
    found = _SHARE.match(text, end)
    return f"% of {found['whole']}" if found else ""


def stated_before(text: str, start: int) -> Stated | None:
    """The measure whose level the number at `start` is; None where the words before it say no such thing."""
    before = text[max(0, start - _REACH) : start]
    near = before[-_NEAR:]
    if ":" not in near and "=" not in near and _LINKING.isdisjoint(near.casefold().split()):
        return None
    clause = _CLAUSE.split(before)[-1]
    if not _LINK.search(clause, max(0, len(clause) - _NEAR)):
        return None
    found = _LEVEL.fullmatch(clause) or _OF.search(clause)
    if found is None:
        return None
    words = found["words"]
    heading = "; ".join(match["inside"] for match in _BRACKETS.finditer(clause))
    plain = _OPENING.sub("", " ".join(_BRACKETS.sub(" ", words).split()).lstrip(" ,:-"))
    measure = _OF_WHAT.split(plain, maxsplit=1)[0].strip(" ,:;-")
    return Stated(measure, heading) if any(letter.isalpha() for letter in measure) else None
