"""How the stance weights are made, and the same recipe out of fold. Build time: needs scikit-learn."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.verification.engine.stance_features import Idf, features, rarity, read_text
from services.verification.engine.trees import BoostedTrees, Features, Probabilities, flattened

NAMES = {"agree": 0, "disagree": 1, "discuss": 2, "unrelated": 3}
WEIGHTS = (1.3, 3.0, 1.0, 1.0)  # disagreement is rare and worth more to a reader than to the average
ROUNDS, LEAVES, SMALLEST_LEAF, RATE = 60, 12, 100, 0.08


@dataclass(frozen=True)
class StancePairs:
    """Headlines, body ids and labels row by row, and the bodies by id."""

    headlines: tuple[str, ...]
    body_ids: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    bodies: dict[str, str]

    @classmethod
    def read(cls, bodies: Path, stances: Path) -> StancePairs:
        """Two csv files: `Body ID,articleBody` and `Headline,Body ID,Stance`; stances as words or as 0 to 3."""
        csv.field_size_limit(sys.maxsize)
        with bodies.open(encoding="utf-8", newline="") as file:
            texts = {_id(row): row["articleBody"] for row in csv.DictReader(file)}
        with stances.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        labels = np.array([NAMES[row["Stance"]] if row["Stance"] in NAMES else int(row["Stance"]) for row in rows])
        return cls(tuple(row["Headline"] for row in rows), tuple(_id(row) for row in rows), labels, texts)


def _id(row: dict[str, str]) -> str:
    return row.get("Body ID") or row["Body_ID"]


def feature_rows(pairs: StancePairs, idf: Idf) -> Features:
    read = {body: read_text(pairs.bodies[body], idf) for body in dict.fromkeys(pairs.body_ids)}
    rows = [features(claim, read[body], idf) for claim, body in zip(pairs.headlines, pairs.body_ids, strict=True)]
    return np.array(rows, np.float32)


def fit(rows: Features, labels: npt.NDArray[np.int64], seed: int = 0) -> BoostedTrees:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        learning_rate=RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=SMALLEST_LEAF,
        l2_regularization=1.0,
        random_state=seed,
    )
    model.fit(rows, labels, sample_weight=np.array(WEIGHTS)[labels])
    return flattened(model)


def out_of_fold(pairs: StancePairs, folds: int, seed: int) -> Probabilities:
    """Probabilities for every row from a model that saw neither its body nor, in its vocabulary, that body's words."""
    names = list(dict.fromkeys(pairs.body_ids))
    of_body = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % folds, strict=True))
    fold = np.array([of_body[body] for body in pairs.body_ids])
    shares = np.zeros((len(fold), len(NAMES)))
    for number in range(folds):
        idf = rarity(pairs.bodies[body] for body in names if of_body[body] != number)
        rows = feature_rows(pairs, idf)
        held = fold == number
        shares[held] = fit(rows[~held], pairs.labels[~held], seed).probabilities(rows[held])
    return shares


def write_weights(pairs: StancePairs, out: Path, seed: int = 0) -> BoostedTrees:
    """Fits on every row and writes trees and vocabulary to `out`; the same input gives the same bytes."""
    idf = rarity(pairs.bodies.values())
    trees = fit(feature_rows(pairs, idf), pairs.labels, seed)
    np.savez_compressed(out, allow_pickle=False, idf=idf.astype(np.float16), **trees.arrays())
    return BoostedTrees.load(out)
