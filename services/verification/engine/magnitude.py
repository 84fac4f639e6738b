"""Whether two quantities can be compared at all, and whether they then say the same."""

from __future__ import annotations

import math
from enum import StrEnum

from services.verification.engine.quantity import Quantity
from services.verification.engine.quantity_patterns import TIME_SECONDS

CONVERTED = 0.04  # 60 miles for 100 km
ROUNDED = 0.025  # 12,000 for 11,873
SCALED = 0.1  # 3 million for 3.2 million
ABOUT = 0.07
SHARE = 0.12  # four in ten for 38 %
HAIR = 0.01  # revisions and typing slips: not the same, and not worth a contradiction
FAR = 3.0  # "more than 500" is no help when it was 5,000
OPEN = {"more_than": 1, "at_least": 1, "less_than": -1, "at_most": -1}


class Agreement(StrEnum):
    EQUAL = "equal"
    DIFFERS = "differs"
    UNCLEAR = "unclear"


def comparable(a: Quantity, b: Quantity) -> bool:
    """True when both measure in one dimension, so that their sizes mean something next to each other."""
    if _relative(a) and _relative(b):
        return True
    if a.dimension != b.dimension:
        return False
    if a.dimension in ("money", "label"):
        return a.unit == b.unit or {a.unit, b.unit} == {"cents", "USD"} or {a.unit, b.unit} == {"cents", "EUR"}
    return _rates_fit(a, b)


def _relative(q: Quantity) -> bool:
    """A change in percent or as a multiple: both can be written as the other."""
    return q.role == "change" and q.dimension in ("percent", "multiple")


def _rates_fit(a: Quantity, b: Quantity) -> bool:
    if a.per == b.per or not a.per or not b.per:
        return True
    return a.per in TIME_SECONDS and b.per in TIME_SECONDS


def agreement(claimed: Quantity, stated: Quantity) -> Agreement:
    """Whether what was claimed holds, given what was stated. Both must be comparable.

    Rounding, 'about', 'more than' and unit conversion are allowed for; where the words leave it open the answer is
    unclear, never differs.
    """
    (a_low, a_high), (b_low, b_high) = _sizes(claimed, stated), _sizes(stated, claimed)
    if claimed.dimension in ("rank", "label"):
        return Agreement.EQUAL if a_low == b_low else Agreement.DIFFERS
    if claimed.dimension == "score":
        return Agreement.EQUAL if (a_low, a_high) == (b_low, b_high) else Agreement.DIFFERS
    room = tolerance(claimed, stated)
    ours, theirs = OPEN.get(claimed.comparator, 0), OPEN.get(stated.comparator, 0)
    near = abs(a_low - b_low) <= room and abs(a_high - b_high) <= room
    if near and bool(ours) != bool(theirs) and _beyond_bound(claimed, stated):
        return Agreement.DIFFERS
    if near:
        return Agreement.EQUAL if ours * theirs >= 0 else Agreement.DIFFERS
    if ours and theirs:
        return _both_open(ours, theirs, a_low, b_low)
    if ours:
        return _bound_claimed(ours, a_low, b_low, b_high, room)
    if theirs:
        return _bound_stated(theirs, a_low, b_low, room)
    if a_low != a_high or b_low != b_high:  # a range holds a point, and a narrower range
        inside = a_low - room <= b_low and b_high <= a_high + room
        around = b_low - room <= a_low and a_high <= b_high + room
        if inside or around:
            return Agreement.EQUAL
        return Agreement.DIFFERS if a_high + room < b_low or b_high + room < a_low else Agreement.UNCLEAR
    hair = claimed.dimension not in ("age", "count") and abs(a_low - b_low) <= HAIR * max(abs(a_low), abs(b_low))
    return Agreement.UNCLEAR if hair else Agreement.DIFFERS


def _beyond_bound(claimed: Quantity, stated: Quantity) -> bool:
    """Whether a figure lies on the wrong side of "more than" or "at most": 8,849 is not more than 9,000, however near."""
    bound, figure = (claimed, stated) if OPEN.get(claimed.comparator) else (stated, claimed)
    (_, high), (limit, _) = _sizes(figure, bound), _sizes(bound, figure)
    low = _sizes(figure, bound)[0]
    own = max(figure.step, figure.coarse) / 2 if figure.unit == bound.unit else CONVERTED * abs(high)
    own = max(own, ABOUT * abs(high)) if figure.comparator == "about" else own
    return high + own < limit if OPEN[bound.comparator] > 0 else low - own > limit


def _both_open(ours: int, theirs: int, a: float, b: float) -> Agreement:
    if ours != theirs:
        apart = (b <= a) if ours > 0 else (b >= a)
        return Agreement.DIFFERS if apart else Agreement.UNCLEAR
    implied = (b >= a) if ours > 0 else (b <= a)
    return Agreement.EQUAL if implied and _not_far(a, b) else Agreement.UNCLEAR


def _bound_claimed(ours: int, a: float, low: float, high: float, room: float) -> Agreement:
    if ours > 0:
        holds, point = high > a - room, high
    else:
        holds, point = low < a + room, low
    if not holds:
        return Agreement.DIFFERS
    return Agreement.EQUAL if _not_far(a, point) else Agreement.UNCLEAR


def _bound_stated(theirs: int, a: float, b: float, room: float) -> Agreement:
    beyond = a < b - room if theirs > 0 else a > b + room
    return Agreement.DIFFERS if beyond else Agreement.UNCLEAR


def _not_far(a: float, b: float) -> bool:
    big, small = max(abs(a), abs(b)), min(abs(a), abs(b))
    return big <= FAR * small


def tolerance(a: Quantity, b: Quantity) -> float:
    """How far apart the two may lie and still be one figure, in the base unit."""
    size = max(abs(_sizes(a, b)[1]), abs(_sizes(b, a)[1]))
    if a.dimension == "age":
        return 0.5
    room = max(_room(a, size), _room(b, size))
    fine = min(a.step or math.inf, b.step or math.inf)
    for one, other in ((a, b), (b, a)):  # trailing zeros of a large number stand for a rounding of a finer one
        if one.coarse > one.step and abs(one.value) >= 100 and (other.step < one.coarse or other.coarse < one.coarse):
            room = max(room, min(one.coarse / 2, ROUNDED * size))
    if "about" in (a.comparator, b.comparator):
        room = max(room, ABOUT * size)
    if a.unit != b.unit and a.dimension not in ("money", "percent", "count"):
        room = max(room, CONVERTED * size)
    return max(room, fine * 1e-6 if math.isfinite(fine) else 0.0, size * 1e-6)


def _room(q: Quantity, size: float) -> float:
    if q.written == "ratio":
        return min(q.step / 2, SHARE * size)
    if q.written == "fraction":
        return q.coarse / 2
    half = q.step / 2
    return half if q.step <= 1 and q.dimension != "count" else min(half, SCALED * size) if q.step > 1 else half


def _sizes(q: Quantity, beside: Quantity) -> tuple[float, float]:
    """The quantity on the scale of the other: a multiple as percent, a weekly sum as a yearly one, a difference of
    temperatures without the offset."""
    low, high = q.low, q.high
    if _relative(q) and beside.dimension == "percent" and q.dimension == "multiple":
        low, high = abs(100 * (low - 1)), abs(100 * (high - 1))
    if q.per and beside.per and q.per != beside.per and q.per in TIME_SECONDS:
        factor = TIME_SECONDS["year"] / TIME_SECONDS[q.per]
        low, high = low * factor, high * factor
    if q.dimension == "temperature" and q.role == "change" and q.unit == "°F":
        low, high = low + 32 * 5 / 9, high + 32 * 5 / 9
    return low, high
