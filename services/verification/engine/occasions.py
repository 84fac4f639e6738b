"""Which of several events of one kind a sentence tells of: the semi-final or the final, the first round or the second, this
year's figure or that of the year before. A passage about another one is no evidence for or against a claim. Pure."""

from __future__ import annotations

import re

from services.verification.engine.dates import conflict, same_kind
from services.verification.engine.quantity import Quantity
from services.verification.engine.reading import Reading

_NUMBERED = r"(?:first|second|third|fourth|fifth|sixth|seventh|opening|last|previous|next|return|deciding|earlier|later|1st|2nd|3rd|[4-9]th)"
_NOUN_ENDS = (
    r"(?=\s*(?:[.,;:!?)”\"]|$)|\s+(?:in|on|at|of|to|against|with|between|was|were|is|are|had|has|for|after|before|by|and|"
    r"or|that|which|when|where|they|he|she|it|the|last|this|next)\b)"
)
OCCASION = re.compile(
    r"\b(?:(?:semi|quarter)[\s-]?finals?|group stage|knock-?out stage|round of \d+|round of sixteen|play-?offs?|"
    r"qualif(?:ier|iers|ying)|heats?|friendl(?:y|ies)|dress rehearsal|by-?elections?|run-?offs?|retrial|"
    rf"{_NUMBERED}[\s-](?:rounds?|legs?|sets?|heats?|match|matches|games?|tests?|hearings?|debates?|trials?|ballots?|"
    rf"readings?|innings|stages?|sessions?|auctions?|raids?|attacks?|strikes?|votes?|polls?|editions?)|finals?){_NOUN_ENDS}",
    re.IGNORECASE,
)
YEAR_EARLIER = re.compile(
    r"\b(?:the|a|one) year (?:before|earlier|ago|prior)\b|\bthe year prior\b|\b(?:the|in the) (?:previous|prior|preceding) year\b",
    re.IGNORECASE,
)
OF_A_ROW = re.compile(
    r"\b(?:at|in|during|after|before|since|for|of|from|until|on|by|with)\s+(?:the|its|his|her|their|this|that)\s+$",
    re.IGNORECASE,
)
SHARE_OF_IT = re.compile(
    r"\b(?:of whom|of which|of them|of these|of those|among them|including)\s+(?:(?:about|some|only|nearly|almost|over|around)\s+)?$",
    re.IGNORECASE,
)
DISTANCE = re.compile(r"\s*(?:before|earlier|ago|after|later|prior|previously)\b", re.IGNORECASE)
PLACED = re.compile(r"\s*(?:place|position|rank|spot)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[;:.](?=\s|$)|,\s")


def another_occasion(claim: Reading, passage: Reading) -> str:
    """The event the passage ties itself to, where the claim names none of its kind, or another; empty otherwise. A day that
    both name says that they mean one event."""
    told = occasions(passage.text)
    if told & occasions(claim.text) or _one_day(claim, passage):
        return ""
    if told:
        return f"the {min(told)}"
    return _another_year(claim, passage)


def occasions(text: str) -> frozenset[str]:
    """The events of a series that a sentence names, in one spelling each."""
    return frozenset(re.sub(r"[\s-]+", "-", found[0].lower()).removesuffix("s") for found in OCCASION.finditer(text))


def year_earlier(reading: Reading, figure: Quantity) -> bool:
    """Whether the sentence gives a figure for the year before the one it speaks of."""
    start = max((found.end() for found in _CLAUSE.finditer(reading.text, 0, figure.start)), default=0)
    end = min((q.start for q in reading.quantities if q.start >= figure.end), default=len(reading.text))
    following = _CLAUSE.search(reading.text, figure.end)
    end = min(end, following.start() if following else end)
    start = max([start, *(q.end for q in reading.quantities if q.end <= figure.start)])
    return bool(YEAR_EARLIER.search(reading.text[start:end]))


def may_answer(claim: Reading, claimed: Quantity, passage: Reading, stated: Quantity) -> bool:
    """Whether a figure that is not the claimed one can be of the same kind: no name of one of a row, no share of what was
    counted before it, and "two weeks before" only beside another such distance in time."""
    if _names_one_of_a_row(passage.text, stated) or SHARE_OF_IT.search(passage.text[: stated.start]):
        return False
    if stated.dimension != "duration":
        return True
    return bool(DISTANCE.match(claim.text, claimed.end)) is bool(DISTANCE.match(passage.text, stated.end))


def _names_one_of_a_row(text: str, rank: Quantity) -> bool:
    """ "At the first march": the rank says which march is meant, and ranks nothing."""
    if rank.dimension != "rank" or PLACED.match(text, rank.end):
        return False
    return bool(OF_A_ROW.search(text[: rank.start]))


def _one_day(claim: Reading, passage: Reading) -> bool:
    days = [each for each in claim.dates if each.day is not None or each.weekday is not None]
    return any(same_kind(a, b) and not conflict(a, b) for a in days for b in passage.dates)


def _another_year(claim: Reading, passage: Reading) -> str:
    """A result without a date is that of the match the article is about; "2-1 in 2001" is another match's."""
    scores = any(q.dimension == "score" for q in claim.quantities)
    if not scores or any(each.absolute for each in claim.dates):
        return ""
    years = [each.exact.strip() for each in passage.dates if each.year is not None]
    return f"another time, {years[0]}" if years else ""
