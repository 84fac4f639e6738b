"""Compound sentences to the statements they are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from services.claim_extraction.engine.reports import trimmed
from services.claim_extraction.engine.spans import Token
from services.claim_extraction.engine.syntax import Parser

_CONTRAST = ("while", "whereas")
_MIN_WORDS = 4
_JOINS = re.compile(r"[;,](?!\d)|\b(?:and|but|yet|while|whereas)\b", re.I)
"""Without one of these nothing is parted, and nothing needs a parse. The comma of 4,500 joins no statements."""
_OPENS = re.compile(r"[\s,;]*(?:(?:and|but|while|whereas|yet)\s+){0,2}", re.I)
_CLOSES = re.compile(r"(?:[\s,;—–-]+(?:and|but|while|whereas|yet))?[\s,;—–-]*$", re.I)


def parts_of(texts: Sequence[str], parser: Parser) -> list[list[tuple[int, int]]]:
    """For each text the spans of its independent clauses, in order; empty when it is one statement.

    The spans are neighbours that leave out only the words and marks that join them, so every number and name of the text
    stands in exactly one of them.
    """
    joined = [text for text in texts if _JOINS.search(text)]
    found = {text: _spans(text, document) for text, document in zip(joined, parser.pipe(joined), strict=True)}
    return [found.get(text, []) for text in texts]


def _spans(text: str, document: Sequence[Token]) -> list[tuple[int, int]]:
    cuts = sorted({cut for token in document if (cut := _cut(token)) is not None and 0 < cut < len(text)})
    spans = []
    for start, end in pairwise([0, *cuts, len(text)]):
        opening, closing = _OPENS.match(text, start, end), _CLOSES.search(text, start, end)
        first = opening.end() if opening else start
        span = trimmed(text, first, max(first, closing.start() if closing else end), stop=True)
        if span is None or len(text[span[0] : span[1]].split()) < _MIN_WORDS:
            return []
        spans.append(span)
    return spans if len(spans) > 1 else []


def _cut(verb: Token) -> int | None:
    """Where the clause of a verb with a subject of its own parts from the clause it stands beside."""
    if not verb.tag_.startswith("V") or verb.head is verb or not verb.head.tag_.startswith("V"):
        return None
    if not any(child.dep_ in ("nsubj", "nsubjpass") for child in verb.children):
        return None
    before = verb.doc[verb.left_edge.i - 1].lower_ if verb.left_edge.i > 0 else ""
    beside = {
        "conj": before in ("and", "but", ";", ",", "yet"),
        "advcl": verb.left_edge.lower_ in _CONTRAST,
        "parataxis": before == ";",
        "ccomp": before == ";" or verb.doc[min(verb.right_edge.i + 1, len(verb.doc) - 1)].text == ";",
    }.get(verb.dep_, False)
    if not beside:
        return None
    if verb.i < verb.head.i:
        return int(verb.right_edge.idx + len(verb.right_edge))
    return int(verb.left_edge.idx)
