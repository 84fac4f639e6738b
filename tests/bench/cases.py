"""Reading the case files that benches of exact rules run on."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tests.bench.report import Figure, Rows, bootstrap, could_not_measure

SHIPPED = Path(__file__).resolve().parents[1] / "cases"


def read_cases(given: str | None, shipped: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of the file given, or of the shipped one. Ends the bench when a column is missing."""
    path = Path(given) if given else SHIPPED / shipped
    if not path.is_file():
        could_not_measure(f"no cases at {path}")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = [column for column in columns if not rows or column not in rows[0]]
    if missing:
        could_not_measure(f"{path} has no column {missing[0]}")
    return rows


def rate(hits: Sequence[bool], seed: int) -> Figure:
    """The share of hits with its interval; 0 of nothing is 0."""
    if not hits:
        return Figure(0.0, 0.0, 0.0)
    values = np.array(hits, np.float64)

    def share(rows: Rows) -> float:
        return float(values[rows].mean())

    return bootstrap(share, len(values), seed=seed)


def per_kind(rows: Sequence[dict[str, str]], right: Callable[[int], bool]) -> dict[str, float]:
    """Share of right answers per kind of case, under `kind.<name>`."""
    kinds = sorted({row.get("kind", "") for row in rows} - {""})
    shares = {}
    for kind in kinds:
        numbers = [n for n, row in enumerate(rows) if row.get("kind") == kind]
        shares[f"kind.{kind}"] = sum(right(n) for n in numbers) / len(numbers)
    return shares
