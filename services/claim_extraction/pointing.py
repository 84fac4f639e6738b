"""Words that somebody pointed at, found in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from services.claim_extraction.engine.findings import pointed_at
from services.claim_extraction.engine.limits import MAX_SENTENCE
from services.claim_extraction.model import Block, FoundClaim, Reading

FEWEST_WORDS = 2  # words: one alone claims nothing


def pointed(reading: Reading, wanted: Iterable[str]) -> Iterator[FoundClaim]:
    """A claim for each of the wanted words that stands in the text, at its first place; the rest wait for their words.

    White space may differ from what was pointed at; letters may not.
    """
    for words in wanted:
        if len(words.split()) < FEWEST_WORDS or len(words) > MAX_SENTENCE:
            continue
        if (place := next(places(reading.blocks, words), None)) is not None:
            yield pointed_at(*place, published=reading.dated)


def places(blocks: Sequence[Block], words: str) -> Iterator[tuple[Block, int, int]]:
    """Every place where these words stand, at word edges; white space may differ. `words` holds one word at least."""
    parts = words.split()
    before, after = r"(?<!\w)" * parts[0][0].isalnum(), r"(?!\w)" * parts[-1][-1].isalnum()
    pattern = re.compile(before + r"\s+".join(map(re.escape, parts)) + after)
    for block in blocks:
        for match in pattern.finditer(block.text):
            yield block, match.start(), match.end()
