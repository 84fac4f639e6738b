"""Which sentences to show first: a linear model over counted features, then a look for words not yet covered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.verification.engine.evidence_features import NAMES, Rows, features, read_sentences, term_scores, terms_of

SHIPPED = "evidence.json"
LOOKED_AT = 40  # sentences the model judges; the rest share too little with the claim to be worth it


@dataclass(frozen=True)
class EvidenceRanker:
    """Weights by feature name. `fade` is what a word of the claim still counts once a chosen sentence holds it."""

    weights: tuple[float, ...]
    bias: float
    fade: float
    cover: float  # weight of words not yet covered, beside the model's own score
    sha256: str = ""

    @classmethod
    def load(cls) -> EvidenceRanker:
        """The shipped weights."""
        return cls.read((files(__package__) / "weights" / SHIPPED).read_text(encoding="utf-8"))

    @classmethod
    def read(cls, written: str) -> EvidenceRanker:
        held = json.loads(written)
        weights = tuple(float(held["weights"][name]) for name in NAMES)
        return cls(weights, held["bias"], held["fade"], held["cover"], hashlib.sha256(written.encode()).hexdigest())

    def write(self, path: Path) -> None:
        held = {
            "bias": self.bias,
            "fade": self.fade,
            "cover": self.cover,
            "weights": dict(zip(NAMES, self.weights, strict=True)),
        }
        path.write_text(json.dumps(held, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def relevance(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Probability of bearing on the claim, each sentence for itself."""
        shares: npt.NDArray[np.float64] = 1 / (1 + np.exp(-(rows @ np.array(self.weights) + self.bias)))
        return shares

    def order(self, claim: str, candidates: Sequence[str], k: int) -> list[tuple[int, float]]:
        """(place, relevance) of up to k sentences that share a word with the claim, the one to show first first."""
        if not candidates:
            return []
        scores = term_scores(terms_of(claim), read_sentences(tuple(candidates)))
        total = scores.sum(axis=1)
        looked = [int(n) for n in np.argsort(-total, kind="stable")[: max(LOOKED_AT, 3 * k)] if total[n] > 0]
        if not looked:
            return []
        relevance = dict(zip(looked, self.relevance(features(claim, candidates, looked)), strict=True))
        open_words, left = np.ones(scores.shape[1]), set(looked)
        chosen: list[tuple[int, float]] = []
        while left and len(chosen) < k:
            fresh = scores @ open_words
            fresh = fresh / (fresh.max() or 1.0)
            best = max(left, key=lambda n: (relevance[n] + self.cover * fresh[n], -n))
            left.discard(best)
            chosen.append((best, float(relevance[best])))
            open_words = np.where(scores[best] > 0, open_words * self.fade, open_words)
        return chosen


@lru_cache(maxsize=1)
def shipped_ranker() -> EvidenceRanker:
    return EvidenceRanker.load()
