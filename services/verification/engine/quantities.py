"""The quantities a sentence states: value or range, unit, comparator, and whether it is a level or a change."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from services.verification.engine import quantity_patterns as patterns
from services.verification.engine.dates import DateMention, dates
from services.verification.engine.dressing import comparator_of, noun_after, per_of, role_of
from services.verification.engine.numerals import Numeral, numerals
from services.verification.engine.quantity import Quantity
from services.verification.engine.quantity_forms import and_a_half, compounds, multipliers, ranks, superlatives
from services.verification.engine.units import CURRENCY_SIGNS, CURRENCY_WORDS, MINOR, NATIONAL, unit_named, unit_pattern

__all__ = ["Quantity", "quantities"]


def quantities(text: str, mentions: Sequence[DateMention] | None = None) -> list[Quantity]:
    """Every quantity of the text, in order. Points in time and numbers inside names are none."""
    taken = [(m.start, m.end) for m in (dates(text) if mentions is None else mentions)]
    found = and_a_half(text)
    taken += [(q.start, q.end) for q in found]
    numbers = [n for n in numerals(text) if not any(n.start < end and start < n.end for start, end in taken)]
    at = 0
    while at < len(numbers):
        used, quantity = _read(text, numbers, at)
        at += used
        if quantity is not None:
            found.append(quantity)
    spans = [(q.start, q.end) for q in found] + taken
    found += [
        q
        for q in (*ranks(text), *superlatives(text), *multipliers(text))
        if not any(q.start < e and s < q.end for s, e in spans)
    ]
    return compounds(text, sorted(found, key=lambda q: q.start))


def _read(text: str, numbers: list[Numeral], at: int) -> tuple[int, Quantity | None]:
    """The quantity that begins with number `at`, and how many numbers it takes."""
    first = numbers[at]
    second = numbers[at + 1] if at + 1 < len(numbers) else None
    if second is not None:
        between = text[first.end : second.start]
        if (
            patterns.RATIO.match(between)
            and 0 < first.value < second.value
            and first.short_scale == second.short_scale == ""
        ):
            return 2, _finish(text, _share(text, first, second))
        joined = _range(text, first, second, between)
        if joined is not None:
            return 2, joined
    if patterns.LABEL_BEFORE.search(text[: first.start]) and not patterns.NUMBER_ONE.search(text[: first.start]):
        label = re.search(r"(\w+)\W?$", text[: first.start])
        name = label[1].lower() if label else ""
        return 1, Quantity(
            first.start, first.end, text[first.start : first.end], first.value, first.value, "label", name
        )
    return 1, _finish(text, _single(text, first))


def _share(text: str, part: Numeral, whole: Numeral) -> Quantity:
    share = 100 * part.value / whole.value
    step = 100 * part.step / whole.value
    exact = text[part.start : whole.end]
    if whole.value > 1000:  # a rate such as 493 per million keeps its own denominator
        return Quantity(part.start, whole.end, exact, share, share, "percent", step=step, coarse=step, written="rate")
    return Quantity(part.start, whole.end, exact, share, share, "percent", step=step, coarse=step, written="ratio")


def _range(text: str, first: Numeral, second: Numeral, between: str) -> Quantity | None:
    bare = re.sub(
        r"%|per\s?cent|[$€£¥₹]|\b(?:an?|US|about|around|votes?|seats?|points)\b", "", between, flags=re.IGNORECASE
    )
    hyphen = bool(re.fullmatch(r"\s?[-–—]\s?", bare))
    if not hyphen and not re.fullmatch(r"\s*(?:to|and|or)\s*", bare, re.IGNORECASE):
        return None
    before = text[: first.start]
    word = bare.strip().lower()
    scored = word == "to" and first.value > second.value and "percent" not in between
    if scored and patterns.SCORE_CONTEXT.search(text) and first.written == "digits":
        return Quantity(first.start, second.end, text[first.start : second.end], first.value, second.value, "score")
    if word == "and" and not re.search(r"\bbetween\s+\S{0,4}$", before, re.IGNORECASE):
        return None
    if word == "to" and re.search(r"\bfrom\s+\S{0,4}\s?$", before, re.IGNORECASE) and patterns.MOVES.search(text):
        return None
    low, high = _one_unit(text, first, second)
    if (
        hyphen
        and low.dimension == "count"
        and high.dimension == "count"
        and patterns.SCORE_CONTEXT.search(text)
        and (not noun_after(text, second.end) or patterns.SCORE_CONTEXT.match(text[second.end :].lstrip()))
    ):
        return Quantity(low.start, high.end, text[low.start : high.end], low.low, high.low, "score")
    if low.dimension != high.dimension or low.low >= high.high:
        return None
    return _finish(
        text, high.replace(start=low.start, exact=text[low.start : high.end], low=low.low, comparator="exact")
    )


def _one_unit(text: str, first: Numeral, second: Numeral) -> tuple[Quantity, Quantity]:
    """The ends of a range, each with the unit, money and scale that stand at one of them: $1.5-2 million."""
    low, high = _single(text, first), _single(text, second)
    scale = second.value / _bare_value(text, second) if second.written == "digits" else 1.0
    scale = scale if first.value < second.value / 10 else 1.0
    if low.dimension == "money" and high.dimension == "count":
        return low.replace(low=low.low * scale), high.replace(dimension="money", unit=low.unit)
    if low.dimension == "count" and (high.dimension != "count" or scale > 1):
        return _like(low, high, scale), high
    return low, high


def _bare_value(text: str, number: Numeral) -> float:
    digits = re.match(r"[\d.,\s]+", text[number.start : number.end])
    return float(re.sub(r"[,\s]", "", digits[0])) or 1.0 if digits else number.value or 1.0


def _like(low: Quantity, high: Quantity, scale: float) -> Quantity:
    unit = unit_named(high.unit) if high.unit else None
    factor = unit.factor if unit else 1.0
    offset = unit.offset if unit else 0.0
    return low.replace(dimension=high.dimension, unit=high.unit, low=low.low * scale * factor + offset)


def _single(text: str, number: Numeral) -> Quantity:
    """One number with its unit or money, comparator and role not yet read."""
    if number.written == "fraction" and (article := patterns.OF_A.match(text[number.end :])):
        number = dataclasses.replace(number, end=number.end + article.end())  # half an hour, a quarter of a mile
    after, before = text[number.end :], text[: number.start]
    plain = Quantity(
        number.start,
        number.end,
        text[number.start : number.end],
        number.value,
        number.value,
        "count",
        step=number.step,
        coarse=number.coarse,
        written=number.written,
    )
    for found, dimension, factor in (
        (patterns.BASIS_POINTS.match(after), "points", 0.01),
        (patterns.POINTS.match(after), "points", 1.0),
        (patterns.PERCENT.match(after), "percent", 1.0),
        (patterns.TIMES.match(after), "multiple", 1.0),
    ):
        if found and (
            dimension != "points" or factor != 1.0 or re.search(r"%|per|pct|pp|p\.p", found[0], re.IGNORECASE)
        ):
            return _scaled(plain, text, found.end(), dimension, "", factor)
    money = _money(text, number, plain)
    if money is not None:
        return money
    if patterns.POINTS.match(after):
        return _scaled(plain, text, 0, "points", "", 1.0)
    if patterns.AGE_BEFORE.search(before):
        return plain.replace(dimension="age", unit="years")
    return _with_unit(text, number, plain)


def _with_unit(text: str, number: Numeral, plain: Quantity) -> Quantity:
    after = text[number.end :]
    if number.short_scale == "m" and (patterns.METRES_AHEAD.match(after) or not re.match(r"^\s+[a-z]", after)):
        value = number.value / 1e6
        return plain.replace(
            low=value, high=value, step=number.step / 1e6, coarse=number.coarse / 1e6, dimension="length", unit="metre"
        )
    found = unit_pattern().match(after)
    if not found:
        share = plain.written == "fraction" and number.value < 1
        return (
            plain.replace(dimension="percent", low=100 * number.value, high=100 * number.value, step=3.0, coarse=5.0)
            if share
            else plain
        )
    spelling = found["symbol"] or found["word"]
    unit = unit_named(spelling)
    if unit is None:
        return plain
    end = number.end + found.end()
    if unit.dimension == "duration" and patterns.OLD_AFTER.match(text[end:]):
        return plain.replace(end=end, exact=text[number.start : end], dimension="age", unit="years")
    if unit.dimension == "duration" and re.match(r"^[\s-]olds?\b|-olds?\b", text[end:]):
        return plain.replace(end=end, exact=text[number.start : end], dimension="age", unit="years")
    if "old" in spelling:
        return plain.replace(end=end, exact=text[number.start : end], dimension="age", unit="years")
    value = number.value * unit.factor + unit.offset
    return plain.replace(
        end=end,
        exact=text[number.start : end],
        low=value,
        high=value,
        dimension=unit.dimension,
        unit=unit.name,
        step=number.step * unit.factor,
        coarse=number.coarse * unit.factor,
    )


def _money(text: str, number: Numeral, plain: Quantity) -> Quantity | None:
    after, before = text[number.end :], text[: number.start]
    sign = patterns.CURRENCY_BEFORE.search(before)
    if sign:
        code = CURRENCY_SIGNS.get(sign[1], sign[1])
        return plain.replace(start=sign.start(1), exact=text[sign.start(1) : number.end], dimension="money", unit=code)
    found = patterns.CURRENCY_AFTER.match(after)
    if not found:
        return None
    code, symbol, nation, word = found[1], found[2], found[3], (found[4] or "").lower()
    if (
        word == "pound"
        and not nation
        and patterns.POUNDS_OF_MASS.search(text)
        and not re.search(r"£|sterling|\bpence\b", text)
    ):
        return None
    factor = 1.0
    if symbol:
        unit = CURRENCY_SIGNS[symbol]
    elif code:
        unit = code
    elif word in MINOR:
        unit, factor = ("GBP" if word in ("pence", "penny", "p") else "cents"), MINOR[word]
    else:
        unit = NATIONAL.get((nation or "").lower(), CURRENCY_WORDS.get(word, word))
    return _scaled(plain, text, found.end(), "money", unit, factor)


def _scaled(plain: Quantity, text: str, length: int, dimension: str, unit: str, factor: float) -> Quantity:
    end = plain.end + length
    return plain.replace(
        end=end,
        exact=text[plain.start : end],
        dimension=dimension,
        unit=unit,
        low=plain.low * factor,
        high=plain.high * factor,
        step=plain.step * factor,
        coarse=plain.coarse * factor,
    )


def _finish(text: str, quantity: Quantity) -> Quantity:
    per, end = per_of(text, quantity.end)
    role, direction = role_of(text, quantity)
    return quantity.replace(
        comparator=comparator_of(text, quantity),
        role=role,
        direction=direction,
        per=per,
        noun=" ".join(noun_after(text, quantity.end)),
        end=max(quantity.end, end),
    )
