"""Numbers in a sentence with what they mean: value, unit, comparator, range, percent or points, currency, rank, change.

One pass finds every number; what stands directly before and after it says what it is. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from services.claim_extraction.engine.comparators import change_of, comparator_of
from services.claim_extraction.engine.lexicon import words_of
from services.claim_extraction.engine.limits import MAX_NUMBERS, check_sentence
from services.claim_extraction.engine.measures import share_of, stated_before
from services.claim_extraction.engine.numbers import FRACTIONS, NUMBER, ORDINALS, STARTS, value_of
from services.claim_extraction.engine.units import CODES, CURRENCY_SIGNS, CURRENCY_WORDS, UNITS_OF_MEASURE, to_celsius
from services.claim_extraction.model import Quantity

Span = tuple[int, int]


def _any_of(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_SIGN = _any_of(tuple(CURRENCY_SIGNS))
_ORDINAL = rf"(?:\d{{1,4}}(?:st|nd|rd|th)|{'|'.join(ORDINALS)})"
_SUPERLATIVE = (
    r"(?:largest|biggest|highest|lowest|smallest|most|least|longest|shortest|oldest|youngest|best|worst|richest|"
    r"poorest|fastest|slowest|busiest|deadliest|tallest|leading|place|consecutive|straight)"
)
_PART = r"(?:third|quarter|fifth|sixth|eighth|tenth|fourth)s?"
_CONTEST = r"(?:vote|majority|win|victory|defeat|decision|ruling|margin|loss)s?"
_NUMBER = re.compile(
    rf"""(?<![\w.,])(?:
        (?P<name>\(?\d{{3}}\)?[-.\s]\d{{3}}[-.\s]\d{{4}}\b|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?\b(?!\s(?:mile|inch|percent)))
        |(?P<fraction>(?:(?:an?|one|two|three|four|five|seven|nine)[-\s]{_PART}|half)\b
            (?![-\s](?:an?|dozen|hundred|thousand|million|billion|trillion|marathon|brother|sister|time|hour|of\sa)\b)
            (?![-\s]{_SUPERLATIVE}\b))
        |(?P<ratio>(?P<of>{NUMBER})\s(?:in(?!\s(?:1[5-9]|20)\d\d\b)|out\sof|of(?=\s(?:10{{1,3}}|ten|every)\b))(?:\severy)?\s(?P<all>{NUMBER})\b(?!\s*(?:%|percent|per\scent)))
        |(?P<rank>{_ORDINAL}(?=[-\s]{_SUPERLATIVE}\b)|No\.?\s?\d{{1,3}}\b|number\sone\b)
        |(?P<down>\d{{1,3}}[-–]\d{{1,3}}\b(?![-–./\d]|\s?(?:%|percent|per\scent)))
        |(?P<score>\d{{1,3}}\s?(?:[-–]|\sto\s)\s?\d{{1,3}}(?=\s{_CONTEST}\b)|(?:(?<=voted\s)|(?<=vote\sof\s)|(?<=passed\s)|(?<=won\s)|(?<=lost\s)|(?<=ruled\s))\d{{1,3}}(?:[-–]|\sto\s)\d{{1,3}}\b(?!\s?(?:%|percent|million|billion)))
        |(?P<times>(?P<factor>{NUMBER})[-\s]?(?:fold|times)\b|(?:twice|doubl(?:ed?|ing)(?!\sdown\b)|tripled?|tripling|halved)\b)
        |(?P<sign>{_SIGN})?\s?(?P<number>[-−]?(?:{NUMBER}))(?!\w)
    )""",
    re.X | re.I,
)
_START = re.compile(
    rf"(?<![\w.,])(?:[-−(]?\d|(?:{_SIGN})\s?\d|{STARTS}|(?:an?[-\s]{_PART}|{_ORDINAL}|No\.?\s?\d|number\sone|twice|doubl\w+|tripl\w+|halved)\b)",
    re.I,
)
_RANGE = re.compile(rf"\s?(?:[-–—]|-\sto\b|\b(?:to|and)\b)\s?(?:{_SIGN})?\s?(?P<upper>{NUMBER})(?!\w)", re.I)
_SHARED_SCALE = re.compile(r"[-\s]?(?:hundred|thousand|million|billion|trillion|mn|bn|tn|[kKmMbB])\b", re.I)
_PERCENT = re.compile(r"\s?%|[-\s](?:percent|per\scent|pct)\b", re.I)
_POINTS = re.compile(
    r"(?:\s?%|[-\s]percent(?:age)?|[-\s]per\scent)?[-\s](?:points?|pp|ppts)\b|(?P<basis>[-\s]basis[-\s]points?\b)", re.I
)
_MONEY = re.compile(
    rf"\s(?P<code>{'|'.join(CODES)})\b|[-\s](?:U\.?S\.?\s)?(?P<word>{_any_of(tuple(CURRENCY_WORDS))})\b", re.I
)
_CODE_BEFORE = re.compile(rf"\b(?P<code>{'|'.join(CODES)})\s?$")
_UNIT = re.compile(rf"[-\s]?(?P<unit>{_any_of(tuple(UNITS_OF_MEASURE))})(?!\w)", re.I)
_MEASURE = re.compile(
    r"[-\s](?:of\s)?(?:(?:the|all|its|his|her|their|our|new|more|additional|other)\s)?"
    r"(?P<words>[^\W\d][\w'’-]*(?:\s[^\W\d][\w'’-]*){0,2})"
)
_STREET = re.compile(
    r"\s(?:[NSEW]\.?\s|North|South|East|West|[A-Z][\w’'-]+\s(?:Street|St|Avenue|Ave|Road|Rd|Drive|Lane|Boulevard|Blvd)\b|\d+(?:st|nd|rd|th)\s(?:Street|St|Avenue|Ave))"
)
_CAPITALISED = re.compile(r"(?:^|\s)[A-Z][\w’'-]+\s$")
_AGE_AFTER = re.compile(r"(?:[-\s](?:to\s\d{1,3}[-\s])?years?[-\s]olds?\b)", re.I)
_AGED = re.compile(r"\b(?:aged?|ages|the age of)\s(?:between\s|\d{1,3}\sand\s)?$", re.I)
_NAME_COMMA = re.compile(r"[A-Z][\w’'-]+,\s$")
_CLOSES_AGE = re.compile(r"\s?[,;.―—–]|\s?$")
_NAMED = re.compile(
    r"(?:\b(?:Article|Section|Chapter|Route|Highway|Flight|Room|Page|Psalm|Act|Boeing|Airbus|Channel|Apollo|Interstate|"
    r"Title|Amendment|Proposition|Measure|Resolution|Bill|Phase|Version|Windows|iPhone|Formula|Area|Covid)[-\s]|[A-Za-z]-|#|/|@)$"
)
_NAME_ENDS = ("-", "#", "/", "@")
_CLOCK = re.compile(r":\d{2}|\s?(?:a\.?m\.?|p\.?m\.?|o['’]clock)(?![a-z])", re.I)
_AFTER_COLON = re.compile(r"\d:$")
_PLURAL = re.compile(r".{2,}s$|people|men|women|children|staff|police|troops|feet|teeth|dead|aid", re.I)
_IDLE_ONE = re.compile(
    r"one\b(?!\s(?:percent|per\scent|in|hundred|thousand|million|billion|year|month|day|week|hour)\b)", re.I
)
_FACTORS = {
    "twice": 2.0, "double": 2.0, "doubled": 2.0, "doubling": 2.0, "triple": 3.0, "tripled": 3.0, "tripling": 3.0,
    "halved": 0.5,
}  # fmt: skip
_STOP = words_of(
    "a an and are as at after before but by for from had has have he her his if in into is it its of on or over per she "
    "since so than that the their them then they this those to under up was we were when where which while who will with "
    "would you last next more less fewer ago earlier later compared according said says say could can may not did do "
    "does been be being during between about against through because out off"
)


def read_quantities(text: str, dates: Sequence[Span] = ()) -> tuple[Quantity, ...]:
    """The quantities of a sentence in order, the first MAX_NUMBERS of them; numbers inside `dates` are dates and stay out.

    Raises TextTooLong for what is no sentence.
    """
    check_sentence(text)
    return tuple(islice(_quantities(text, sorted(dates)), MAX_NUMBERS))


def _quantities(text: str, dates: Sequence[Span]) -> Iterator[Quantity]:
    position, passed = 0, 0
    for start in _START.finditer(text):
        match = _NUMBER.match(text, start.start()) if start.start() >= position else None
        if match is None:
            continue
        position = match.end()
        while passed < len(dates) and dates[passed][1] <= match.start():
            passed += 1
        if passed < len(dates) and dates[passed][0] < match.end():
            continue
        if _counts_nothing(text, match):
            continue
        quantity = _read(text, match)
        position = max(position, quantity.end)
        comparator, change = comparator_of(text, quantity), change_of(text, quantity)
        yield replace(quantity, comparator=comparator, change=change, **_of_what(text, quantity))


def _of_what(text: str, quantity: Quantity) -> dict[str, Any]:
    """What the quantity measures: what the words before it say it is the level of, else what stands behind it. A bare
    number takes the unit of a heading: "Spending (% of GDP) was 4.07"."""
    stated = stated_before(text, quantity.start)
    if stated is None:
        return {"measure": quantity.measure or _measure(text, quantity)}
    dimension, unit = quantity.dimension, quantity.unit
    if dimension == "count" and stated.percent:
        dimension, unit = "percent", "%"
    elif dimension == "count" and stated.dollars:
        dimension, unit = "currency", "USD"
    whole = stated.heading or (share_of(text, quantity.end) if dimension == "percent" else "")
    measure = f"{stated.words} ({whole})" if whole else stated.words
    return {"dimension": dimension, "unit": unit, "measure": measure}


def _counts_nothing(text: str, match: re.Match[str]) -> bool:
    """ "Section 230", "F-35", "9:30", "9/11", "555-0100", "131 West 23rd Street", "one of them": names, times, no amount."""
    if match["name"]:
        return True
    if not match["number"] or match["sign"]:
        return False
    before = text[max(0, match.start() - 24) : match.start()]
    last = before[-1:]
    named = (last in _NAME_ENDS or last.isspace()) and _NAMED.search(before)
    named = named or _CLOCK.match(text, match.end()) or (last == ":" and _AFTER_COLON.search(before))
    placed = _STREET.match(text, match.end())
    spelled = match["number"][0].isupper() and bool(_CAPITALISED.search(before))
    return bool(named or placed) or spelled or bool(_IDLE_ONE.match(text, match.start()))


def _read(text: str, match: re.Match[str]) -> Quantity:
    start, end = match.span()
    if match["fraction"]:
        return _quantity(text, start, end, _fraction(match["fraction"]), dimension="ratio")
    if match["ratio"]:
        return _quantity(text, start, end, value_of(match["of"]) / (value_of(match["all"]) or 1.0), dimension="ratio")
    if match["rank"]:
        return _quantity(text, start, end, _rank(match["rank"]), dimension="rank")
    if match["score"] or match["down"]:
        first, second = re.findall(r"\d+", match.group())
        return _quantity(text, start, end, float(first), upper=float(second), dimension="score")
    if match["times"]:
        factor = value_of(match["factor"]) if match["factor"] else _FACTORS[match["times"].casefold()]
        return _quantity(text, start, end, factor, dimension="ratio", unit="times")
    return _measured(text, match)


def _measured(text: str, match: re.Match[str]) -> Quantity:
    """A plain number, its range if it opens one, and its unit."""
    written = match["number"].replace("−", "-")
    sign = -1.0 if written.startswith("-") else 1.0
    value, upper, end = sign * value_of(written.lstrip("-")), None, match.end("number")
    value, upper, end = _range(text, match, value, end)
    start = match.start("sign") if match["sign"] else match.start("number")
    if match["sign"]:
        return _quantity(
            text, start, end, value, upper=upper, dimension="currency", unit=CURRENCY_SIGNS[match["sign"].upper()]
        )
    if code := _CODE_BEFORE.search(text, max(0, start - 5), start):
        return _quantity(text, code.start(), end, value, upper=upper, dimension="currency", unit=code["code"])
    return _with_unit(text, start, end, value, upper)


def _range(text: str, match: re.Match[str], value: float, end: int) -> tuple[float, float | None, int]:
    """ "5 to 10", "between 5 and 10 million": the upper end, with a scale that stands behind it given to both."""
    found = _RANGE.match(text, end)
    if not found:
        return value, None, end
    joined_by_and = "and" in text[end : found.start("upper")].casefold()
    before = text[max(0, match.start() - 9) : match.start()].casefold()
    if joined_by_and and not before.rstrip().endswith("between"):
        return value, None, end
    if not joined_by_and and before.rstrip().endswith(("from", "by")):
        return value, None, end  # "from 4 to 5", "by 4 to 5": a change, and the level it led to
    upper = value_of(found["upper"])
    scale = _SHARED_SCALE.search(found["upper"])
    if scale and not _SHARED_SCALE.search(match["number"]):
        bare = value_of(found["upper"][: scale.start()]) or 1.0
        value *= upper / bare
    return (value, upper, found.end("upper")) if upper > value else (value, None, end)


def _age(text: str, start: int, end: int, value: float, upper: float | None) -> Quantity | None:
    """ "a 24-year-old", "aged 40", "Tom Young, 30, ..."."""
    before = text[max(0, start - 30) : start]
    if old := _AGE_AFTER.match(text, end):
        return _quantity(text, start, old.end(), value, upper=upper, dimension="age", unit="years")
    called = before[-2:-1] == "," and _NAME_COMMA.search(before) and _CLOSES_AGE.match(text, end)
    aged = "age" in before.casefold() and _AGED.search(before)
    if 0 < value < 120 and (called or aged):
        return _quantity(text, start, end, value, upper=upper, dimension="age", unit="years")
    return None


def _with_unit(text: str, start: int, end: int, value: float, upper: float | None) -> Quantity:
    if age := _age(text, start, end, value, upper):
        return age
    if found := _POINTS.match(text, end):
        factor = 0.01 if found["basis"] else 1.0
        bare = not re.search(r"%|per|basis|pp", found.group(), re.I)
        dimension, unit = ("count", "points") if bare else ("percentage_points", "pp")
        return _scaled(text, start, found.end(), value, upper, factor, dimension, unit)
    if found := _PERCENT.match(text, end):
        return _quantity(text, start, found.end(), value, upper=upper, dimension="percent", unit="%")
    if found := _MONEY.match(text, end):
        code, factor = (found["code"].upper(), 1.0) if found["code"] else CURRENCY_WORDS[found["word"].casefold()]
        return _scaled(text, start, found.end(), value, upper, factor, "currency", code)
    if found := _UNIT.match(text, end):
        written = found["unit"].casefold()
        dimension, unit, factor = UNITS_OF_MEASURE[written]
        if dimension == "temperature":
            value, upper, factor = (
                to_celsius(value, written),
                None if upper is None else to_celsius(upper, written),
                1.0,
            )
        return _scaled(text, start, found.end(), value, upper, factor, dimension, unit)
    return _quantity(text, start, end, value, upper=upper)


def _scaled(
    text: str, start: int, end: int, value: float, upper: float | None, factor: float, dimension: str, unit: str
) -> Quantity:
    top = None if upper is None else upper * factor
    return _quantity(text, start, end, value * factor, upper=top, dimension=dimension, unit=unit)


def _quantity(
    text: str,
    start: int,
    end: int,
    value: float,
    *,
    upper: float | None = None,
    dimension: str = "count",
    unit: str = "",
) -> Quantity:
    return Quantity(start, end, text[start:end], value, upper, dimension=dimension, unit=unit)


def _fraction(words: str) -> float:
    parts = re.split(r"[-\s]+", words.casefold())
    if len(parts) == 1:
        return FRACTIONS[parts[0]]
    count = 1.0 if parts[0] in ("a", "an") else value_of(parts[0])
    return count * FRACTIONS[parts[1] if parts[1] in FRACTIONS else parts[1].removesuffix("s")]


def _rank(words: str) -> float:
    lowered = words.casefold()
    digits = re.search(r"\d+", lowered)
    return float(digits.group()) if digits else float(ORDINALS.get(lowered, 1))


def _measure(text: str, quantity: Quantity) -> str:
    """The words directly behind the number that say what it counts; empty when none do."""
    found = _MEASURE.match(text, quantity.end)
    words: list[str] = []
    for word in found["words"].split() if found else []:
        if word.casefold() in _STOP or (not words and word.endswith("ed")) or (words and word[0].isupper()):
            break
        words.append(word)
        if _PLURAL.fullmatch(word):
            break
    return " ".join(words)
