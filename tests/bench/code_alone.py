"""What figures, dates and ranks alone, compared by code, suggest about claims whose evidence is given, and how often that
is right."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.verification.engine.assessing import Found, assess
from services.verification.engine.leaning import leaning
from services.verification.model import Claim, Evidence, Origin, PolicySettings, StageStatus
from tests.bench.report import Figure, arguments, bootstrap, input_path, publish
from tests.bench.verdict_sets import DEFAULTS, READERS, SUPPORTED, LabelledClaim, read_set

Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--data", help="claims with their evidence and label")
    parser.add_argument("--format", choices=sorted(READERS), default="fever", dest="form")
    parser.add_argument("--wrong", action="store_true", help="print every suggestion that is wrong")
    options = parser.parse_args()
    claims = read_set(input_path(options.data, DEFAULTS[options.form]), options.form)
    sides = np.array([suggested(each) for each in claims])
    true = np.array([each.label == SUPPORTED for each in claims])
    if options.wrong:
        for row, side, holds in zip(claims, sides, true, strict=True):
            if side in ("supported", "refuted") and (side == "supported") != holds:
                print(f"{side}: {row.claim}")
    metrics: dict[str, Figure | float] = {}
    for side, right in (("supported", true), ("refuted", ~true)):
        said = sides == side

        def covered(rows: Indices, said: Flags = said) -> float:
            return float(said[rows].mean())

        def precise(rows: Indices, said: Flags = said, right: Flags = right) -> float:
            return float(right[rows][said[rows]].mean()) if said[rows].any() else 0.0

        metrics[f"{side}.coverage"] = bootstrap(covered, len(claims), seed=options.seed)
        metrics[f"{side}.precision"] = bootstrap(precise, len(claims), seed=options.seed)
        metrics[f"{side}.wrong"] = float((said & ~right).sum())
    publish("code_alone", metrics, n=len(claims), seed=options.seed, bars={}, notes=[], only_json=options.json)


def suggested(row: LabelledClaim) -> str:
    """The side the card would name; empty where it abstains."""
    sources = [
        Evidence(f"e{n}", words, publisher=publisher or f"source {n}", origin=Origin.UPLOADED)
        for n, (publisher, words) in enumerate(row.evidence)
        if words.strip()
    ]
    found = Found(sources=sources, retrieval=(StageStatus.FOUND, "as given"))
    leant = leaning(assess(Claim("c", row.claim, "h"), found, PolicySettings()))
    return leant.side if leant.suggests else ""


if __name__ == "__main__":
    main()
