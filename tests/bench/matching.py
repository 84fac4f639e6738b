"""Find the earlier fact check for a post: the archive's own index on labelled queries."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.verification.engine.matching import FactCheckIndex
from services.verification.model import FactCheck
from shared.retrieval.encoder import DEFAULT_FOLDER, Encoder, ensure_encoder
from tests.bench.report import Figure, Rows, arguments, bootstrap, could_not_measure, input_path, publish

TOP = 5
FOLDER = "claim-matching"


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--claims", help="tsv: id, claim, title; with a heading line")
    parser.add_argument("--queries", help="tsv: id, text; with a heading line")
    parser.add_argument("--qrels", help="tsv: query id, 0, claim id, 1")
    parser.add_argument("--lexical-only", action="store_true", help="search by words alone")
    parser.add_argument("--encoder", default=str(DEFAULT_FOLDER), help="folder of the sentence encoder")
    options = parser.parse_args()
    claims = read_rows(input_path(options.claims, f"{FOLDER}/verified_claims.docs.tsv"))
    queries = read_rows(input_path(options.queries, f"{FOLDER}/dev/tweets.queries.tsv"))
    wanted = read_qrels(input_path(options.qrels, f"{FOLDER}/dev/tweet-vclaim-pairs.qrels"))
    if not claims or not queries or not wanted:
        could_not_measure("claims, queries or qrels hold no rows")
    index = build_index(claims, options.lexical_only, options.encoder)
    ranks, seconds = search(index, queries, wanted)
    bars = {"map_at_5": ".78 on dev" if options.lexical_only else ".83 on dev"}
    notes = [f"{len(claims)} fact checks, {'words alone' if options.lexical_only else 'meaning and words'}"]
    metrics = figures(ranks, seconds, options.seed)
    publish("matching", metrics, n=len(queries), seed=options.seed, bars=bars, notes=notes, only_json=options.json)


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a tsv file below its heading line."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))[1:]


def read_qrels(path: Path) -> dict[str, set[str]]:
    """Query id -> ids of the claims that answer it."""
    wanted: dict[str, set[str]] = {}
    with path.open(encoding="utf-8") as file:
        for query, _, claim, relevant in (line.split() for line in file if line.strip()):
            if int(relevant) > 0:
                wanted.setdefault(query, set()).add(claim)
    return wanted


def build_index(claims: list[list[str]], lexical_only: bool, folder: str) -> FactCheckIndex:
    encoder = None
    if not lexical_only:
        ensure_encoder(folder)
        encoder = Encoder(folder)
    index = FactCheckIndex(encoder)
    index.load((FactCheck(row[0], row[1], row[2] if len(row) > 2 else ""), None) for row in claims)
    index.commit()
    return index


def search(
    index: FactCheckIndex, queries: list[list[str]], wanted: dict[str, set[str]]
) -> tuple[list[list[bool]], list[float]]:
    """Per query, which of the first five are right, and the seconds one query took, its embedding included."""
    ranks, seconds = [], []
    for query, text in (row[:2] for row in queries):
        begun = time.perf_counter()
        found = index.match([text], k=TOP)[0]
        seconds.append(time.perf_counter() - begun)
        ranks.append([match.fact_check_id in wanted.get(query, set()) for match in found])
    return ranks, seconds


def figures(ranks: list[list[bool]], seconds: list[float], seed: int) -> dict[str, Figure | float]:
    """Average precision at five (over all queries, one answer each), precision at one, reciprocal rank of the first."""
    precision: npt.NDArray[np.float64] = np.array(
        [sum(sum(row[: n + 1]) / (n + 1) for n, right in enumerate(row) if right) / max(1, sum(row)) for row in ranks]
    )
    first: npt.NDArray[np.float64] = np.array([float(bool(row and row[0])) for row in ranks])
    reciprocal: npt.NDArray[np.float64] = np.array([1 / (row.index(True) + 1) if True in row else 0.0 for row in ranks])

    def mean(values: npt.NDArray[np.float64]) -> Figure:
        def of(rows: Rows) -> float:
            return float(values[rows].mean())

        return bootstrap(of, len(values), seed=seed)

    return {
        "map_at_5": mean(precision),
        "p_at_1": mean(first),
        "mrr": mean(reciprocal),
        "ms_p95": float(np.percentile(seconds, 95) * 1000),
    }


if __name__ == "__main__":
    main()
