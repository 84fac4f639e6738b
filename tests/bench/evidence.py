"""Which sentences of a source bear on a claim? The product's selection on labelled claims."""

from __future__ import annotations

import numpy as np

from services.verification.engine.evidence_ranking import shipped_ranker
from services.verification.engine.evidence_training import EvidenceClaim, out_of_fold, read_claims
from tests.bench.report import Figure, Rows, arguments, bootstrap, could_not_measure, input_path, publish

TOP = 5
DEEP = 200


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--data", help="jsonl: claim, evidence (sentences), supporting_sentences (alternative sets)")
    parser.add_argument(
        "--folds", type=int, default=0, help="refit the recipe out of fold, grouped by source; 0: shipped weights"
    )
    options = parser.parse_args()
    try:
        claims = read_claims(input_path(options.data, "evidence/wice/dev.jsonl"))
    except (KeyError, ValueError) as problem:
        could_not_measure(f"unexpected lines: {problem}")
    if not claims:
        could_not_measure("no claim has a bearing sentence")
    if options.folds:
        orders = out_of_fold(claims, options.folds, options.seed, DEEP)
        notes = [f"{options.folds} folds, the recipe refitted out of fold, claims of one source kept together"]
    else:
        orders = [[n for n, _ in shipped_ranker().order(c.claim, c.sentences, DEEP)] for c in claims]
        notes = ["shipped weights: quote only on claims they were not trained on"]
    metrics = figures(claims, orders, options.seed)
    bars = {"recall_at_5": ".84 (.86)", "full_set_at_5": ".62 (.65)"}
    publish("evidence", metrics, n=len(claims), seed=options.seed, bars=bars, notes=notes, only_json=options.json)


def figures(claims: list[EvidenceClaim], orders: list[list[int]], seed: int) -> dict[str, Figure | float]:
    """Of the alternative sets of a claim the one met best counts; reciprocal rank of the first bearing sentence."""
    recall, full, rank = [], [], []
    for claim, order in zip(claims, orders, strict=True):
        top = set(order[:TOP])
        recall.append(max(len(each & top) / len(each) for each in claim.sets))
        full.append(float(any(each <= top for each in claim.sets)))
        rank.append(next((1 / (n + 1) for n, place in enumerate(order) if place in claim.bearing), 0.0))

    def mean(values: list[float]) -> Figure:
        held = np.array(values)

        def of(rows: Rows) -> float:
            return float(held[rows].mean())

        return bootstrap(of, len(held), seed=seed)

    return {"recall_at_5": mean(recall), "full_set_at_5": mean(full), "mrr": mean(rank)}


if __name__ == "__main__":
    main()
