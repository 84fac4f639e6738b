"""Does this sentence state this property of this country, and which value? By the quantities claim extraction reads.

A row counts as stated when the sentence names the country and holds a quantity whose measure has the words of the
property's name, in the kind of unit the property is given in. What the name qualifies ("per capita", "growth") must be
the same on both sides.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from services.claim_extraction.engine.dates import read_dates
from services.claim_extraction.engine.limits import MAX_SENTENCE
from services.claim_extraction.engine.quantities import read_quantities
from tests.bench.report import Figure, Rows, arguments, bootstrap, could_not_measure, input_path, publish

CLAIMS, PROPERTIES = "labeled_claims.csv", "propertiesOfInterest.json"
BARS = {"precision": ">= .85", "recall": ">= .75"}
READ_ON = date(2014, 1, 1)
IDLE = frozenset(["a", "of", "in", "the", "rate", "percent", "percentage", "per", "nominal", "dollar"])
QUALIFYING = frozenset(["capita", "growth", "index", "density", "ppp", "inflation", "deflator", "real"])
SHORT = {"gross domestic product": "gdp", "gross national income": "gni", "spending": "expenditure"}
CLOSE = 0.005  # of the value the row gives: the data rounds
_TAG = re.compile(r"</?(?:location|number)>")
_MARKS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": '"', "''": '"'}


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence asked for one property of one country."""

    of: str
    name: str
    kind: str
    country: str
    sentence: str
    states: bool
    value: float


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--data", help=f"folder with {CLAIMS} and {PROPERTIES}")
    parser.add_argument("--show", help="print every wrong answer about this property")
    options = parser.parse_args()
    rows = read_rows(input_path(options.data, "numeric"))
    answers = [_answer(row) for row in rows]
    found = np.array([answer is not None for answer in answers])
    meant = np.array([row.states for row in rows])
    right = np.array(
        [answer is not None and _close(answer, row.value) for answer, row in zip(answers, rows, strict=True)]
    )
    for row, says in zip(rows, found, strict=True) if options.show else ():
        if row.of == options.show and says != row.states:
            print(f"{'missed' if row.states else 'wrong'}: {row.name}, {row.country} | {row.sentence}")
    members: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        members[row.of].append(at)
    groups = [np.array(each) for each in members.values()]
    metrics: dict[str, Figure | float] = {
        "precision": _macro(groups, lambda at: (meant & found)[at].sum() / max(1, found[at].sum()), options.seed),
        "recall": _macro(groups, lambda at: (meant & found)[at].sum() / max(1, meant[at].sum()), options.seed),
        "value_accuracy": _macro(
            groups, lambda at: (right & meant & found)[at].sum() / max(1, (meant & found)[at].sum()), options.seed
        ),
    }
    for name, group in members.items():
        both = (meant & found)[group].sum()
        metrics[f"{name}.precision"] = float(both / max(1, found[group].sum()))
        metrics[f"{name}.recall"] = float(both / max(1, meant[group].sum()))
    notes = ["macro over properties; rules know no name of a property or a country of this data"]
    publish("numeric", metrics, n=len(rows), seed=options.seed, bars=BARS, notes=notes, only_json=options.json)


def read_rows(folder: Path) -> list[Row]:
    """The labelled sentences in plain text. Ends the bench when there are none."""
    names = json.loads((folder / PROPERTIES).read_text(encoding="utf-8"))
    of = {key.rpartition("/")[2]: value for key, value in names.items()}
    with (folder / CLAIMS).open(encoding="utf-8", newline="") as lines:
        rows = [_row(each, of[each["property"]]) for each in csv.DictReader(lines) if each["property"] in of]
    return rows or could_not_measure(f"no rows in {folder / CLAIMS}")


def _row(each: dict[str, str], about: dict[str, str]) -> Row:
    kind = "percent" if "percent" in about["expectedType"] else "currency" if "money" in about["expectedType"] else ""
    sentence, value = _plain(each["sentence"]), float(each["value_in_text"])
    return Row(each["property"], about["name"], kind, each["location"], sentence, each["label"] == "Y", value)


def _plain(tokens: str) -> str:
    """A sentence of separated tokens as it was printed."""
    words = " ".join(_MARKS.get(word, word) for word in _TAG.sub("", tokens).split())
    words = re.sub(r"\s+([,.;:!?%)\]])", r"\1", words)
    return re.sub(r"([(\[$£€])\s+", r"\1", words)


def _answer(row: Row) -> float | None:
    """The value the sentence states of what the row asks for; None when it states none."""
    sentence = row.sentence[:MAX_SENTENCE]
    if row.country not in sentence:
        return None
    dates = read_dates(sentence, READ_ON)
    for quantity in read_quantities(sentence, [(each.start, each.end) for each in dates]):
        fits = row.kind == quantity.dimension or (
            not row.kind and quantity.dimension not in ("percent", "currency", "rank")
        )
        if fits and _same_measure(row.name, quantity.measure):
            return quantity.value
    return None


def _same_measure(name: str, measure: str) -> bool:
    """Every word of the name stands in the measure, and what qualifies it in either qualifies both."""
    wanted, found = _words(name), _words(measure)
    return wanted - IDLE <= found and wanted & QUALIFYING == found & QUALIFYING


def _words(text: str) -> set[str]:
    text = text.casefold().replace("%", " percent ")
    for long, short in SHORT.items():
        text = text.replace(long, short)
    return {word.removesuffix("s") for word in re.findall(r"[a-z]+", text)}


def _close(found: float, meant: float) -> bool:
    return abs(found - meant) <= CLOSE * max(abs(meant), 1e-9)


def _macro(groups: list[Rows], score: object, seed: int) -> Figure:
    """The mean over properties; rows are drawn within each property for the interval."""
    assert callable(score)
    draw = np.random.default_rng(seed)

    def once(_rows: Rows) -> float:
        drawn = [each[draw.integers(0, len(each), len(each))] for each in groups]
        return float(np.mean([score(each) for each in drawn]))

    spread = bootstrap(once, len(groups), seed=seed, rounds=200)
    return Figure(float(np.mean([score(each) for each in groups])), spread.low, spread.high)


if __name__ == "__main__":
    main()
