"""What each stage of a check did and found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.verification.model.evidence import Citation
from services.verification.model.rating import REFUTING, Rating, Stance


class Stage(StrEnum):
    KNOWN_CLAIM = "known_claim"
    STRUCTURED = "structured"
    RETRIEVAL = "retrieval"
    STANCE = "stance"
    PLUGIN = "plugin"


class StageStatus(StrEnum):
    """What a stage answered. The last three never carry a verdict, and they are three different answers."""

    FOUND = "found"
    NOTHING = "nothing"
    FAILED = "failed"
    NOT_ASKED = "not_asked"


class Sameness(StrEnum):
    """Whether two claims say the same, as far as code can tell."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class Comparison:
    """Two claims set side by side by code. `kind` names the first difference (number, date, name, negation, ...)."""

    sameness: Sameness
    kind: str = ""
    explanation: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing a stage found. Its rating is what this finding alone would suggest."""

    stance: Stance
    explanation: str
    citations: tuple[Citation, ...] = ()
    rating: Rating | None = None
    score: float = 0.0
    fact_check_id: str = ""
    comparison: Comparison | None = None
    publisher: str = ""
    of_part: bool = False  # of one statement of a claim that makes several


@dataclass(frozen=True)
class Lookup:
    """What one connector answered about one claim. `age_seconds` is how old a remembered answer was."""

    connector: str
    status: StageStatus
    detail: str = ""
    milliseconds: int = 0
    requests: int = 0
    age_seconds: int = 0


@dataclass(frozen=True)
class StageResult:
    """What one stage did for one claim, what it cost and how long it took."""

    stage: Stage
    status: StageStatus
    findings: tuple[Finding, ...] = ()
    detail: str = ""
    milliseconds: int = 0
    cost_micros: int = 0  # millionths of the plug-in's currency
    tokens: int = 0
    model_hash: str = ""
    lookups: tuple[Lookup, ...] = ()  # of the retrieval stage: each connector's own answer


@dataclass(frozen=True)
class Assessment:
    """All that the machine found about one claim; never a published verdict by itself."""

    claim_id: str
    text_hash: str
    stages: tuple[StageResult, ...] = ()

    def of(self, stage: Stage) -> StageResult | None:
        return next((result for result in self.stages if result.stage is stage), None)


def unread_refutation(stages: Sequence[StageResult]) -> Finding | None:
    """An earlier fact check of this very claim that rates it false and whose page could not be read this time: its record
    is known, nothing of it can be cited. One whose page is gone for good, or that never had one, is none."""
    if not any(each.stage is Stage.RETRIEVAL and each.status is StageStatus.FAILED for each in stages):
        return None
    told = (finding for each in stages if each.stage is Stage.KNOWN_CLAIM for finding in each.findings)
    return next((finding for finding in told if not finding.citations and _rates_it_false(finding)), None)


def _rates_it_false(finding: Finding) -> bool:
    same = finding.comparison is not None and finding.comparison.sameness is Sameness.SAME
    return same and bool(finding.fact_check_id) and finding.rating in REFUTING
