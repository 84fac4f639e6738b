"""How every bench speaks: a table for people, and as its last line one JSON object for programs."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

ROUNDS = 1000
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Figure:
    """A rate with its bootstrap 95 % interval."""

    value: float
    low: float
    high: float


def bootstrap(score: Callable[[Rows], float], n: int, *, seed: int, rounds: int = ROUNDS) -> Figure:
    """`score` of all n rows, and of n rows drawn with replacement `rounds` times: percentiles 2.5 and 97.5.

    Draw whole groups (articles, queries) by letting a row stand for a group.
    """
    draw = np.random.default_rng(seed)
    scores = [score(draw.integers(0, n, n)) for _ in range(rounds)]
    low, high = np.percentile(scores, [2.5, 97.5])
    return Figure(float(score(np.arange(n))), float(low), float(high))


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with the options every bench has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="only the last line")
    return parser


def input_path(given: str | None, default: str) -> Path:
    """The data named on the command line, else `default` under PLUMBLINE_DATA. Ends the bench when there is none."""
    folder = os.environ.get("PLUMBLINE_DATA")
    if given is None and folder is None:
        could_not_measure("no data: give the option or set PLUMBLINE_DATA")
    path = Path(given) if given is not None else Path(str(folder)) / default
    if not path.exists():
        could_not_measure(f"no data at {path}")
    return path


def could_not_measure(reason: str) -> NoReturn:
    """The only failure a bench has: a low score is a result, no score is not."""
    print(f"could not measure: {reason}", file=sys.stderr)
    raise SystemExit(1)


def publish(
    name: str,
    metrics: Mapping[str, Figure | float],
    *,
    n: int,
    seed: int,
    bars: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    only_json: bool = False,
) -> None:
    """Prints the table, unless told not to, and the JSON line. `bars` says beside a metric what it should reach."""
    if not only_json:
        _table(name, metrics, bars or {}, [f"n = {n}, seed = {seed}", *notes])
    values = {key: round(each.value if isinstance(each, Figure) else each, 6) for key, each in metrics.items()}
    intervals = {
        key: [round(each.low, 4), round(each.high, 4)] for key, each in metrics.items() if isinstance(each, Figure)
    }
    print(json.dumps({"name": name, "metrics": values, "intervals": intervals, "n": n, "seed": seed, "host": host()}))


def host() -> dict[str, str | int]:
    """What the figures were taken on."""
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "cpus": os.cpu_count() or 0,
    }


def _table(name: str, metrics: Mapping[str, Figure | float], bars: Mapping[str, str], notes: Sequence[str]) -> None:
    table = Table(title=name, caption="\n".join(notes), caption_justify="left")
    for column in ("metric", "value", "95 %", "bar"):
        table.add_column(column, justify="left" if column == "metric" else "right")
    for key, each in metrics.items():
        value = each.value if isinstance(each, Figure) else each
        interval = f"{each.low:.4f} to {each.high:.4f}" if isinstance(each, Figure) else ""
        table.add_row(key, f"{value:.4f}", interval, bars.get(key, ""))
    Console(width=110).print(table)
