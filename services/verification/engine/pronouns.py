"""Whom a sentence means that says "they": a figure in it counts against a claim only where the sentence before it is about
what the claim is about. Pure."""

from __future__ import annotations

import re

from services.verification.engine.lexicon import alike
from services.verification.engine.measure import GENERIC
from services.verification.engine.names import same_name
from services.verification.engine.reading import Reading, read
from services.verification.engine.selection import Passage
from services.verification.engine.sentences import sentences

PRONOUN = re.compile(r"\s*(?:They|It|He|She|These|Those|This)\b")
BACK = 2  # sentences before the one in question


def speaks_of_its_own(claim: str, text: str, passage: Passage) -> bool:
    """Whether a passage that names nobody follows one that shares a name, a figure or a word of substance with the claim.
    Where nothing stands before it, the text was given for the claim as it is."""
    if not PRONOUN.match(passage.text) or PRONOUN.match(claim):
        return True
    before = [each for each in sentences(text) if each.end <= passage.start][-BACK:]
    mine = read(claim)
    return not before or any(_about(mine, read(each.text)) for each in before)


def _about(claim: Reading, other: Reading) -> bool:
    if any(same_name(a, b) for a in claim.names for b in other.names):
        return True
    sizes = {(q.low, q.high) for q in claim.quantities if q.written != "superlative"}
    if sizes & {(q.low, q.high) for q in other.quantities}:
        return True
    solid = [word for word in claim.words if word.base not in GENERIC]
    return any(alike(word.base, told.base) for word in solid for told in other.words)
