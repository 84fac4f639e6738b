"""The sentences of a text that bear on a claim, verbatim and with their places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from services.verification.engine.evidence_ranking import EvidenceRanker, shipped_ranker
from services.verification.engine.sentences import Sentence, sentences


@dataclass(frozen=True)
class Passage:
    """A sentence of a text with its relevance to a claim, 0 to 1; `text == source[start:end]`."""

    text: str
    start: int
    end: int
    score: float


def select_passages(claim: str, text: str, k: int = 5, ranker: EvidenceRanker | None = None) -> list[Passage]:
    """Up to k sentences of `text` that bear on the claim, the one to show first first. Words alone: for evidence
    sentences they are the better guide than vectors. A sentence that shares no word with the claim is never chosen."""
    found = _read(text)
    order = (ranker or shipped_ranker()).order(claim, [s.text for s in found], k)
    return [Passage(found[n].text, found[n].start, found[n].end, round(score, 6)) for n, score in order]


@lru_cache(maxsize=64)
def _read(text: str) -> tuple[Sentence, ...]:
    return tuple(sentences(text))
