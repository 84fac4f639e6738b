"""Anchors: exact words at a place, and where those words went after an edit.

An anchor ends exact, moved or orphaned, never on other words and never inside a sentence that says something else.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.claim_extraction.model.claim import Anchor, Block

CONTEXT = 32  # code points kept on each side of an anchor at least,
SENTENCE_CONTEXT = 240  # and up to so many where the sentence goes on: a "denied" far to the left changes what is said

_TYPOGRAPHY = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'",
        "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
        "…": "...",
        "\u00ad": None, "\u200b": None, "\ufeff": None, "\u2060": None,
    }
)  # fmt: skip
_SPACE = re.compile(r"\s+")
_BOUNDARY = re.compile(r"""[.!?…]["'”’)\]]*(?=\s)|\n""")
_OPENING = " \t\r\n\"'“‘(["
_CLOSING = " \t\r\n\"'”’)]"


class Fate(StrEnum):
    """What became of an anchor in another version of the text."""

    EXACT = "exact"
    MOVED = "moved"
    ORPHANED = "orphaned"


@dataclass(frozen=True, slots=True)
class Reanchored:
    """`anchor` places the words in the new text; it is None exactly when the fate is ORPHANED."""

    fate: Fate
    anchor: Anchor | None


def normalise(text: str) -> str:
    """The words without typography: NFC, plain quotes and dashes, single spaces. Case, digits and points stay."""
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text).translate(_TYPOGRAPHY)).strip()


def words_hash(text: str) -> str:
    """sha256 over the normalised words, hex: equal hashes mean equal words."""
    return sha256_of(normalise(text))


def sha256_of(text: str) -> str:
    """sha256 of the text in UTF-8, hex. A lone surrogate is hashed as it stands instead of raising."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def anchor_at(block: Block, start: int, end: int, *, text_sha256: str | None = None) -> Anchor:
    """An anchor on `block.text[start:end]`. Raises ValueError when the span is empty or outside the block."""
    if not 0 <= start < end <= len(block.text):
        raise ValueError(f"span {start}:{end} is not inside block {block.block_id} of {len(block.text)} characters")
    before, after = _around(block.text, start, end)
    return Anchor(
        block_id=block.block_id,
        start=start,
        end=end,
        exact=block.text[start:end],
        prefix=before
        if not _BOUNDARY.search(before)
        else before[-max(CONTEXT, len(before) - _last_boundary(before)) :],
        suffix=after if not (edge := _BOUNDARY.search(after)) else after[: max(CONTEXT, edge.end())],
        text_sha256=text_sha256 or sha256_of(block.text),
    )


def reanchor(anchor: Anchor, blocks: Sequence[Block]) -> Reanchored:
    """Finds the anchor's words in a new version of the text.

    A place counts only when the words stand there letter for letter, at word edges, and what shares their sentence
    on either side is unchanged ("It is false that" before them makes them other words). Of several such places the one
    with the most like surroundings wins; when two are equally like, the words are orphaned rather than guessed.
    """
    by_id = {block.block_id: block for block in blocks}
    home = by_id.get(anchor.block_id)
    if home is not None and sha256_of(home.text) == anchor.text_sha256 and _holds(home.text, anchor.start, anchor):
        return Reanchored(Fate.EXACT, anchor)
    places = list(_places(anchor, by_id))
    if not places:
        return Reanchored(Fate.ORPHANED, None)
    best = max(likeness for likeness, _, _ in places)
    winners = [(block, start) for likeness, block, start in places if likeness == best]
    if len(winners) > 1:
        return Reanchored(Fate.ORPHANED, None)
    block, start = winners[0]
    found = anchor_at(block, start, start + len(anchor.exact))
    same_place = block.block_id == anchor.block_id and start == anchor.start
    return Reanchored(Fate.EXACT if same_place else Fate.MOVED, found)


def _places(anchor: Anchor, blocks: Mapping[str, Block]) -> Iterator[tuple[int, Block, int]]:
    """Every admissible place with its likeness: equal characters around it, and its own block before any other."""
    for block in blocks.values():
        start = block.text.find(anchor.exact)
        while start >= 0:
            if _holds(block.text, start, anchor):
                around = _common_tail(
                    anchor.prefix, block.text[max(0, start - SENTENCE_CONTEXT) : start]
                ) + _common_head(
                    anchor.suffix, block.text[start + len(anchor.exact) : start + len(anchor.exact) + SENTENCE_CONTEXT]
                )
                yield around * 2 + (block.block_id == anchor.block_id), block, start
            start = block.text.find(anchor.exact, start + 1)


def _holds(text: str, start: int, anchor: Anchor) -> bool:
    """The words stand at `start`, at word edges, and the rest of their sentence is what it was."""
    end = start + len(anchor.exact)
    if text[start:end] != anchor.exact or not _at_word_edges(text, start, end):
        return False
    before, after = _around(text, start, end)
    return _left_rest(before) == _left_rest(anchor.prefix) and _right_rest(anchor.exact, after) == _right_rest(
        anchor.exact, anchor.suffix
    )


def _at_word_edges(text: str, start: int, end: int) -> bool:
    inside_left = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    inside_right = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    return not (inside_left or inside_right)


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    return text[max(0, start - SENTENCE_CONTEXT) : start], text[end : end + SENTENCE_CONTEXT]


def _last_boundary(before: str) -> int:
    """Where the last sentence boundary ends, 0 without one."""
    return max((match.end() for match in _BOUNDARY.finditer(before)), default=0)


def _left_rest(before: str) -> str:
    """What stands between the last sentence boundary and the words, normalised."""
    return normalise(before[_last_boundary(before) :]).strip(_OPENING)


def _right_rest(exact: str, after: str) -> str:
    """What stands between the words and the next sentence boundary, normalised; nothing when the words end one."""
    if exact.rstrip(_CLOSING)[-1:] in tuple(".!?…"):
        return ""
    boundary = _BOUNDARY.search(after)
    return normalise(after[: boundary.end()] if boundary else after).strip(_CLOSING)


def _common_tail(left: str, right: str) -> int:
    count = 0
    for a, b in zip(reversed(left), reversed(right), strict=False):
        if a != b:
            break
        count += 1
    return count


def _common_head(left: str, right: str) -> int:
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count
