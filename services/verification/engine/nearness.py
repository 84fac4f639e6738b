"""Many claims against a few fact checks at once, by the vectors kept from their checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from shared.retrieval.encoder import Vectors

ROUNDING = 0.002  # what half precision may take from a cosine


def near_pairs(
    claim_ids: Sequence[str], vectors: Vectors, fact_checks: Mapping[str, Vectors], bar: float
) -> list[tuple[str, str, float]]:
    """(fact check id, claim id, cosine) of every pair that is near enough to count: the cosine of the claim to the nearer
    of the fact check's vectors reaches the bar, or would but for rounding. Vectors have unit length, one row per claim."""
    pairs: list[tuple[str, str, float]] = []
    for fact_check_id, own in fact_checks.items():
        cosines = (vectors @ own.T).max(axis=1) if len(claim_ids) else np.zeros(0, np.float32)
        pairs += [
            (fact_check_id, claim_ids[n], float(cosines[n])) for n in np.flatnonzero(cosines >= bar - ROUNDING).tolist()
        ]
    return pairs
