"""Boosted decision trees from plain arrays: what was trained with scikit-learn runs with numpy alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]
DEEPEST = 64


@dataclass(frozen=True)
class BoostedTrees:
    """One tree per class and round, all nodes in flat arrays; a leaf points at itself."""

    feature: npt.NDArray[np.int16]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32]
    roots: npt.NDArray[np.int32]  # (rounds, classes)
    baseline: npt.NDArray[np.float64]
    sha256: str = ""

    @classmethod
    def load(cls, path: Path) -> BoostedTrees:
        """Reads the arrays of `path`; the hash of the file names the model in every recorded score."""
        with np.load(path, allow_pickle=False) as arrays:
            held: dict[str, Any] = {name: arrays[name] for name in NAMES}
            return cls(**held, sha256=hashlib.sha256(path.read_bytes()).hexdigest())

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        return {name: getattr(self, name) for name in NAMES}

    def probabilities(self, rows: Features) -> Probabilities:
        """One probability per class and row; rows sum to 1."""
        rows = np.atleast_2d(rows).astype(np.float64)
        scores = np.tile(self.baseline, (len(rows), 1))
        every = np.arange(len(rows))
        for round_roots in self.roots:
            for number, root in enumerate(round_roots):
                node = np.full(len(rows), root, np.int32)
                for _ in range(DEEPEST):
                    inner = self.left[node] != node
                    if not inner.any():
                        break
                    goes_left = rows[every, self.feature[node]] <= self.threshold[node]
                    node = np.where(inner, np.where(goes_left, self.left[node], self.right[node]), node)
                scores[:, number] += self.value[node]
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Probabilities = raised / raised.sum(axis=1, keepdims=True)
        return shares


NAMES = ("feature", "threshold", "left", "right", "value", "roots", "baseline")


def flattened(fitted: Any) -> BoostedTrees:
    """The trees of a fitted HistGradientBoostingClassifier (several classes, numbers only, nothing missing)."""
    parts: dict[str, list[Any]] = {name: [] for name in NAMES[:5]}
    roots, count = [], 0
    for round_trees in fitted._predictors:
        row = []
        for tree in round_trees:
            nodes = tree.nodes
            here = np.arange(len(nodes)) + count
            leaf = nodes["is_leaf"].astype(bool)
            parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]))
            parts["threshold"].append(np.where(leaf, 0.0, nodes["num_threshold"]))
            parts["left"].append(np.where(leaf, here, nodes["left"] + count))
            parts["right"].append(np.where(leaf, here, nodes["right"] + count))
            parts["value"].append(np.where(leaf, nodes["value"], 0.0))
            row.append(count)
            count += len(nodes)
        roots.append(row)
    kinds = (np.int16, np.float64, np.int32, np.int32, np.float32)
    joined: dict[str, Any] = {
        name: np.concatenate(parts[name]).astype(kind) for name, kind in zip(NAMES[:5], kinds, strict=True)
    }
    baseline = np.asarray(fitted._baseline_prediction, np.float64).reshape(-1)
    return BoostedTrees(**joined, roots=np.array(roots, np.int32), baseline=baseline)
