"""How the agreement model's weights are made. Build time: needs scikit-learn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from services.verification.engine.agreement import AgreementModel, Rows, rows_of

CALM = 0.05  # inverse strength of the ridge
BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": '"', "''": '"', "-COLON-": ":"}


def read_pairs(path: Path) -> tuple[list[tuple[str, str]], list[int]]:
    """Tab-separated lines of label (entailment, not_entailment), claim and evidence, written in treebank style."""
    pairs: list[tuple[str, str]] = []
    labels: list[int] = []
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        label, claim, evidence = line.split("\t")[:3]
        pairs.append((claim, plain(evidence)))
        labels.append(int(label == "entailment"))
    return pairs, labels


def plain(text: str) -> str:
    """Treebank writing as people write."""
    for token, sign in BRACKETS.items():
        text = text.replace(token, sign)
    return re.sub(r"\s+([,.;:?!)\]%])|([(\[])\s+", r"\1\2", text)


def fit(rows: Rows, labels: Sequence[int]) -> AgreementModel:
    """A ridge-held logistic regression on standardised columns, both answers weighing the same."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=CALM, class_weight="balanced", max_iter=2000)
    model.fit(scaler.transform(rows), labels)
    scaled = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - (scaled * scaler.mean_).sum())
    return AgreementModel(tuple(round(float(w), 6) for w in scaled), round(bias, 6))


def main(source: Path, target: Path) -> None:
    """Reads pairs, fits, writes the weights; prints the accuracy out of fold (claims kept together)."""
    pairs, labels = read_pairs(source)
    rows, wanted = rows_of(pairs), np.array(labels)
    of = np.array([sum(map(ord, claim)) % 5 for claim, _ in pairs])
    right = [
        (fit(rows[of != k], wanted[of != k].tolist()).probabilities(rows[of == k]) > 0.5) == wanted[of == k]
        for k in range(5)
    ]
    print(f"accuracy out of fold: {np.concatenate(right).mean():.4f} of {len(wanted)} pairs")
    fit(rows, labels).write(target)
