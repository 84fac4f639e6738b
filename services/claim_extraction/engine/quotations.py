"""Quotation marks: which words stand between them, over sentences and paragraphs. Linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.claim_extraction.model import Block

_DOUBLE = re.compile(r"[\"“”„«»]|''|``")
_SINGLE_OPEN = re.compile(r"(?<![\w’'])[‘'](?=\w)")
_SINGLE_CLOSE = re.compile(r"(?<=[\w.,!?…])[’'](?!\w)")
_SINGLE_LIMIT = 600  # characters a single-quoted passage may run: beyond it the mark was an apostrophe
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Quotation:
    """Marks included from `start` to `end`; the words themselves from `inner_start` to `inner_end`.

    `runs_on` is true when the paragraph ends before the quotation does and the next one takes it up.
    """

    block: int
    start: int
    end: int
    inner_start: int
    inner_end: int
    runs_on: bool = False

    def words(self, blocks: Sequence[Block]) -> int:
        return len(_WORD.findall(blocks[self.block].text[self.inner_start : self.inner_end]))


def find_quotations(blocks: Sequence[Block]) -> list[Quotation]:
    """Every quotation in reading order. A mark nobody closes counts only when the next paragraph opens with one."""
    found: list[Quotation] = []
    for index, block in enumerate(blocks):
        following = blocks[index + 1].text.lstrip()[:1] if index + 1 < len(blocks) else ""
        found += _of_block(index, block.text, continued=following in ('"', "“", "‘"))
    return found


def _of_block(index: int, text: str, *, continued: bool) -> Iterator[Quotation]:
    opened: re.Match[str] | None = None
    last_end = 0
    for mark in _DOUBLE.finditer(text):
        at, after = mark.span()
        if opened is None:
            if _may_open(text, at, after):
                yield from _singles(index, text, last_end, at)
                opened = mark
        elif _closes(opened.group(), mark.group()) and _may_close(text, at, after):
            yield Quotation(index, opened.start(), after, opened.end(), at)
            opened, last_end = None, after
    if opened is not None and continued:
        end = len(text.rstrip())
        if end > opened.end():
            yield Quotation(index, opened.start(), end, opened.end(), end, runs_on=True)
        return
    yield from _singles(index, text, last_end, len(text))


def _closes(opening: str, closing: str) -> bool:
    """A straight mark is closed by a straight one, so that “these” may stand inside."""
    return opening not in ('"', "''", "``") or closing in ('"', "''")


def _may_open(text: str, at: int, after: int) -> bool:
    if text[at] in "”»":
        return False
    following, before = text[after : after + 1], text[at - 1 : at]
    return bool(following) and not following.isspace() and (text[at] in "“„«`" or not before.isalnum())


def _may_close(text: str, at: int, after: int) -> bool:
    if text[at] in "“„«`":
        return False
    before, following = text[at - 1 : at], text[after : after + 1]
    return text[at] in "”»" or not before.isspace() or not following.isalnum()


def _singles(index: int, text: str, start: int, end: int) -> Iterator[Quotation]:
    """British style 'quotations' between double ones; an apostrophe is none."""
    position = start
    closing: re.Match[str] | None = None
    while opening := _SINGLE_OPEN.search(text, position, end):
        if closing is None or closing.start() < opening.end():
            closing = _SINGLE_CLOSE.search(text, opening.end(), end)
        if closing is None:
            return
        position = opening.end()
        words = len(_WORD.findall(text[opening.end() : closing.start()][:_SINGLE_LIMIT]))
        if closing.end() - opening.end() <= _SINGLE_LIMIT and words > 1:
            yield Quotation(index, opening.start(), closing.end(), opening.end(), closing.start())
            position = closing.end()
