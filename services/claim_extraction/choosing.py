"""Words of a text that a person chose to be a claim: found, checked, read. Every refusal names its field."""

from __future__ import annotations

from dataclasses import dataclass

from services.claim_extraction.engine.findings import pointed_at
from services.claim_extraction.engine.limits import MAX_SENTENCE
from services.claim_extraction.model import Block, FoundClaim, Reading
from services.claim_extraction.pointing import FEWEST_WORDS, places
from shared.errors import Conflict, Refused

Place = tuple[Block, int, int]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Words by their place in a block, or by themselves with what stands before and after them."""

    block_id: str = ""
    start: int = 0
    end: int = 0
    exact: str = ""
    prefix: str = ""
    suffix: str = ""


def claim_of_words(reading: Reading, chosen: Chosen) -> FoundClaim:
    """The claim in the chosen words; white space around them is left out.

    Raises Refused when they do not stand where they are said to, stand in several places, or are no words that could
    claim anything; Conflict when there is no text any more.
    """
    if not reading.blocks:
        raise Conflict("There is no text to choose words from.")
    by_place = chosen.start != 0 or chosen.end != 0
    block, start, end = _at(reading, chosen) if by_place else _sought(reading, chosen)
    words = block.text[start:end]
    start, end = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
    field = "start" if by_place else "exact"
    _check(block.text, start, end, field)
    return pointed_at(block, start, end, published=reading.dated)


def _at(reading: Reading, chosen: Chosen) -> Place:
    block = next((each for each in reading.blocks if each.block_id == chosen.block_id), None)
    if block is None:
        raise _refused("NO_SUCH_BLOCK", "There is no such block in the text.", "block_id")
    if chosen.start < 0:
        raise _refused("OUTSIDE", "A place is counted from 0.", "start")
    if chosen.end > len(block.text):
        raise _refused("OUTSIDE", f"The block has {len(block.text)} characters.", "end")
    if chosen.start >= chosen.end:
        raise _refused("EMPTY", "These are no words: they end before they begin.", "end")
    if chosen.exact and chosen.exact.split() != block.text[chosen.start : chosen.end].split():
        raise _refused("NOT_VERBATIM", "Other words stand at that place.", "exact")
    return block, chosen.start, chosen.end


def _sought(reading: Reading, chosen: Chosen) -> Place:
    if not chosen.exact.split():
        raise _refused("WORDS_REQUIRED", "Choose the words of the claim.", "exact")
    if len(chosen.exact) > MAX_SENTENCE:
        raise _refused("TOO_LONG", f"A claim has at most {MAX_SENTENCE:,} characters.", "exact")
    blocks = [each for each in reading.blocks if chosen.block_id in ("", each.block_id)]
    if not blocks:
        raise _refused("NO_SUCH_BLOCK", "There is no such block in the text.", "block_id")
    found = [place for place in places(blocks, chosen.exact) if _surrounded(place, chosen)]
    if not found:
        raise _refused("NOT_VERBATIM", "These words do not stand in the text.", "exact")
    if len(found) > 1:
        raise _refused("AMBIGUOUS", "These words stand in several places; choose some more around them.", "exact")
    return found[0]


def _surrounded(place: Place, chosen: Chosen) -> bool:
    """What stands around the words is what was seen there, up to white space."""
    block, start, end = place
    before, after = " ".join(block.text[:start].split()), " ".join(block.text[end:].split())
    return before.endswith(" ".join(chosen.prefix.split())) and after.startswith(" ".join(chosen.suffix.split()))


def _check(text: str, start: int, end: int, field: str) -> None:
    words = text[start:end]
    if len(words.split()) < FEWEST_WORDS:
        raise _refused("TOO_SHORT", "One word alone claims nothing.", field)
    if len(words) > MAX_SENTENCE:
        raise _refused("TOO_LONG", f"A claim has at most {MAX_SENTENCE:,} characters.", field)
    inside_left = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    inside_right = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    if inside_left or inside_right:
        raise _refused("NOT_WHOLE_WORDS", "The words begin or end inside a word.", field)


def _refused(reason: str, message: str, field: str) -> Refused:
    return Refused(reason, message, field=field, status=400)
