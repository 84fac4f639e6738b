"""Reported speech as places in the text: who, by which word, what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.claim_extraction.model import Block

_EDGE = ' \u00a0\t\r\n,;:"“”'
_CLOSING = re.compile(r"[,.]?[”\"]")


def trimmed(text: str, start: int, end: int, *, stop: bool = False) -> tuple[int, int] | None:
    """`start:end` without blanks, commas and quotation marks at the edges, and without the full stop if `stop`.

    Marks stay where the other one of their pair stands inside. None when nothing is left.
    """
    part = text[start:end]
    left = start + len(part) - len(part.lstrip(_EDGE))
    right = end - (len(part) - len(part.rstrip(_EDGE + "." if stop else _EDGE)))
    if right <= left:
        return None
    inside = text[left:right]
    if inside.count("“") != inside.count("”") or inside.count('"') % 2:
        closing = _CLOSING.match(text, right)
        right = closing.end() if closing else right
        opened = inside.count("“") < inside.count("”") or (inside.count('"') % 2 and not closing)
        left -= bool(opened and left > start and text[left - 1] in '“"')
    return left, right


class Place(NamedTuple):
    """Code points `start` to `end` of one block."""

    block: int
    start: int
    end: int

    def words(self, blocks: Sequence[Block]) -> str:
        return blocks[self.block].text[self.start : self.end]

    def meets(self, other: Place) -> bool:
        return self.block == other.block and self.start < other.end and other.start < self.end

    def covers(self, other: Place) -> bool:
        return self.block == other.block and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Report:
    """One act of saying, thinking or judging. `contents` are in reading order, without quotation marks at their edges.

    `asserts` is true when the source puts the content forward as so (or, `denied`, as not so): only then is it a claim.
    `head` is the noun the source turns on, where a parser knows it. `nested` is true when the cue stands inside somebody else's quotation.
    """

    contents: tuple[Place, ...]
    source: Place | None
    cue: Place | None
    verbatim: bool = False
    denied: bool = False
    asserts: bool = True
    nested: bool = False
    head: str = ""

    @property
    def speaks(self) -> bool:
        """Somebody outside any quotation says something: whoever it is may go on in the next quotation."""
        return self.asserts and not self.nested
