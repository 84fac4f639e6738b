"""What was known about a claim at a moment: its words, the decision in force and the machine's last look, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.verification.model.outcome import Outcome, OutcomeStatus, Verdict, outcome_of, verdict_as_of
from services.verification.model.rechecking import decided_by_people
from services.verification.model.subject import ClaimState, SheetClaim, left_the_text


@dataclass(frozen=True)
class Worded:
    """What a claim said from `recorded_at` on, and whether it was made at all."""

    text: str
    text_hash: str
    state: ClaimState
    recorded_at: datetime


@dataclass(frozen=True)
class Assessed:
    """What the machine found, from `recorded_at` on."""

    outcome: Outcome
    recorded_at: datetime


@dataclass(frozen=True)
class Standing:
    """What stood about a claim. `outcome` is None while its words were not checked yet."""

    worded: Worded
    outcome: Outcome | None
    verdict: Verdict | None
    recorded_at: datetime
    made_at: datetime | None = None  # when the outcome came about


def standing_as_of(
    claim_id: str,
    words: Sequence[Worded],
    verdicts: Sequence[Verdict],
    assessments: Sequence[Assessed],
    known_at: datetime,
) -> Standing | None:
    """What stood at `known_at`, from records in the order they were made; None before the claim was heard of.

    People's verdict stands while the words are those it was made for; else the machine's last look at these very words.
    """
    worded = next((each for each in reversed(words) if each.recorded_at <= known_at), None)
    if worded is None:
        return None
    verdict = verdict_as_of(verdicts, known_at)
    if worded.state is not ClaimState.ACTIVE:
        gone = left_the_text(SheetClaim(claim_id, worded.text, worded.text_hash), verdict.version if verdict else 0)
        return Standing(worded, gone, verdict, worded.recorded_at)
    told = [each for each in assessments if each.recorded_at <= known_at]
    machine = next((each for each in reversed(told) if each.outcome.text_hash == worded.text_hash), None)
    made_for_these = verdict is not None and verdict.text_hash == worded.text_hash
    if verdict is not None and made_for_these and (machine is None or decided_by_people(outcome_of(verdict))):
        recorded_at = max(worded.recorded_at, verdict.recorded_at)
        return Standing(worded, outcome_of(verdict), verdict, recorded_at, verdict.decided_at)
    if machine is None:
        return Standing(worded, None, verdict, worded.recorded_at)
    outcome = replace(machine.outcome, verdict_version=verdict.version if verdict else 0)
    reached = verdict if made_for_these and outcome.status is OutcomeStatus.VERDICT else None
    if reached is not None:
        outcome = replace(outcome, decided_at=reached.decided_at)
    recorded_at = max(worded.recorded_at, machine.recorded_at)
    return Standing(worded, outcome, reached, recorded_at, machine.recorded_at)
