"""Changes a sentence states by their ends: 'from 4.0 to 6.0 percent' is two points, and half as much again."""

from __future__ import annotations

from services.verification.engine.magnitude import comparable
from services.verification.engine.quantity import Quantity
from services.verification.engine.reading import Reading


def stated_changes(reading: Reading) -> list[Quantity]:
    """The changes that follow from a base and a target in one sentence: in percent, in points, and in the unit."""
    changes: list[Quantity] = []
    for base in (q for q in reading.quantities if q.role == "base"):
        for target in (q for q in reading.quantities if q.role == "target" and comparable(base, q)):
            changes += _between(reading.text, base, target)
    return changes


def _between(text: str, base: Quantity, target: Quantity) -> list[Quantity]:
    start, end = min(base.start, target.start), max(base.end, target.end)
    low, high = base.value, target.value
    direction = 1 if high > low else -1
    step = base.step + target.step
    common = {
        "start": start,
        "end": end,
        "exact": text[start:end],
        "role": "change",
        "direction": direction,
        "noun": "",
    }
    difference = abs(high - low)
    same_unit = target.replace(low=difference, high=difference, step=step, coarse=step, comparator="exact", **common)
    if base.dimension == "percent":
        same_unit = same_unit.replace(dimension="points")
    found = [same_unit]
    if low > 0:
        share = 100 * difference / low
        room = 100 * step / low
        found.append(
            target.replace(
                dimension="percent",
                unit="",
                per="",
                low=share,
                high=share,
                step=max(room, 0.1),
                coarse=max(room, 1.0),
                comparator="exact",
                **common,
            )
        )
    return found
