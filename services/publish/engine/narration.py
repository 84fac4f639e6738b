"""From an article's blocks to sentences to be spoken, each knowing where its words stand in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import nupunkt

TITLE_BLOCK = "title"
STANDFIRST_BLOCK = "standfirst"

_LINE = re.compile(r"[^\n]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SPEAKABLE = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class NarratedBlock:
    """One block to read aloud, in order. The headline and the standfirst are blocks of their own."""

    block_id: str
    text: str


@dataclass(frozen=True, slots=True)
class NarratedSentence:
    """`spoken` is what the voice says for the characters start..end (code points) of the block's text."""

    block_id: str
    start: int
    end: int
    spoken: str


def narration(title: str, standfirst: str, blocks: Iterable[NarratedBlock]) -> tuple[NarratedBlock, ...]:
    """A whole article in the order in which it is read: headline, standfirst, text."""
    head = (NarratedBlock(TITLE_BLOCK, title), NarratedBlock(STANDFIRST_BLOCK, standfirst))
    return (*(block for block in head if block.text), *blocks)


def cut(blocks: Iterable[NarratedBlock]) -> tuple[NarratedSentence, ...]:
    """Sentences in reading order. Pieces without a letter or digit are left out: there is nothing to say."""
    sentences: list[NarratedSentence] = []
    for block in blocks:
        for line in _LINE.finditer(block.text):
            for start, end in _spans(line.group()):
                words = line.group()[start:end]
                left = line.start() + start + len(words) - len(words.lstrip())
                right = line.start() + end - (len(words) - len(words.rstrip()))
                spoken = speakable(block.text[left:right])
                if _SPEAKABLE.search(spoken):
                    sentences.append(NarratedSentence(block.block_id, left, right, spoken))
    return tuple(sentences)


def speakable(words: str) -> str:
    """Words as they should be said: a web address is named, not spelled out letter by letter."""
    return " ".join(_ADDRESS.sub("web address", words).split())


def length(blocks: Sequence[NarratedBlock]) -> int:
    """Characters of all blocks together."""
    return sum(len(block.text) for block in blocks)


def _spans(line: str) -> list[tuple[int, int]]:
    return [(int(start), int(end)) for start, end in nupunkt.sent_spans(line)]
