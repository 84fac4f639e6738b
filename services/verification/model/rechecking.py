"""What a machine's new look at a claim may change: never a verdict that people reached."""

from __future__ import annotations

import hashlib

from services.verification.model.outcome import Abstention, Outcome, OutcomeStatus
from services.verification.model.rating import REFUTING, SUPPORTING, Rating

AGAINST = frozenset({Abstention.CONTRADICTION_NEEDS_PEOPLE, Abstention.SOURCES_CONFLICT})


def decided_by_people(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.status is OutcomeStatus.VERDICT and bool(outcome.decided_by)


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
