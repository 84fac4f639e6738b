"""Which way the machine leans on a claim, and how surely: for the order of a reviewer's list, and to be measured. A
leaning is no rating; the policy alone says what a card shows."""

from __future__ import annotations

from dataclasses import dataclass

from services.verification.model import SUPPORTING, Abstention, Outcome, OutcomeStatus, Rating, Stage, Stance

LIKELY = 0.5
FIRM = 0.9  # a figure, a date or an earlier fact check met by code


@dataclass(frozen=True)
class Leaning:
    """`suggests` is True where the card itself names this side; otherwise it abstains."""

    side: str  # supported, refuted, conflicting, open
    confidence: float
    suggests: bool


def leaning(outcome: Outcome) -> Leaning:
    """Of an outcome as the policy made it. What contradicts a claim leans to refuted, though the card only says by whom
    it is contradicted. Without any ground the side is open, and nothing is sure about that."""
    agreed = sorted((f.score for s in outcome.stages if s.stage is Stage.STANCE for f in s.findings
                     if f.stance is Stance.SUPPORTS), reverse=True)  # fmt: skip
    best = agreed[0] if agreed else 0.0
    if outcome.status in (OutcomeStatus.ASSESSED, OutcomeStatus.VERDICT) and outcome.rating in SUPPORTING:
        firm = any(
            s.stage is not Stage.STANCE and f.stance is Stance.SUPPORTS for s in outcome.stages for f in s.findings
        )
        return Leaning("supported", max(FIRM, best) if firm else best, True)
    if outcome.rating is Rating.CONFLICTING:
        return Leaning("conflicting", FIRM, True)
    if outcome.abstention_code is Abstention.CONTRADICTION_NEEDS_PEOPLE:
        return Leaning("refuted", FIRM, True)
    return Leaning("supported", best, False) if best >= LIKELY else Leaning("open", 0.0, False)
