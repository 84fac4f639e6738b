"""Blocks to sentences with exact offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import nupunkt

from services.claim_extraction.engine.limits import MAX_BLOCK, MAX_SENTENCES, MAX_TEXT, TextTooLong
from services.claim_extraction.model import Block

_LINE_END = re.compile(r"\n\s*\n\s*|(?<=[.!?…:;\"”’)\]])[^\S\n]*\n\s*|\n\s*(?=[•*–—-]\s|\d+[.)]\s)")
_INSIDE = re.compile(r"[.!?…][^\w\s]*\s+\S")
_RUN = re.compile(r"\S{300,}")
_MISSED = re.compile(r"(?<=[a-z]{4})[.!?][\"”’)]*(\s+)(?=[\"“‘(]?[A-Z][a-z])")
_SHORTENED = re.compile(r"\b(?:[Aa]pprox|[Dd]ept|[Aa]ssoc|[Uu]niv|[Ii]nst|[Ee]xec|[Gg]eorg)\.$")
_GOES_ON = re.compile(r"""["'”’]*\s*[),;:]|["'”’)\]]*\s*(?:[a-z](?![A-Z])|[—–-]{1,2}\s)""")


_TITLE_END = re.compile(
    r"(?:^|[\s\"“‘'(])(?:Lt|Maj|Sgt|Col|Cpl|Brig|Adm|Capt|Cmdr|Gen|Sen|Sens|Rep|Reps|Gov|Mr|Mrs|Ms|Dr|Prof|Rev|St|Mt)\.$"
)
_QUOTED_END = re.compile(r"[?!…]['\"”’]+$")
_SHORT_SAYING = re.compile(
    r"[^\"“”?!]{3,80}\b(?:said|says|asked|added|wrote|told\s\w+|tweeted|replied|continued)\b[^\"“”?!]{0,40}\.?$"
)


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
    found: list[Sentence] = []
    for index, block in enumerate(blocks):
        found += _of_block(index, block.text)
        if len(found) > MAX_SENTENCES:
            raise TextTooLong(f"the text has more than {MAX_SENTENCES} sentences; no more are read")
    return found


def _of_block(index: int, text: str) -> list[Sentence]:
    found: list[Sentence] = []
    for first, last in _lines(text):
        line = text[first:last]
        whole = _RUN.fullmatch(line) or not _INSIDE.search(line)
        spans = [(0, len(line))] if whole else _divided(line, _merged(line, nupunkt.sent_spans(line)))
        for start, end in spans:
            piece = line[start:end]
            left = first + start + len(piece) - len(piece.lstrip())
            right = first + end - (len(piece) - len(piece.rstrip()))
            if left < right:
                found.append(Sentence(index, left, right, text[left:right]))
    return found


def _lines(text: str) -> list[tuple[int, int]]:
    """Stretches between line breaks that end something; a break in the middle of a sentence ends nothing.

    A run of characters without a blank that is longer than any word stands alone: the tokenizer takes the square of its
    length in time.
    """
    breaks = [match.span() for match in _LINE_END.finditer(text)]
    runs = [edge for match in _RUN.finditer(text) for edge in ((match.start(),) * 2, (match.end(),) * 2)]
    edges = [0, *(at for span in sorted(breaks + runs) for at in span), len(text)]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def _divided(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Parts the tokenizer took for an abbreviation: no word of more than four small letters is one but a few."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        for match in _MISSED.finditer(text, start, end):
            if match.end() < end and not _SHORTENED.search(text[max(start, match.start() - 12) : match.start() + 1]):
                out.append((start, match.start(1)))
                start = match.end(1)
        out.append((start, end))
    return out


def _merged(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Puts `"Really?" Jane Smith said.`, "Lt. Gen. Flynn" and "Sen. Paul (R-Ky.), who ..." back together: no sentence
    starts with a small letter, a comma or a closing bracket, ends in a title, or says only that somebody said."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        before = text[out[-1][0] : out[-1][1]].rstrip()[-12:] if out else ""
        if out and (
            _GOES_ON.match(text, start, end)
            or _TITLE_END.search(before)
            or (_QUOTED_END.search(before) and end - start < 120 and _SHORT_SAYING.fullmatch(text[start:end].rstrip()))
        ):
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out
