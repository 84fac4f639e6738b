"""Does a text agree with a claim, disagree, or only discuss it? A suggestion for people, never a ground to refute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files

import numpy as np

from services.verification.engine.selection import select_passages
from services.verification.engine.stance_features import Idf, ReadText, features, read_text
from services.verification.engine.trees import BoostedTrees, Probabilities
from services.verification.model import Citation, Claim, Evidence, Finding, Stage, StageResult, StageStatus, Stance

CLASSES = ("agree", "disagree", "discuss", "unrelated")
STANCES = {"agree": Stance.SUPPORTS, "disagree": Stance.CONTRADICTS, "discuss": Stance.DISCUSSES}
SHIPPED = "stance.npz"


@dataclass(frozen=True)
class StanceReading:
    """The likeliest stance of a text, None when it is about something else, and how sure the model is."""

    stance: Stance | None
    probability: float
    probabilities: dict[str, float]


class StanceModel:
    """Trained on headlines and article bodies; held against a claim and the text of a source."""

    def __init__(self, trees: BoostedTrees, idf: Idf) -> None:
        self._trees = trees
        self.idf = idf

    @classmethod
    def load(cls) -> StanceModel:
        """The shipped weights."""
        with as_file(files(__package__) / "weights" / SHIPPED) as path, np.load(path, allow_pickle=False) as arrays:
            return cls(BoostedTrees.load(path), arrays["idf"].astype(np.float32))

    @property
    def model_hash(self) -> str:
        return self._trees.sha256

    def read(self, claim: str, text: str) -> StanceReading:
        """How the text stands to the claim."""
        shares = self.probabilities([(claim, read_text(text, self.idf))])[0]
        likeliest = CLASSES[int(shares.argmax())]
        named = {name: round(float(share), 6) for name, share in zip(CLASSES, shares, strict=True)}
        return StanceReading(STANCES.get(likeliest), round(float(shares.max()), 6), named)

    def probabilities(self, pairs: Sequence[tuple[str, ReadText]]) -> Probabilities:
        """One row per pair, in the order of CLASSES."""
        rows = np.array([features(claim, text, self.idf) for claim, text in pairs], np.float32)
        return self._trees.probabilities(rows)


def stance_stage(claim: Claim, evidence: Sequence[Evidence], model: StanceModel) -> StageResult:
    """The stance of each text with its nearest passage as the citation. It suggests; the policy decides what of it."""
    findings = []
    for item in evidence:
        reading = model.read(claim.text, item.text)
        best = select_passages(claim.text, item.text, k=1)
        if reading.stance is None or not best:
            continue
        passage = best[0]
        citation = Citation(item.evidence_id, passage.start, passage.end, passage.text, reading.stance)
        findings.append(Finding(reading.stance, "", (citation,), score=reading.probability, publisher=item.publisher))
    status = StageStatus.FOUND if findings else StageStatus.NOTHING if evidence else StageStatus.NOT_ASKED
    return StageResult(
        Stage.STANCE, status, tuple(findings), f"{len(evidence)} texts read", model_hash=model.model_hash
    )
