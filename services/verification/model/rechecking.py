"""What a machine's new look at a claim may change: never a verdict that people reached."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from services.verification.model.outcome import Abstention, Outcome, OutcomeStatus, Verdict
from services.verification.model.policy_settings import PolicySettings
from services.verification.model.rating import REFUTING, SUPPORTING, Rating
from services.verification.model.review import Review, reopen

AGAINST = frozenset({Abstention.CONTRADICTION_NEEDS_PEOPLE, Abstention.SOURCES_CONFLICT})


def decided_by_people(outcome: Outcome | None) -> bool:
    """Whether people said what stands here; a verdict they took back stands as taken back."""
    if outcome is None or not outcome.decided_by:
        return False
    return outcome.status is OutcomeStatus.VERDICT or outcome.rating is Rating.WITHDRAWN


def after_check(kept: Outcome | None, machine: Outcome) -> Outcome:
    """The outcome to show: the people's verdict while the words are the same, else what the machine found."""
    if kept is not None and decided_by_people(kept) and kept.text_hash == machine.text_hash:
        return kept
    return machine


def disagrees(rating: Rating, machine: Outcome) -> bool:
    """Whether what the machine found speaks against a verdict, so that people should look again."""
    if machine.abstention_code in AGAINST and rating not in REFUTING and rating is not Rating.CONFLICTING:
        return True
    if machine.rating in SUPPORTING:
        return rating not in SUPPORTING
    return machine.rating in REFUTING and rating not in REFUTING


def finding_digest(machine: Outcome) -> str:
    """A name for what was found, costs and times left out: people are not called back for what they have seen."""
    parts = [
        machine.text_hash,
        machine.status.value,
        machine.rating.value if machine.rating else "",
        machine.abstention_code.value if machine.abstention_code else "",
        machine.fact_check_id,
        *(f"{c.evidence_id}:{c.start}:{c.end}:{c.stance.value}" for c in machine.citations),
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def machine_verdict(
    outcome: Outcome, latest: Verdict | None, *, at: datetime, settings: PolicySettings
) -> Verdict | None:
    """The verdict row behind an outcome the policy let the machine reach alone; None when it says what stands already."""
    if outcome.status is not OutcomeStatus.VERDICT or outcome.decided_by or outcome.rating is None:
        return None
    said = (outcome.text_hash, outcome.rating, outcome.citations)
    if latest is not None and not latest.decided_by and (latest.text_hash, latest.rating, latest.citations) == said:
        return None
    return Verdict(
        claim_id=outcome.claim_id,
        text_hash=outcome.text_hash,
        version=(latest.version if latest else 0) + 1,
        rating=outcome.rating,
        explanation=outcome.explanation,
        citations=outcome.citations,
        basis=outcome.basis,
        decided_by="",
        reviewed_by="",
        decided_at=at,
        recorded_at=at,
        fact_check_id=outcome.fact_check_id,
        settings_version=settings.version,
    )


def review_after_check(
    review: Review | None, seen: str, shown: Outcome, machine: Outcome, *, at: datetime
) -> Review | None:
    """The review a check opens, or opens again; None when nothing changes for people.

    Whatever the machine left undecided waits for a person, also where it suggests a rating. A decided claim comes back
    only when something was found that people had not seen (`seen` names what they had) and that speaks against it.
    """
    if shown.status in (OutcomeStatus.NEEDS_REVIEW, OutcomeStatus.ASSESSED):
        if review is None:
            return Review(shown.claim_id, shown.text_hash, opened_at=at)
        if review.text_hash != shown.text_hash:
            version, earlier = review.version + 1, review.verdict_version
            return Review(shown.claim_id, shown.text_hash, version=version, opened_at=at, verdict_version=earlier)
        return None
    if review is None or not review.settled or shown.rating is None:
        return None
    if finding_digest(machine) == seen or not disagrees(shown.rating, machine):
        return None
    reason = f"A new check disagrees with the verdict: {machine.headline}"
    return replace(reopen(review, reason=reason), opened_at=at)
