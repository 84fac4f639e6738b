"""Numbers as written in English: digits, words, scales, fractions and ordinals, each with its place and its precision."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.verification.engine.vocabulary import spaced

UNITS = dict(
    zip(
        spaced(
            """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"""
        ),
        range(20),
        strict=True,
    )
)
TENS = dict(
    zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True)
)
SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "lakh": 1e5,
    "million": 1e6,
    "crore": 1e7,
    "billion": 1e9,
    "trillion": 1e12,
    "mn": 1e6,
    "mln": 1e6,
    "bn": 1e9,
    "bln": 1e9,
    "tn": 1e12,
    "trn": 1e12,
    "k": 1e3,
    "m": 1e6,
    "b": 1e9,
}
COLLECTIVE = {"dozen": 12.0, "score": 20.0}
ORDINALS = dict(
    zip(
        spaced("""first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth
nineteenth twentieth"""),
        range(1, 21),
        strict=True,
    )
)
PARTS = {
    "half": 2,
    "halves": 2,
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fourth": 4,
    "fourths": 4,
    "fifth": 5,
    "fifths": 5,
    "sixth": 6,
    "sixths": 6,
    "seventh": 7,
    "sevenths": 7,
    "eighth": 8,
    "eighths": 8,
    "ninth": 9,
    "ninths": 9,
    "tenth": 10,
    "tenths": 10,
}
GLYPHS = {"½": 0.5, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 0.25, "¾": 0.75, "⅕": 0.2, "⅖": 0.4, "⅗": 0.6, "⅘": 0.8, "⅛": 0.125}
SMALL = "|".join([*UNITS, *TENS])
DIGITS = r"(?:\d{1,3}(?:[,\u00a0\u202f\u2009 ](?=\d{3}(?!\d))\d{3})+|\d+)(?:\.\d+)?"
SCALE_WORDS = r"hundred|thousand|lakh|million|crore|billion|trillion"
SHORT_SCALES = r"(?:mn|mln|bn|bln|tn|trn|[kKMB]|m)\b"
SPELLED = rf"(?:{SMALL}|hundred|thousand|million|billion|trillion)(?:(?:[\s-]+and[\s-]+|[\s-]+)(?:{SMALL}|hundred|thousand|million|billion|trillion))*"
NUMBER = re.compile(
    rf"\b(?P<mixed>(?:{SMALL}|\d{{1,3}})[\s-]and[\s-]an?[\s-](?:half|third|quarter)(?:[\s-](?:{SCALE_WORDS}))?)\b"
    rf"|\b(?P<halfscale>half[\s-](?:a|an|of[\s-]a)[\s-](?:hundred|thousand|million|billion|trillion))\b"
    rf"|(?P<glyph>(?:\d+\s?)?[{''.join(GLYPHS)}])"
    rf"|(?P<part>\b(?:(?:a|one|two|three|four|five|six|seven|eight|nine|\d{{1,2}})[\s-]+(?:and[\s-]+a[\s-]+)?)?(?:{'|'.join(sorted(PARTS, key=len, reverse=True))})\b(?=\s+(?:of|a|an|the|all|as|that|their|its|our|his|her|in|are|were|was|is|have|had|has|said|say|believe|[\w]+ed)\b|[.,;]|$|\s*$))"
    rf"|(?P<digits>(?<![\w.])(?<!\d,){DIGITS}(?!(?:st|nd|rd|th)\b|[\d,]*\d(?:st|nd|rd|th)\b))(?:[\s-]?(?P<scale>{SCALE_WORDS})s?\b|\s?(?P<short>{SHORT_SCALES}))?"
    rf"|\b(?:(?P<few>a|an|one|two|three|four|five|six|ten|half[\s-]an?|several)[\s-]+)?(?P<collective>dozens?|score)\b"
    rf"|\b(?P<ascale>(?:a|an)[\s-](?:hundred|thousand|million|billion|trillion))\b"
    rf"|\b(?P<spelled>{SPELLED})\b",
    re.IGNORECASE,
)
HINT = re.compile(
    r"\d|[½⅓⅔¼¾⅕⅖⅗⅘⅛]|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twent|thirt|fort|fift|sixt|sevent|eight|ninet|"
    r"hundred|thousand|million|billion|trillion|dozen|score|half|halves|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)",
    re.IGNORECASE,
)
ORDINAL = re.compile(rf"\b(?:(?P<digits>\d+)(?:st|nd|rd|th)|(?P<word>{'|'.join(ORDINALS)}))\b", re.IGNORECASE)


@dataclass(frozen=True)
class Numeral:
    """A number in a text. `step` is the size of its last meaningful place; `round` the step if trailing zeros mean nothing."""

    start: int
    end: int
    value: float
    step: float
    coarse: float
    written: str  # digits, words, fraction
    short_scale: str = ""  # 'm' may also be metres


def numerals(text: str) -> Iterator[Numeral]:
    """Every number of the text, in order, longest reading first."""
    if not HINT.search(text):
        return
    for found in NUMBER.finditer(text):
        numeral = _read(found)
        if numeral is not None:
            yield numeral


def _read(found: re.Match[str]) -> Numeral | None:
    start, end = found.span()
    if glyph := found["glyph"]:
        whole = re.match(r"\d+", glyph)
        value = (float(whole[0]) if whole else 0.0) + GLYPHS[glyph[-1]]
        return Numeral(start, end, value, value * 0.02, value * 0.05, "fraction")
    if mixed := found["mixed"]:
        return _mixed(start, end, re.split(r"[\s-]+", mixed.lower()))
    if part := found["part"]:
        return _part(start, end, part.lower())
    if digits := found["digits"]:
        return _digits(start, end, digits, (found["scale"] or "").lower(), found["short"] or "")
    if collective := found["collective"]:
        many = collective.lower().endswith("s") and not found["few"]
        if many or (found["few"] or "").lower() == "several":
            return None  # "dozens of" is not a number
        few = (found["few"] or "a").lower().replace("-", " ")
        factor = 0.5 if few.startswith("half") else float(UNITS.get(few, 1))
        value = factor * COLLECTIVE[collective.lower().rstrip("s")]
        return Numeral(start, end, value, 1.0, value * 0.1, "words")
    if half := found["halfscale"]:
        value = SCALES[re.split(r"[\s-]", half.lower())[-1]] / 2
        return Numeral(start, end, value, value * 0.04, value * 0.2, "words")
    if scale := found["ascale"]:
        value = SCALES[re.split(r"[\s-]", scale.lower())[-1]]
        return Numeral(start, end, value, value * 0.02, value * 0.2, "words")
    spelled = spelled_value(found["spelled"])
    return None if spelled is None else Numeral(start, end, spelled, _places(spelled), _coarse(spelled), "words")


def _mixed(start: int, end: int, words: list[str]) -> Numeral:
    whole = float(words[0]) if words[0].isdigit() else float(UNITS.get(words[0], TENS.get(words[0], 0)))
    scale = SCALES.get(words[-1], 1.0)
    value = (whole + 1 / PARTS[words[3]]) * scale
    return Numeral(start, end, value, value * 0.02, value * 0.05, "fraction")


def _part(start: int, end: int, words: str) -> Numeral | None:
    pieces = re.split(r"[\s-]+", words)
    under = PARTS[pieces[-1]]
    if pieces[-1] in ORDINALS and len(pieces) == 1:
        return None  # "third of" without "a" is an ordinal
    over = 1.0
    if len(pieces) > 1 and pieces[0] not in ("a", "one"):
        over = float(pieces[0]) if pieces[0].isdigit() else float(UNITS[pieces[0]])
    value = over + 1 / under if "and" in pieces else over / under
    return Numeral(start, end, value, value * 0.03, value * 0.08, "fraction")


def _digits(start: int, end: int, digits: str, scale: str, short: str) -> Numeral:
    plain = re.sub(r"[,\s\u00a0\u202f\u2009]", "", digits)
    factor = SCALES[scale] if scale else SCALES[short.lower()] if short else 1.0
    value = float(plain) * factor
    decimals = len(plain.split(".")[1]) if "." in plain else 0
    step = factor * 10.0**-decimals
    return Numeral(
        start, end, value, step, step if decimals else max(step, _coarse(float(plain)) * factor), "digits", short
    )


def _places(value: float) -> float:
    """Words are rounder than digits: 'forty thousand' means thousands."""
    for scale in (1e12, 1e9, 1e6, 1e3):
        if value >= scale and value % scale == 0:
            return scale
    return 1.0


def _coarse(value: float) -> float:
    if value < 10 or value != int(value):
        return 1.0
    whole, step = int(value), 1.0
    while whole % 10 == 0:
        whole //= 10
        step *= 10
    return step


def spelled_value(words: str) -> float | None:
    """The value of a number in words ('two hundred and five thousand'); None when it is none ('and')."""
    total = current = 0.0
    seen = False
    for word in re.split(r"[\s-]+", words.lower()):
        if word in UNITS or word in TENS:
            current += UNITS.get(word, TENS.get(word, 0))
            seen = True
        elif word == "hundred":
            current = (current or 1) * 100
            seen = True
        elif word in SCALES:
            total += (current or 1) * SCALES[word]
            current = 0.0
            seen = True
    return total + current if seen else None
