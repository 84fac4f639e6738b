"""Blocks to sentences with exact offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import nupunkt

from services.claim_extraction.model import Block

MAX_BLOCK = 200_000  # characters: no paragraph of prose is longer, and one sentence decides the cost of what follows
MAX_TEXT = 1_000_000
MAX_SENTENCE = 2_000  # longer ones are kept whole as text but are not read for claims

_LINES = re.compile(r"[^\n]+")
_GOES_ON = re.compile(r"""["'”’]*\s*[),;:]|["'”’)\]]*\s*(?:[a-z](?![A-Z])|[—–-]{1,2}\s)""")


class TextTooLong(ValueError):
    """The text is refused before any work is done; the message says which limit it broke."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`blocks[block].text[start:end] == text`, without white space around it."""

    block: int
    start: int
    end: int
    text: str


def check_length(blocks: Sequence[Block]) -> None:
    """Raises TextTooLong for a text that would cost seconds: no answer is better than a door that stands still."""
    total = 0
    for block in blocks:
        total += len(block.text)
        if len(block.text) > MAX_BLOCK:
            raise TextTooLong(f"block {block.block_id} has {len(block.text)} characters; at most {MAX_BLOCK} are read")
    if total > MAX_TEXT:
        raise TextTooLong(f"the text has {total} characters; at most {MAX_TEXT} are read")


def split_sentences(blocks: Sequence[Block]) -> list[Sentence]:
    """All sentences in reading order. Linear in the text; raises TextTooLong."""
    check_length(blocks)
    return [sentence for index, block in enumerate(blocks) for sentence in _of_block(index, block.text)]


def _of_block(index: int, text: str) -> list[Sentence]:
    found: list[Sentence] = []
    for line in _LINES.finditer(text):
        for start, end in _merged(line.group(), nupunkt.sent_spans(line.group())):
            piece = line.group()[start:end]
            left = start + len(piece) - len(piece.lstrip())
            right = end - (len(piece) - len(piece.rstrip()))
            if left < right:
                found.append(
                    Sentence(
                        index,
                        line.start() + left,
                        line.start() + right,
                        text[line.start() + left : line.start() + right],
                    )
                )
    return found


def _merged(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Puts `"Really?" she said.` and "Sen. Paul (R-Ky.), who ..." back together: no sentence starts with a small letter,
    a comma or a closing bracket."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if out and _GOES_ON.match(text, start, end):
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out
