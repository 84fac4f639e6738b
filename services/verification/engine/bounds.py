"""Times that are named as bounds: 'after 2000' is met by 2011, and 'by 2016' by 2008. Such times clash only from outside."""

from __future__ import annotations

import re
from enum import StrEnum

from services.verification.engine.dates import DateMention

BEFORE_IT = re.compile(
    r"\b(?P<before>(?:in or |on or )?before|prior to|earlier than|no later than|by)\s(?:the\s)?(?:year\s|end of\s)?$|"
    r"\b(?P<after>(?:in or |on or )?after|later than|no earlier than)\s(?:the\s)?(?:year\s|end of\s)?$",
    re.IGNORECASE,
)


class Bound(StrEnum):
    """Which side of the named time is meant."""

    NONE = ""
    BEFORE = "before"
    AFTER = "after"


def bound(text: str, mention: DateMention) -> Bound:
    """How `text` uses one of its times."""
    exact = text[mention.start : mention.end]
    lead = len(exact) - len(exact.lstrip())
    found = BEFORE_IT.search(text[: mention.start + lead])
    if found is None:
        return Bound.NONE
    return Bound.BEFORE if found["before"] else Bound.AFTER


def may_both_hold(one: DateMention, side: Bound, two: DateMention, other: Bound) -> bool:
    """True for two different times of which one is a bound that the other may meet."""
    if side is other:
        return False
    if side is Bound.NONE:
        return may_both_hold(two, other, one, side)
    if other is not Bound.NONE or one.year is None or two.year is None:
        return True
    return two.year <= one.year if side is Bound.BEFORE else two.year >= one.year
