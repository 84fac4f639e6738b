"""Is a sentence worth checking? Shipped weights on labelled sentences, or with --folds the product's recipe out of fold."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from services.claim_extraction.engine.training import Sample, out_of_fold
from services.claim_extraction.engine.worthiness import CheckWorthinessModel, Embedder, Thresholds
from tests.bench.report import Figure, Rows, arguments, bootstrap, could_not_measure, input_path, publish

Scores = npt.NDArray[np.float64]
BARS = {"weighted_f1": ".89 (.90)", "cfs_f1": ".80 (.82)", "average_precision": ".87 (.88)"}
BINS = 10
_FIRST_PERSON = re.compile(r"\b(?:I|we|my|our)\b", re.I)


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--data", help="JSON list of {text, label}; label 1 is worth checking")
    parser.add_argument(
        "--folds", type=int, default=0, help="refit the recipe out of fold; 0 scores the shipped weights"
    )
    parser.add_argument("--encoder", help="folder of the sentence encoder")
    parser.add_argument("--plain", action="store_true", help="the judge without sentence vectors")
    options = parser.parse_args()
    path = input_path(options.data, "claim-spotting/claimbuster.json")
    try:
        sample = Sample.read(path)
    except (ValueError, AttributeError) as problem:
        could_not_measure(str(problem))
    embedder = None if options.plain else _encoder(options.encoder)
    notes = []
    threshold = Thresholds().plain
    if options.folds:
        zeros = np.zeros((len(sample.sentences), 384), np.float32)
        vectors = embedder.encode(list(sample.sentences)) if embedder else zeros
        scores = out_of_fold(sample, vectors, folds=options.folds, seed=options.seed, plain=options.plain)
        notes.append(f"{options.folds} folds, recipe refitted out of fold, equal sentences in one fold")
    else:
        model = CheckWorthinessModel.load()
        scores = np.array([each.score for each in model.score(sample.sentences, embedder)])
        notes.append(f"shipped weights {model.sha256[:12]}: quote only on sentences they were not trained on")
    metrics = figures(sample.labels, scores, threshold, options.seed) | by_slice(sample, scores >= threshold)
    publish("spotting", metrics, n=len(scores), seed=options.seed, bars=BARS, notes=notes, only_json=options.json)


def figures(labels: npt.NDArray[np.int64], scores: Scores, threshold: float, seed: int) -> dict[str, Figure | float]:
    """Weighted F1 over both classes, F1 of the class worth checking, average precision, calibration error."""
    from sklearn.metrics import average_precision_score, f1_score

    said = scores >= threshold

    def weighted(rows: Rows) -> float:
        return float(f1_score(labels[rows], said[rows], average="weighted"))

    def of_class(rows: Rows) -> float:
        return float(f1_score(labels[rows], said[rows]))

    def precision(rows: Rows) -> float:
        return float(average_precision_score(labels[rows], scores[rows]))

    count = len(labels)
    return {
        "weighted_f1": bootstrap(weighted, count, seed=seed, rounds=300),
        "cfs_f1": bootstrap(of_class, count, seed=seed, rounds=300),
        "average_precision": bootstrap(precision, count, seed=seed, rounds=300),
        "ece": calibration_error(labels, scores),
        "share_worth_checking": float(labels.mean()),
    }


def by_slice(sample: Sample, said: npt.NDArray[np.bool_]) -> dict[str, Figure | float]:
    """F1 of the class worth checking for kinds of sentences a newsroom knows apart."""
    from sklearn.metrics import f1_score

    lengths = np.array([len(sentence.split()) for sentence in sample.sentences])
    slices = {
        "with_digits": np.array([any(letter.isdigit() for letter in sentence) for sentence in sample.sentences]),
        "without_digits": np.array([not any(letter.isdigit() for letter in sentence) for sentence in sample.sentences]),
        "under_10_words": lengths < 10,
        "over_25_words": lengths > 25,
        "first_person": np.array([bool(_FIRST_PERSON.search(sentence)) for sentence in sample.sentences]),
    }
    return {
        f"cfs_f1_{name}": float(f1_score(sample.labels[rows], said[rows]))
        for name, rows in slices.items()
        if rows.any()
    }


def calibration_error(labels: npt.NDArray[np.int64], scores: Scores) -> float:
    """Mean distance of said and seen frequency over ten bins of equal width, weighted by their size."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    return float(
        sum(
            (bins == each).mean() * abs(labels[bins == each].mean() - scores[bins == each].mean())
            for each in range(BINS)
            if (bins == each).any()
        )
    )


def _encoder(folder: str | None) -> Embedder:
    from shared.retrieval.encoder import DEFAULT_FOLDER, Encoder
    from shared.retrieval.errors import EncoderUnavailable

    try:
        return Encoder(folder or DEFAULT_FOLDER)
    except EncoderUnavailable as missing:
        could_not_measure(str(missing))


if __name__ == "__main__":
    main()
