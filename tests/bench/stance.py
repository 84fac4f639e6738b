"""Does an article agree with a headline, disagree, discuss it, or is it about something else?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.verification.engine.stance import CLASSES, StanceModel
from services.verification.engine.stance_features import read_text
from services.verification.engine.stance_training import StancePairs, out_of_fold
from tests.bench.report import Figure, Rows, arguments, bootstrap, could_not_measure, input_path, publish

Labels = npt.NDArray[np.int64]
UNRELATED = CLASSES.index("unrelated")
BATCH = 2000


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--bodies", help="csv: Body ID, articleBody")
    parser.add_argument("--stances", help="csv: Headline, Body ID, Stance")
    parser.add_argument(
        "--folds", type=int, default=0, help="refit the recipe out of fold, grouped by body; 0: shipped weights"
    )
    options = parser.parse_args()
    bodies = input_path(options.bodies, "stance/fnc1/train_bodies.csv")
    stances = input_path(options.stances, "stance/fnc1/train_stances_numeric.csv")
    try:
        pairs = StancePairs.read(bodies, stances)
    except (KeyError, ValueError) as problem:
        could_not_measure(f"unexpected columns or labels: {problem}")
    if options.folds:
        shares = out_of_fold(pairs, options.folds, options.seed)
        notes = [f"{options.folds} folds, the recipe refitted out of fold, bodies kept together"]
    else:
        shares = shipped(pairs)
        notes = ["shipped weights: quote only on pairs they were not trained on"]
    metrics = figures(pairs.labels, shares.argmax(axis=1), options.seed)
    bars = {"weighted_score": "80.5 (82.0)", "macro_f1": ".58 (.60)"}
    publish("stance", metrics, n=len(shares), seed=options.seed, bars=bars, notes=notes, only_json=options.json)


def shipped(pairs: StancePairs) -> npt.NDArray[np.float64]:
    model = StanceModel.load()
    read = {body: read_text(text, model.idf) for body, text in pairs.bodies.items()}
    rows = [(claim, read[body]) for claim, body in zip(pairs.headlines, pairs.body_ids, strict=True)]
    return np.concatenate([model.probabilities(rows[at : at + BATCH]) for at in range(0, len(rows), BATCH)])


def figures(wanted: Labels, said: Labels, seed: int) -> dict[str, Figure | float]:
    """The challenge's weighted score in percent, macro F1, and F1 of each class."""

    def weighted(rows: Rows) -> float:
        return weighted_score(wanted[rows], said[rows])

    def macro(rows: Rows) -> float:
        return float(np.mean(f1_per_class(wanted[rows], said[rows])))

    each = f1_per_class(wanted, said)
    return {
        "weighted_score": bootstrap(weighted, len(wanted), seed=seed, rounds=200),
        "macro_f1": bootstrap(macro, len(wanted), seed=seed, rounds=200),
        **{f"f1.{name}": score for name, score in zip(CLASSES, each, strict=True)},
    }


def weighted_score(wanted: Labels, said: Labels) -> float:
    """A quarter point for telling related from unrelated, three quarters more for the stance of a related pair."""
    related, both = wanted != UNRELATED, (wanted != UNRELATED) & (said != UNRELATED)
    points = 0.25 * ((wanted == said) & ~related) + 0.25 * both + 0.75 * ((wanted == said) & related)
    return float(100 * points.sum() / (0.25 * (~related).sum() + related.sum()))


def f1_per_class(wanted: Labels, said: Labels) -> list[float]:
    scores = []
    for number in range(len(CLASSES)):
        right = int(((wanted == number) & (said == number)).sum())
        spoken = int((said == number).sum()) + int((wanted == number).sum())
        scores.append(2 * right / spoken if spoken else 0.0)
    return scores


if __name__ == "__main__":
    main()
