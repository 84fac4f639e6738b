"""Does a passage say what a claim says? A linear model over what can be counted of both side by side: which words, names
and figures of the claim the passage holds, and what turns one of them round. Nothing of the claim alone counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.verification.engine import polarity
from services.verification.engine.alignment import align_names, align_quantities, align_words
from services.verification.engine.measure import clashing_dates
from services.verification.engine.reading import Reading, read
from services.verification.engine.selection import select_passages
from services.verification.engine.vocabulary import entries
from services.verification.engine.words import base, tokens
from services.verification.model import Citation, Claim, Evidence, Finding, Stage, StageResult, StageStatus, Stance

SHIPPED = "agreement.json"
NAMES = (
    "held", "all_held", "left", "names_held", "names_left", "numbers_held", "numbers_differ", "dates_clash", "turned",
    "opposed", "quantified", "unsure", "disputed", "hedged", "extra", "runs",
)  # fmt: skip
PASSAGES, LIKELY = 3, 0.5
LONGEST = 2_000  # characters of a passage that are read
Rows = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AgreementModel:
    """Weights by feature name; `probability` is calibrated on pairs it was not fitted on."""

    weights: tuple[float, ...]
    bias: float
    sha256: str = ""

    @classmethod
    def load(cls) -> AgreementModel:
        """The shipped weights."""
        return cls.read((files(__package__) / "weights" / SHIPPED).read_text(encoding="utf-8"))

    @classmethod
    def read(cls, written: str) -> AgreementModel:
        held = json.loads(written)
        weights = tuple(float(held["weights"][name]) for name in NAMES)
        return cls(weights, float(held["bias"]), hashlib.sha256(written.encode()).hexdigest())

    def write(self, path: Path) -> None:
        held = {"bias": self.bias, "weights": dict(zip(NAMES, self.weights, strict=True))}
        path.write_text(json.dumps(held, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def probabilities(self, rows: Rows) -> Rows:
        shares: Rows = 1 / (1 + np.exp(-(rows @ np.array(self.weights) + self.bias)))
        return shares

    def probability(self, claim: str, passage: str) -> float:
        """How likely the passage says what the claim says, 0 to 1."""
        return round(float(self.probabilities(np.array([features(claim, passage)]))[0]), 6)


@lru_cache(maxsize=1)
def shipped_agreement() -> AgreementModel:
    return AgreementModel.load()


def features(claim: str, passage: str) -> list[float]:
    """One row, columns as in NAMES."""
    mine, other = read(claim), read(passage[:LONGEST])
    lone_a, lone_b = align_words(mine, other)
    held = 1 - len(lone_a) / max(1, len(mine.words))
    opposed = any(one.opposes(two) for one in lone_a for two in lone_b)
    return [
        held,
        float(held >= 0.999),
        min(4, len(lone_a)) / 4,
        *_names(mine, other),
        *_numbers(mine, other),
        float(clashing_dates(mine, other) is not None),
        float((polarity.negations(mine.text) - polarity.negations(other.text)) % 2),
        float(opposed),
        float(bool(polarity.quantifiers(mine.text) ^ polarity.quantifiers(other.text))),
        float(polarity.certainty(mine.text) != polarity.certainty(other.text)),
        *(_more(words, mine, other) for words in (_listed("disputing"), _listed("hedging"))),
        min(1.0, len(lone_b) / 20),
        _runs(mine, other),
    ]


def _names(mine: Reading, other: Reading) -> tuple[float, float]:
    if not mine.names:
        return 0.0, 0.0
    lone, _ = align_names(mine, other)
    return 1 - len(lone) / len(mine.names), min(2, len(lone)) / 2


def _numbers(mine: Reading, other: Reading) -> tuple[float, float]:
    if not mine.quantities:
        return 0.0, 0.0
    pairs = align_quantities(mine.quantities, other.quantities)
    return len(pairs.equal) / len(mine.quantities), float(bool(pairs.differing) and not pairs.equal)


def _more(listed: frozenset[str], mine: Reading, other: Reading) -> float:
    """Words of a list that the passage has beyond the claim's."""
    here, there = (sum(base(t.text) in listed for t in tokens(side.text)) for side in (mine, other))
    return min(2, max(0, there - here)) / 2


def _runs(mine: Reading, other: Reading) -> float:
    """Share of the claim's neighbouring word pairs that stand together in the passage too."""
    one, two = ([word.base for word in side.words] for side in (mine, other))
    pairs = set(pairwise(one))
    return len(pairs & set(pairwise(two))) / len(pairs) if pairs else 0.0


@lru_cache(maxsize=4)
def _listed(name: str) -> frozenset[str]:
    return frozenset(base(word) for word in entries(name))


def rows_of(pairs: Sequence[tuple[str, str]]) -> Rows:
    """One row per (claim, passage)."""
    return np.array([features(*pair) for pair in pairs], np.float64).reshape(-1, len(NAMES))


def agreement_stage(claim: Claim, evidence: Sequence[Evidence], model: AgreementModel) -> StageResult:
    """Of each text the passage that most says what the claim says, where one more likely does than not. It suggests; the
    policy asks for several independent texts, and nothing here ever speaks against a claim."""
    findings = []
    for item in evidence:
        read_here = select_passages(claim.text, item.text, PASSAGES)
        scored = [(model.probability(claim.text, passage.text), passage) for passage in read_here]
        if not scored or (best := max(scored, key=lambda each: each[0]))[0] < LIKELY:
            continue
        share, passage = best
        citation = Citation(item.evidence_id, passage.start, passage.end, passage.text, Stance.SUPPORTS)
        findings.append(Finding(Stance.SUPPORTS, "", (citation,), score=share, publisher=item.publisher))
    status = StageStatus.FOUND if findings else StageStatus.NOTHING if evidence else StageStatus.NOT_ASKED
    detail = f"{len(evidence)} texts read"
    return StageResult(Stage.STANCE, status, tuple(findings), detail, model_hash=model.sha256)
