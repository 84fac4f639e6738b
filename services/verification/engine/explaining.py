"""What holding two figures together gave, in one sentence a reader understands."""

from __future__ import annotations

from services.verification.engine.quantity import Quantity


def agree_words(claimed: Quantity, stated: Quantity, source: str) -> str:
    said, found = claimed.exact.strip(), stated.exact.strip()
    if said.casefold() == found.casefold():
        return f"The article and {source} both say {said}."
    if claimed.unit != stated.unit and claimed.unit and stated.unit:
        return f"The article says {said}; {source} says {found}, which is the same in another unit."
    if claimed.comparator not in ("exact", "about"):
        return f"The article says {claimed.comparator.replace('_', ' ')} {said}; {source} says {found}, which fits."
    return f"The article says {said}; {source} says {found}, which is the same figure put another way or rounded."


def differ_words(claimed: Quantity, stated: Quantity, source: str) -> str:
    said, found = claimed.exact.strip(), stated.exact.strip()
    if {claimed.dimension, stated.dimension} == {"percent", "points"}:
        return f"The article says {said}; {source} says {found}: percent and percentage points are not the same."
    if claimed.direction * stated.direction < 0:
        up, down = ("up", "down") if claimed.direction > 0 else ("down", "up")
        return f"The article says {up} {said}; {source} says {down} {found}."
    return f"The article says {_dressed(claimed)}; {source} says {_dressed(stated)}."


def _dressed(q: Quantity) -> str:
    words = "" if q.comparator == "exact" else q.comparator.replace("_", " ") + " "
    return words + q.exact.strip()


def earlier_words(stated: Quantity, source: str) -> str:
    """The claimed figure stands in the source for the year before the one it speaks of."""
    return (
        f"{source[:1].upper()}{source[1:]} gives {stated.exact.strip()} for the year before; it may be the wrong year."
    )


def part_words(part: Quantity, whole: Quantity, source: str) -> str:
    """The claimed figure is that of a part; the source has another for the whole."""
    return f"{source[:1].upper()}{source[1:]} gives {part.exact.strip()} for a part alone, and {whole.exact.strip()} for all."
