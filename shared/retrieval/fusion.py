"""One ranking out of two: by meaning and by words."""

from __future__ import annotations

from collections.abc import Mapping

from shared.retrieval.vectors import Hit

DENSE_WEIGHT = 3.0  # claim-to-claim matching; measured on a development set of claim matching


def fuse(
    dense: Mapping[str, float],
    lexical: Mapping[str, float],
    *,
    k: int | None = None,
    dense_weight: float = DENSE_WEIGHT,
) -> list[Hit]:
    """Adds both scores per id, each divided by its own best for this query; the result lies in [0, 1], the `k` best first.

    An id missing from one side gets nothing from it. Negative scores count as nothing.
    """
    totals: dict[str, float] = {}
    for scores, weight in ((dense, dense_weight), (lexical, 1.0)):
        best = max(scores.values(), default=0.0)
        if best > 0:
            for id, score in scores.items():
                totals[id] = totals.get(id, 0.0) + weight * max(score, 0.0) / best
    whole = dense_weight + 1.0
    ranked = sorted([(-total, id) for id, total in totals.items()])[:k]
    return [Hit(id, -total / whole) for total, id in ranked]
