"""Sentences of a text with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass

END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+(?=[\"“‘(\[]?[A-Z0-9À-ÖØ-Þ])|\n+")
ABBREVIATION = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|Jr|Sr|Inc|Ltd|Co|Corp|vs|etc|No|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|approx|e\.g|i\.e|cf|al|Fig|"
    r"[A-Z])\.[\"”’)\]]*$"
)
LONGEST = 600


@dataclass(frozen=True)
class Sentence:
    """A stretch of the text; `text == source[start:end]` always."""

    text: str
    start: int
    end: int


def sentences(text: str) -> list[Sentence]:
    """Sentences and separate lines in order, white space at the ends left out, none longer than 600 characters."""
    found: list[Sentence] = []
    begin = 0
    for stop in END.finditer(text):
        if ABBREVIATION.search(text[begin : stop.start()]) and "\n" not in stop[0]:
            continue
        found += _pieces(text, begin, stop.start() + len(stop[0]) - len(stop[0].lstrip('"”’)]')))
        begin = stop.end()
    return found + _pieces(text, begin, len(text))


def _pieces(text: str, begin: int, end: int) -> list[Sentence]:
    pieces = []
    while begin < end:
        stop = min(end, begin + LONGEST)
        if stop < end:
            blank = text.rfind(" ", begin, stop)
            stop = blank if blank > begin else stop
        words = text[begin:stop]
        start = begin + len(words) - len(words.lstrip())
        if words.strip():
            pieces.append(Sentence(words.strip(), start, start + len(words.strip())))
        begin = stop
    return pieces
