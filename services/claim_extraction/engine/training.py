"""Builds the check-worthiness weights from labelled sentences, and scores the same recipe out of fold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from services.claim_extraction.engine.features import Floats, Vocabulary, cues
from services.claim_extraction.engine.worthiness import (
    ARRAYS,
    MANIFEST,
    WEIGHTS,
    CheckWorthinessModel,
    Embedder,
    Thresholds,
    Weights,
    pack,
    rbf,
    unpack,
)
from services.claim_extraction.model import normalise

RECIPE = "linear over terms and cues; where that is unsure, kernel over terms, vectors and cues; sigmoid on inner folds"
LEAST = {"w": 2, "c": 3}
PLAIN_C = 3.0
PLAIN_CUES = 0.3
FULL_C = 2.0
GAMMA = 1.0
FULL_TERMS = 0.25  # weight of the term kernel beside the vector kernel
FULL_CUES = 0.1
INNER_FOLDS = 3
BLAS_THREADS = 2
"""Sums are added up in another order by another number of threads, which moves the last bit of a weight."""

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """Labelled sentences; label 1 means worth checking."""

    sentences: tuple[str, ...]
    labels: Labels

    @classmethod
    def read(cls, path: Path) -> Sample:
        """A JSON list of objects with `text` and `label` (0 or 1). Raises ValueError, naming the row, for anything else."""
        rows = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(rows, list):
            raise ValueError(f"{path.name} is no list")
        for number, row in enumerate(rows):
            if not isinstance(row, dict) or not isinstance(row.get("text"), str) or row.get("label") not in (0, 1):
                raise ValueError(f"{path.name} row {number}: needs a text and a label of 0 or 1")
        return cls(tuple(row["text"] for row in rows), np.array([row["label"] for row in rows], np.int64))

    def take(self, rows: npt.NDArray[np.int64]) -> Sample:
        return Sample(tuple(self.sentences[row] for row in rows), self.labels[rows])


def build_check_worthiness(
    path: Path | str, embedder: Embedder, *, out: Path | str = WEIGHTS, source: str = "", licence: str = ""
) -> CheckWorthinessModel:
    """Trains on the labelled sentences of `path` and writes weights and manifest into `out`. Same input, same bytes."""
    from threadpoolctl import threadpool_limits

    data = Path(path)
    sample = Sample.read(data)
    vectors = embedder.encode(list(sample.sentences))
    with threadpool_limits(BLAS_THREADS):
        raw = pack(fit(sample, vectors))
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARRAYS).write_bytes(raw)
    manifest = {
        "sha256": hashlib.sha256(raw).hexdigest(),
        "recipe": RECIPE,
        "thresholds": asdict(Thresholds()),
        "encoder": str(getattr(embedder, "model_hash", "")),
        "trained_on": {
            "name": source,
            "licence": licence,
            "sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
            "sentences": len(sample.sentences),
            "worth_checking": int(sample.labels.sum()),
        },
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return CheckWorthinessModel.load(folder)


def fit(sample: Sample, vectors: Floats) -> Weights:
    """The product's recipe on one sample: both judges with their sigmoids, rounded as they will be stored."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    vocabulary = Vocabulary.learn(sample.sentences, least=LEAST)
    terms = _matrix(vocabulary, sample.sentences)
    raw_cues = np.array([cues(sentence) for sentence in sample.sentences], np.float32)
    mean, scale = raw_cues.mean(0), raw_cues.std(0) + 1e-6
    cue_rows = (raw_cues - mean) / scale
    plain = LogisticRegression(C=PLAIN_C, max_iter=2000)
    plain.fit(hstack([terms, csr_matrix(cue_rows * PLAIN_CUES)]).tocsr(), sample.labels)
    rows = np.hstack([vectors, cue_rows * FULL_CUES]).astype(np.float32)
    machine = _machine(terms, rows, sample.labels)
    slope, shift = _sigmoid(terms, rows, sample)
    support, weight = machine.support_, machine.dual_coef_[0].astype(np.float32)
    width = len(vocabulary.words)
    full_terms = np.asarray(FULL_TERMS * (weight @ terms[support])).ravel()
    return unpack(
        pack(
            Weights(
                vocabulary=vocabulary,
                cue_mean=mean,
                cue_scale=scale,
                plain_terms=plain.coef_[0][:width].astype(np.float32),
                plain_cues=(plain.coef_[0][width:] * PLAIN_CUES).astype(np.float32),
                plain=np.array([plain.intercept_[0], 1.0, 0.0], np.float32),
                full_terms=full_terms.astype(np.float32),
                support=rows[support],
                support_weight=weight,
                full=np.array([machine.intercept_[0], GAMMA, FULL_CUES, slope, shift], np.float32),
            )
        )
    )


def out_of_fold(
    sample: Sample, vectors: Floats, *, folds: int, seed: int, plain: bool = False
) -> npt.NDArray[np.float64]:
    """The recipe's score for every sentence, each by weights that never saw it or its equal."""
    scores = np.zeros(len(sample.sentences))
    for train, held in folds_of(sample, folds, seed):
        model = CheckWorthinessModel(fit(sample.take(train), vectors[train]), "")
        held_out = [sample.sentences[row] for row in held]
        judged = model.score(held_out, None if plain else _Given(held_out, vectors[held]))
        scores[held] = [each.score for each in judged]
    return scores


def folds_of(sample: Sample, folds: int, seed: int) -> Iterator[tuple[Labels, Labels]]:
    """Rows to train on and rows to score, stratified; equal sentences always fall into the same fold."""
    from sklearn.model_selection import StratifiedGroupKFold

    groups = [normalise(sentence).casefold() for sentence in sample.sentences]
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    yield from split.split(np.zeros(len(groups)), sample.labels, groups)


class _Given:
    """Vectors computed beforehand, by sentence."""

    def __init__(self, sentences: Sequence[str], vectors: Floats) -> None:
        self._vectors = dict(zip(sentences, vectors, strict=True))

    def encode(self, texts: Sequence[str]) -> Floats:
        return np.stack([self._vectors[text] for text in texts])


def _matrix(vocabulary: Vocabulary, sentences: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix

    weighed = [vocabulary.weigh(sentence) for sentence in sentences]
    edges = np.cumsum([0] + [len(places) for places, _ in weighed])
    places = np.concatenate([places for places, _ in weighed])
    values = np.concatenate([values for _, values in weighed])
    return csr_matrix((values, places, edges), shape=(len(sentences), len(vocabulary.words)))


def _kernel(terms: Any, rows: Floats, others: Any, other_rows: Floats) -> Floats:
    together = FULL_TERMS * (terms @ others.T).toarray()
    return np.asarray(rbf(rows, other_rows, GAMMA) + together, np.float32)


def _machine(terms: Any, rows: Floats, labels: Labels) -> Any:
    from sklearn.svm import SVC

    return SVC(C=FULL_C, kernel="precomputed", cache_size=500).fit(_kernel(terms, rows, terms, rows), labels)


def _sigmoid(terms: Any, rows: Floats, sample: Sample) -> tuple[float, float]:
    """Slope and shift that turn the machine's margin into a probability, fitted on margins of inner held-out folds."""
    from sklearn.linear_model import LogisticRegression

    margins = np.zeros(len(rows))
    for train, held in folds_of(sample, INNER_FOLDS, seed=0):
        machine = _machine(terms[train], rows[train], sample.labels[train])
        margins[held] = machine.decision_function(_kernel(terms[held], rows[held], terms[train], rows[train]))
    fitted = LogisticRegression(C=1e6).fit(margins[:, None], sample.labels)
    return float(fitted.coef_[0][0]), float(fitted.intercept_[0])
