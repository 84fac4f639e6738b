"""Reported speech as places in the text: who, by which word, what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.claim_extraction.model import Block


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
    """One act of saying. `contents` are in reading order and hold no quotation marks at their edges."""

    contents: tuple[Place, ...]
    source: Place | None
    cue: Place | None
    verbatim: bool = False
    denied: bool = False
