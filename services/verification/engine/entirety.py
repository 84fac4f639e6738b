"""Whether a passage that meets a claim's figures says the whole of the claim: of the same things, at the same time, in its
own voice. Where it does not, it is about the claim and no support for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from services.verification.engine.alignment import align_words
from services.verification.engine.dates import DateMention, conflict, same_kind
from services.verification.engine.lexicon import alike
from services.verification.engine.quantity import Quantity
from services.verification.engine.reading import Reading, Word
from services.verification.engine.words import base

HOUSE_NUMBER = re.compile(
    r"[a-z]?\s+(?:[A-Z][\w'’-]*\s+){1,3}(?:Street|Road|Avenue|Lane|Square|Drive|Boulevard|Place|Terrace|Gardens|Row|Quay|Close)\b"
)
LABEL = re.compile(r"^\s*(?:[A-Z][\w.'’-]*\s+){0,3}[A-Z][\w.'’-]*:\s")
OWN_VOICE = re.compile(r"\b(?:we|our|ours|us|I|my)\b", re.IGNORECASE)
TABLE_ROW = re.compile(r"\|[^|\n]*\d[^|\n]*\||\d\s*\|\s*[^|\n]*\d|\t[^\t\n]*\d[^\t\n]*\t")
SUPPOSED = re.compile(
    r"\b(?:expect|believe|hope|claim|allege|fear|predict|suspect|assume|guess|promise|pledge|vow)(?:s|d|ed)?\b",
    re.IGNORECASE,
)
ALL_OF = re.compile(r"\b(?:of|for|among|across|in) all (?:the )?(?P<what>[a-z]{3,})\b(?=[^;.]*\d)", re.IGNORECASE)
NEAR = 30  # characters between the whole and its figure
QUOTED = re.compile(r"[“\"«][^“”\"«»]{3,}[”\"»]?")


def house_number(text: str, quantity: Quantity) -> bool:
    """ "12 Mill Street": a number that counts nothing."""
    return bool(HOUSE_NUMBER.match(text[quantity.end :]))


def of_a_table(passage: str) -> bool:
    """A row of a table: which year or measure stands over each of its cells is not in it."""
    return bool(TABLE_ROW.search(passage))


def times_met(claim: Reading, passage: Reading) -> bool:
    """Every time the claim names, other than by its distance from today, is named by the passage too."""
    return all(_met(mention, passage) for mention in claim.dates if not mention.relative)


def _met(mention: DateMention, passage: Reading) -> bool:
    same = (
        other for other in passage.dates if same_kind(mention, other) or other.exact.lower() == mention.exact.lower()
    )
    return any(not conflict(mention, other) for other in same)


def every_word(claim: Reading, passage: Reading) -> bool:
    """No word of substance of the claim is without an answer: one that is, "successful" beside "ineffective", may turn the
    claim round while its figures stay the same."""
    unmet, _ = align_words(claim, passage)
    return not unmet


def narrower(claim: Reading, passage: Reading) -> bool:
    """The passage counts a part of what the claim counts, or something of it: "long-distance trains" for "trains",
    "glacier area" for "glaciers"."""
    for first, second in pairwise(passage.words):
        if passage.text[first.end : second.start] not in (" ", "-"):
            continue
        told, held = _answer(first, claim), _answer(second, claim)
        if held is not None and told is None and first.text.islower() and _named(second):
            return True
        if told is not None and held is None and _plural(told) and not _plural(first) and second.text.islower():
            return True
    return False


def total_of(claim: Reading, claimed: Quantity, passage: Reading, others: Sequence[Quantity]) -> Quantity | None:
    """Where the passage meets the claimed figure for a part alone ("61 percent of long-distance trains") and gives one
    for the whole in so many words ("of all trains it was 87 percent"): the figure of the whole."""
    if not narrower(claim, passage):
        return None
    for found in ALL_OF.finditer(passage.text):
        if any(alike(base(found["what"]), noun) for noun in claimed.noun.split()):
            return next((q for q in others if found.start() <= q.start <= found.end() + NEAR), None)
    return None


def only_said(passage: str, figure: str) -> bool:
    """The figure is somebody's words or supposition, which the passage reports without vouching for it."""
    if LABEL.match(passage) or OWN_VOICE.search(passage) or SUPPOSED.search(passage):
        return True
    return any(figure and figure in quoted[0] for quoted in QUOTED.finditer(passage))


def supposed(claim: str, passage: str) -> bool:
    """The passage reports a belief or a promise where the claim states a fact: another figure there contradicts nothing."""
    return bool(SUPPOSED.search(passage)) and not SUPPOSED.search(claim)


def _answer(word: Word, claim: Reading) -> Word | None:
    return next((each for each in claim.words if alike(each.base, word.base)), None)


def _plural(word: Word) -> bool:
    return len(word.text) > 3 and word.text.lower().endswith("s") and not word.text.lower().endswith("ss")


def _named(word: Word) -> bool:
    return _plural(word) and word.text.islower()
