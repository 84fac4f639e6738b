"""What a claim's card says, and the append-only verdicts behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.verification.model.evidence import Citation
from services.verification.model.rating import Rating, rating_words
from services.verification.model.stages import StageResult


class Basis(StrEnum):
    """What an outcome rests on."""

    KNOWN_CLAIM = "known_claim"
    STRUCTURED = "structured"
    STANCE = "stance"
    PLUGIN = "plugin"
    REVIEW = "review"
    NONE = "none"


class OutcomeStatus(StrEnum):
    NEEDS_REVIEW = "needs_review"
    ASSESSED = "assessed"
    VERDICT = "verdict"
    WITHDRAWN = "withdrawn"


class Abstention(StrEnum):
    """Why the machine stopped short of a verdict."""

    NOTHING_FOUND = "nothing_found"
    LOOKUP_FAILED = "lookup_failed"
    NOT_LOOKED_UP = "not_looked_up"
    ONLY_DISCUSSED = "only_discussed"
    CONTRADICTION_NEEDS_PEOPLE = "contradiction_needs_people"
    ONLY_OWN_ANALYSIS = "only_own_analysis"
    SOURCES_CONFLICT = "sources_conflict"
    DIFFERENT_CLAIM = "different_claim"
    NO_ADMISSIBLE_SOURCE = "no_admissible_source"
    PATH_NOT_MEASURED = "path_not_measured"
    LANGUAGE = "language"


@dataclass(frozen=True)
class Outcome:
    """What a claim's card says now."""

    claim_id: str
    text_hash: str
    status: OutcomeStatus
    rating: Rating | None = None
    headline: str = ""
    explanation: str = ""
    abstention: str = ""  # a sentence for people
    abstention_code: Abstention | None = None
    basis: Basis = Basis.NONE
    citations: tuple[Citation, ...] = ()
    decided_by: str = ""
    reviewed_by: str = ""
    decided_at: datetime | None = None
    verdict_version: int = 0
    stages: tuple[StageResult, ...] = ()
    fact_check_id: str = ""
    notes: tuple[str, ...] = ()  # what was refused on the way, and why
    note: str = ""  # of a corrected or withdrawn verdict: what changed and why

    @property
    def may_emit_claim_review(self) -> bool:
        """ClaimReview is said of verdicts that a person decided, and of nothing else."""
        return self.status is OutcomeStatus.VERDICT and bool(self.decided_by)


@dataclass(frozen=True)
class Verdict:
    """One version of the decision on a claim. Versions are appended, never changed."""

    claim_id: str
    text_hash: str
    version: int
    rating: Rating
    explanation: str
    citations: tuple[Citation, ...]
    basis: Basis
    decided_by: str
    reviewed_by: str
    decided_at: datetime
    recorded_at: datetime
    fact_check_id: str = ""
    note: str = ""  # why it changed; empty for the first
    settings_version: int = 0


def verdict_as_of(history: Iterable[Verdict], known_at: datetime, valid_at: datetime | None = None) -> Verdict | None:
    """The verdict in force at `valid_at` as far as it was recorded by `known_at`; None when there was none yet."""
    moment = valid_at or known_at
    told = [verdict for verdict in history if verdict.recorded_at <= known_at and verdict.decided_at <= moment]
    return max(told, key=lambda verdict: verdict.version, default=None)


def outcome_of(verdict: Verdict, stages: Sequence[StageResult] = ()) -> Outcome:
    """The card of a decided claim."""
    people = " and ".join(name for name in (verdict.decided_by, verdict.reviewed_by) if name)
    by = f"Decided by {people}" if people else "Automated, not yet reviewed"
    return Outcome(
        claim_id=verdict.claim_id,
        text_hash=verdict.text_hash,
        status=OutcomeStatus.WITHDRAWN if verdict.rating is Rating.WITHDRAWN else OutcomeStatus.VERDICT,
        rating=verdict.rating,
        headline=f"{rating_words(verdict.rating)}. {by}.",
        explanation=verdict.explanation,
        basis=verdict.basis,
        citations=verdict.citations,
        decided_by=verdict.decided_by,
        reviewed_by=verdict.reviewed_by,
        decided_at=verdict.decided_at,
        verdict_version=verdict.version,
        stages=tuple(stages),
        fact_check_id=verdict.fact_check_id,
        note=verdict.note,
    )


def outcome_after_edit(outcome: Outcome, text_hash: str) -> Outcome | None:
    """The outcome kept after an edit: only when the claim's words are the same; otherwise None, to be checked anew."""
    return replace(outcome) if outcome.text_hash == text_hash else None
