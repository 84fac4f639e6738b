"""How the evidence ranker's weights are made, and the same recipe out of fold. Build time: needs scikit-learn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.verification.engine.evidence_features import features
from services.verification.engine.evidence_ranking import EvidenceRanker

FADE, COVER = 0.6, 0.3
CALM = 0.3  # inverse strength of the ridge


@dataclass(frozen=True)
class EvidenceClaim:
    """A claim, the sentences of its source, and the alternative sets of sentences that bear on it."""

    claim: str
    sentences: tuple[str, ...]
    sets: tuple[frozenset[int], ...]

    @property
    def bearing(self) -> frozenset[int]:
        return frozenset[int]().union(*self.sets)


def read_claims(path: Path) -> list[EvidenceClaim]:
    """WiCE lines; claims without any bearing sentence are left out, as in its published scores."""
    found = []
    with path.open(encoding="utf-8") as file:
        for row in map(json.loads, filter(str.strip, file)):
            sets = tuple(frozenset(each) for each in row["supporting_sentences"] if each)
            if sets:
                found.append(EvidenceClaim(row["claim"], tuple(row["evidence"]), sets))
    return found


def fit(claims: Sequence[EvidenceClaim]) -> EvidenceRanker:
    """A ridge-held logistic regression; each claim weighs the same however long its source."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rows = [features(each.claim, each.sentences) for each in claims]
    labels = np.concatenate([[n in each.bearing for n in range(len(each.sentences))] for each in claims]).astype(int)
    weight = np.concatenate([np.full(len(each.sentences), 1 / len(each.sentences)) for each in claims])
    scaler = StandardScaler().fit(np.concatenate(rows))
    model = LogisticRegression(C=CALM, class_weight="balanced", max_iter=2000)
    model.fit(scaler.transform(np.concatenate(rows)), labels, sample_weight=weight * len(labels) / weight.sum())
    scaled = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - (scaled * scaler.mean_).sum())
    return EvidenceRanker(tuple(round(float(w), 6) for w in scaled), round(bias, 6), FADE, COVER)


def out_of_fold(claims: Sequence[EvidenceClaim], folds: int, seed: int, k: int) -> list[list[int]]:
    """The order of sentences for every claim by a ranker that saw neither it nor its source."""
    sources = list(dict.fromkeys(each.sentences for each in claims))
    of = dict(zip(sources, np.random.default_rng(seed).permutation(len(sources)) % folds, strict=True))
    orders: list[list[int]] = [[] for _ in claims]
    for number in range(folds):
        ranker = fit([each for each in claims if of[each.sentences] != number])
        for n, each in enumerate(claims):
            if of[each.sentences] == number:
                orders[n] = [place for place, _ in ranker.order(each.claim, each.sentences, k)]
    return orders
