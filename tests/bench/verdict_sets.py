"""Labelled claims with the evidence given for them, in the formats they are published in."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.verification.engine.agreement_training import plain

SUPPORTED, REFUTED, CONFLICTING, OPEN = "supported", "refuted", "conflicting", "open"
UNSUPPORTED = "unsupported"  # two-class sets do not say whether it is refuted or only not shown


@dataclass(frozen=True)
class LabelledClaim:
    """A claim, its label, and (publisher, words) of each piece of evidence."""

    claim: str
    label: str
    evidence: tuple[tuple[str, str], ...]


def read_set(path: Path, form: str) -> list[LabelledClaim]:
    """Raises KeyError, ValueError or IndexError for another format."""
    return list(READERS[form](path))


def _climate_fever(path: Path) -> Iterator[LabelledClaim]:
    labels = {"SUPPORTS": SUPPORTED, "REFUTES": REFUTED, "DISPUTED": CONFLICTING, "NOT_ENOUGH_INFO": OPEN}
    with path.open(encoding="utf-8") as file:
        for row in map(json.loads, filter(str.strip, file)):
            given = tuple((each["article"], each["evidence"]) for each in row["evidences"])
            yield LabelledClaim(row["claim"], labels[row["claim_label"]], given)


def _averitec(path: Path) -> Iterator[LabelledClaim]:
    labels = {
        "Supported": SUPPORTED,
        "Refuted": REFUTED,
        "Conflicting Evidence/Cherrypicking": CONFLICTING,
        "Not Enough Evidence": OPEN,
    }
    for row in json.loads(path.read_text(encoding="utf-8")):
        given = [
            (answer.get("source_url") or "", _answered(asked["question"], answer))
            for asked in row["questions"]
            for answer in asked["answers"]
            if answer["answer_type"] != "Unanswerable"
        ]
        yield LabelledClaim(row["claim"], labels[row["label"]], tuple(given))


def _answered(question: str, answer: dict[str, str]) -> str:
    """A bare yes or no says nothing without its question; the explanation says it in words."""
    said = answer["answer"].strip()
    if answer["answer_type"] == "Boolean":
        return answer.get("boolean_explanation") or f"{question} {said}."
    return said


def _pairs(path: Path) -> Iterator[LabelledClaim]:
    """index, evidence, claim, entailment"""
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        _, evidence, claim, label = line.lower().split("\t")[:4]
        yield LabelledClaim(claim, {"entailment": SUPPORTED, "not_entailment": UNSUPPORTED}[label], (("", evidence),))


def _fever(path: Path) -> Iterator[LabelledClaim]:
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        label, claim, evidence = line.split("\t")[:3]
        named = {"entailment": SUPPORTED, "not_entailment": UNSUPPORTED}[label]
        yield LabelledClaim(claim, named, (("", plain(evidence)),))


def _healthver(path: Path) -> Iterator[LabelledClaim]:
    labels = {"Supports": SUPPORTED, "Refutes": REFUTED, "Neutral": OPEN}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield LabelledClaim(row["claim"], labels[row["label"]], (("", row["evidence"]),))


READERS: dict[str, Callable[[Path], Iterator[LabelledClaim]]] = {
    "climate_fever": _climate_fever,
    "averitec": _averitec,
    "covidfact": _pairs,
    "fever": _fever,
    "healthver": _healthver,
}
DEFAULTS = {
    "climate_fever": "verdict/climate_fever.jsonl",
    "averitec": "verdict/averitec_dev.json",
    "covidfact": "verdict/covidfact/rte_dev.tsv",
    "fever": "verdict/fever_pairs.tsv",
    "healthver": "verdict/healthver_dev.csv",
}
