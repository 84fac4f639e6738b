"""Does a text say what a claim says? A linear model over what can be counted of both side by side. Every count may only
speak for agreement, or only against it; how sure the model is was set on texts of a kind it had not been fitted on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from services.verification.engine.agreement_features import LESS, NAMES, Rows, compare
from services.verification.engine.sentences import Sentence
from services.verification.model import Citation, Claim, Evidence, Finding, Stage, StageResult, StageStatus, Stance

SHIPPED = "agreement.json"
PINNED = "79a0c6cad06934741b7019bca1bc23a66cf40b096c55ec065db53c4d85f1fe03"
LIKELY = 0.5


class AgreementDamaged(RuntimeError):
    """The weights are not the ones this code was released with, or no weights at all."""


@dataclass(frozen=True)
class Agreed:
    """How likely the best of some texts says what a claim says, and how likely none of them settles it. What is left is
    that one of them says otherwise, which no model here can tell."""

    supported: float
    open: float


@dataclass(frozen=True)
class AgreementModel:
    """Weights by the name of the count. `open_share` of what is not supported is unsettled rather than wrong."""

    weights: tuple[float, ...]
    bias: float
    open_share: float
    sha256: str = ""

    @classmethod
    def load(cls) -> AgreementModel:
        """The shipped weights. Raises AgreementDamaged when a byte of them was changed."""
        written = (files(__package__) / "weights" / SHIPPED).read_text(encoding="utf-8")
        return cls.read(written, PINNED)

    @classmethod
    def read(cls, written: str, pinned: str = "") -> AgreementModel:
        """Weights as `write` wrote them. Raises AgreementDamaged for others, and for any that speak the wrong way."""
        found = hashlib.sha256(written.encode()).hexdigest()
        if pinned and found != pinned:
            raise AgreementDamaged(f"{SHIPPED} is {found[:12]} and not the {pinned[:12]} of this release")
        try:
            held = json.loads(written)
            weights = tuple(float(held["weights"][name]) for name in NAMES)
            bias, open_share = float(held["bias"]), float(held["open_share"])
        except (KeyError, TypeError, ValueError) as problem:
            raise AgreementDamaged(f"{SHIPPED} cannot be read: {problem}") from problem
        wrong = [name for name, weight in zip(NAMES, weights, strict=True) if (weight > 0) is (name in LESS) and weight]
        if wrong or not 0 <= open_share <= 1:
            raise AgreementDamaged(f"{SHIPPED} speaks the wrong way: {', '.join(wrong) or 'open_share'}")
        return cls(weights, bias, open_share, found)

    def write(self, path: Path) -> None:
        weights = dict(zip(NAMES, self.weights, strict=True))
        held = {"bias": self.bias, "open_share": self.open_share, "weights": weights}
        path.write_text(json.dumps(held, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def scores(self, rows: Rows) -> Rows:
        """Log odds, one per row."""
        scores: Rows = rows @ np.array(self.weights) + self.bias
        return scores

    def probabilities(self, rows: Rows) -> Rows:
        shares: Rows = 1 / (1 + np.exp(-self.scores(rows)))
        return shares

    def probability(self, claim: str, text: str) -> float:
        """How likely the text says what the claim says, 0 to 1."""
        return self.nearest(claim, text)[0]

    def nearest(self, claim: str, text: str) -> tuple[float, Sentence | None]:
        """The probability, and the sentence of the text that holds most of the claim."""
        compared = compare(claim, text)
        return round(float(self.probabilities(np.array([compared.row]))[0]), 6), compared.nearest

    def agreed(self, claim: str, texts: Sequence[str]) -> Agreed | None:
        """Of several texts, as the best of them says; None when there is none to read."""
        best = max((self.probability(claim, text) for text in texts), default=None)
        return None if best is None else Agreed(best, round(self.open_share * (1 - best), 6))


@lru_cache(maxsize=1)
def shipped_agreement() -> AgreementModel:
    return AgreementModel.load()


def agreement_stage(claim: Claim, evidence: Sequence[Evidence], model: AgreementModel) -> StageResult:
    """The texts that more likely than not say what the claim says, each by its nearest sentence. It suggests; the policy
    asks for several independent texts, and nothing here ever speaks against a claim."""
    findings = []
    for item in evidence:
        share, passage = model.nearest(claim.text, item.text)
        if passage is None or share < LIKELY:
            continue
        citation = Citation(item.evidence_id, passage.start, passage.end, passage.text, Stance.SUPPORTS)
        findings.append(Finding(Stance.SUPPORTS, "", (citation,), score=share, publisher=item.publisher))
    status = StageStatus.FOUND if findings else StageStatus.NOTHING if evidence else StageStatus.NOT_ASKED
    detail = f"{len(evidence)} texts read"
    return StageResult(Stage.STANCE, status, tuple(findings), detail, model_hash=model.sha256)
