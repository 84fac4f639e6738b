"""Numbers as people write them: digits with separators, words, fractions and scales."""

from __future__ import annotations

import re

UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {
    "dozen": 12.0, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12,
    "lakh": 1e5, "crore": 1e7,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
    "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20,
}  # fmt: skip
FRACTIONS = {
    "half": 0.5, "third": 1 / 3, "thirds": 1 / 3, "quarter": 0.25, "quarters": 0.25, "fourth": 0.25,
    "fourths": 0.25, "fifth": 0.2, "fifths": 0.2, "sixth": 1 / 6, "eighth": 0.125, "eighths": 0.125, "tenth": 0.1,
    "tenths": 0.1,
}  # fmt: skip

_ONE = "|".join(sorted(UNITS, key=len, reverse=True))
_TEN = "|".join(TENS)
_SMALL = rf"(?:(?:{_TEN})(?:[-\s](?:{_ONE}))?|(?:{_ONE}))"
_LONG_SCALE = "hundred|thousand|million|billion|trillion|dozen|lakh|crore"

DIGITS = r"\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,9})?|\d{1,15}(?:\.\d{1,9})?"
_SCALED = rf"(?:[-\s](?:{_LONG_SCALE})s?\b(?:[-\s](?:and[-\s])?{_SMALL}\b(?!\s(?:percent|per\scent)))?)"
WORDS = rf"(?:half\san?(?=\s(?:{_LONG_SCALE})\b){_SCALED}|an?(?=\s(?:{_LONG_SCALE})\b){_SCALED}{{1,3}}|{_SMALL}{_SCALED}{{0,3}})"
SCALE = rf"(?:[-\s]?(?:{_LONG_SCALE})s?|(?:\s?(?:mn|bn|tn)|[kKmMbB]))\b"
NUMBER = rf"(?:(?:{DIGITS})(?:{SCALE})?|{_SMALL}[-\s]and[-\s]a[-\s]half(?:[-\s](?:{_LONG_SCALE}))?|{WORDS})"

STARTS = rf"(?:{_TEN}|{_ONE}|half|an?(?=\s(?:{_LONG_SCALE})))(?:fold)?\b"
"""Words an expression in words begins with."""

_DIGITS_ONLY = re.compile(rf"(?P<digits>{DIGITS})(?P<scale>{SCALE})?\Z", re.I)
_SPLIT = re.compile(r"[-\s]+")


def value_of(words: str) -> float:
    """The value of an expression that NUMBER matched. Raises ValueError for anything else."""
    text = words.strip()
    match = _DIGITS_ONLY.match(text)
    if match:
        number = float(match["digits"].replace(",", ""))
        scale = (match["scale"] or "").strip(" -\t\n\u00a0").casefold()
        return number * _scale(scale) if scale else number
    whole, joined, scale = text.casefold().replace("-", " ").partition(" and a half")
    if joined:
        return (_words_value(_SPLIT.split(whole)) + 0.5) * (_scale(scale.strip()) if scale.strip() else 1.0)
    return _words_value(_SPLIT.split(text.casefold()))


def _scale(word: str) -> float:
    found = SCALES.get(word) or SCALES.get(word.removesuffix("s"))
    if found is None:
        raise ValueError(f"{word!r} is no scale")
    return found


def _words_value(words: list[str]) -> float:
    total, current = 0.0, 0.0
    for word in words:
        if word in UNITS or word in TENS:
            current += UNITS.get(word, TENS.get(word, 0))
        elif word in ("a", "an"):
            current = 0.5 if current == 0.5 else 1.0
        elif word == "half":
            current = 0.5
        elif word == "and":
            continue
        elif (scale := _scale(word)) == 100.0:
            current = (current or 1.0) * scale
        else:
            total, current = total + (current or 1.0) * scale, 0.0
    return total + current
