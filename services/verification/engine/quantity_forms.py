"""Quantities that do not begin with a plain number: ranks, superlatives, doublings, and two units in one."""

from __future__ import annotations

import math
import re

from services.verification.engine import quantity_patterns as patterns
from services.verification.engine.dressing import noun_after
from services.verification.engine.numerals import ORDINAL, ORDINALS
from services.verification.engine.quantity import Quantity
from services.verification.engine.units import unit_named
from services.verification.engine.words import base


def ranks(text: str) -> list[Quantity]:
    """Ordinals as ranks; 'every sixth household' as a share."""
    found: list[Quantity] = []
    for match in patterns.EVERY_NTH.finditer(text):
        share = 100 / (ORDINALS.get(match["nth"].lower()) or int(re.sub(r"\D", "", match["nth"])))
        noun = " ".join(noun_after(text, match.end()))
        found.append(
            Quantity(
                match.start(),
                match.end("nth"),
                match[0].strip(),
                share,
                share,
                "percent",
                step=share / 5,
                coarse=share / 5,
                noun=noun,
                written="ratio",
            )
        )
    for match in ORDINAL.finditer(text):
        if any(q.start <= match.start() < q.end for q in found):
            continue
        value = float(match["digits"] or ORDINALS[match["word"].lower()])
        found.append(
            Quantity(
                match.start(), match.end(), match[0], value, value, "rank", noun=" ".join(noun_after(text, match.end()))
            )
        )
    return found


def superlatives(text: str) -> list[Quantity]:
    """'the largest' is first place unless an ordinal stands before it."""
    found = []
    for match in patterns.SUPERLATIVE.finditer(text):
        if not ORDINAL.search(text[max(0, match.start("word") - 12) : match.start("word")]):
            start, end = match.span("word")
            noun = " ".join([base(match["word"].split()[-1]), *noun_after(text, end)])
            found.append(Quantity(start, end, match["word"], 1.0, 1.0, "rank", noun=noun, written="superlative"))
    return found


def and_a_half(text: str) -> list[Quantity]:
    """'a year and a half', 'an hour and a quarter': the unit stands before the fraction."""
    found = []
    for match in patterns.AND_A_HALF.finditer(text):
        unit = unit_named(match["unit"])
        if unit is not None:
            value = (1.5 if match["part"].lower() == "half" else 1.25) * unit.factor
            found.append(
                Quantity(
                    *match.span(),
                    match[0],
                    value,
                    value,
                    unit.dimension,
                    unit.name,
                    step=value * 0.02,
                    coarse=value * 0.05,
                    written="fraction",
                )
            )
    return found


def compounds(text: str, found: list[Quantity]) -> list[Quantity]:
    """'1 hour and 55 minutes', '6 feet 2 inches': one quantity in two units of one dimension, the larger first."""
    merged: list[Quantity] = []
    for q in found:
        last = merged[-1] if merged else None
        joins = last is not None and re.fullmatch(r"\s?,?\s?(?:and\s)?", text[last.end : q.start])
        if (
            last is not None
            and joins
            and last.dimension == q.dimension
            and q.dimension in ("duration", "length", "mass")
        ):
            first, second = unit_named(last.unit), unit_named(q.unit)
            if first is not None and second is not None and first.factor > second.factor and q.high < first.factor:
                exact = text[last.start : q.end]
                total = last.low + q.low
                merged[-1] = last.replace(end=q.end, exact=exact, low=total, high=total, step=q.step, coarse=q.coarse)
                continue
        merged.append(q)
    return merged


def multipliers(text: str) -> list[Quantity]:
    """doubled, halved, threefold; "once in 2022", where how often is what is told."""
    found = []
    for match in (*patterns.MULTIPLIER.finditer(text), *patterns.ONCE.finditer(text)):
        value = patterns.MULTIPLIERS.get(match[0].lower(), 1.0)
        role = "change" if re.search(r"(?:ed|ing|es)$", match[0].lower()) else "level"
        direction = int(math.copysign(1, value - 1))
        found.append(
            Quantity(
                match.start(),
                match.end(),
                match[0],
                value,
                value,
                "multiple",
                role=role,
                direction=direction,
                step=value * 0.1,
                coarse=value * 0.1,
            )
        )
    return found
