"""Rounds of checks: when one is due, when one is joined, and what it leaves behind. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.verification.model import Outcome
from services.verification.model.rechecking import finding_digest
from services.verification.model.subject import Run, Sheet, Subject
from shared.events import NEVER
from shared.ids import derived_id

CHECK = "verification.check"
GIVEN_UP = timedelta(minutes=10)  # a run older than this is not waited for any more
RETRIES = (timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


@dataclass(frozen=True, slots=True)
class Changes:
    """Outcomes a new sheet brought about, and claims that lost theirs."""

    outcomes: tuple[Outcome, ...]
    forgotten: frozenset[str]


@dataclass(frozen=True, slots=True)
class CheckAsked:
    """What a check job was asked to do."""

    subject_id: str
    run_id: str


def payload(subject: Subject) -> bytes:
    """The job of the subject's present run."""
    assert subject.run is not None
    return json.dumps({"subject_id": subject.sheet.subject_id, "run_id": subject.run.run_id}).encode()


def asked(body: bytes) -> CheckAsked:
    said = json.loads(body)
    return CheckAsked(said["subject_id"], said["run_id"])


def after_sheet(settled: Subject, *, run_id: str, at: datetime) -> Subject:
    """The subject with the run its new sheet asks for, or without one. An unfinished full run is not forgotten."""
    every = settled.run is not None and settled.run.every
    run = Run(run_id, every, at, only=settled.run.only if settled.run is not None else frozenset())
    due = replace(settled, run=run).to_check
    return replace(settled, run=run if due else None)


def unmoved(known: Subject, sheet: Sheet, *, at: datetime) -> bool:
    """Whether a newer sheet says nothing that was not known, and nothing is left to check that is not under way."""
    same = known.sheet.version != NEVER and replace(known.sheet, version=sheet.version) == sheet
    under_way = known.run is not None and at - known.run.started_at < GIVEN_UP
    return same and (under_way or not known.unchecked)


def after_request(known: Subject, *, run_id: str, at: datetime) -> Subject | None:
    """The subject with a full run; None when the run under way covers every claim already, or there is no claim."""
    every = Run(run_id, True, at)
    wanted = replace(known, run=every)
    if not wanted.to_check:
        return None
    under_way = known.run is not None and timedelta() <= at - known.run.started_at < GIVEN_UP
    if under_way and len(known.to_check) == len(wanted.to_check):
        return None
    return wanted


def after_change(known: Subject, claim_ids: Collection[str], *, run_id: str, at: datetime) -> Subject | None:
    """The subject with a round over the claims a change touched, besides what was under way: that round may have read
    what changed too early. None when it makes none of them any more."""
    standing = {claim.claim_id for claim in known.sheet.claims if claim.active}
    touched = frozenset(claim_ids) & standing
    if not touched:
        return None
    before = known.run
    every = before is not None and before.every
    run = Run(run_id, every, at, only=touched | (before.only if before is not None else frozenset()))
    return replace(known, run=run)


def changes(known: Subject, settled: Subject) -> Changes:
    """What the store has to write so that it holds the settled outcomes."""
    fresh = tuple(o for claim_id, o in settled.outcomes.items() if known.outcomes.get(claim_id) != o)
    return Changes(fresh, frozenset(known.outcomes) - frozenset(settled.outcomes))


def told(subject: Subject, epoch: int) -> Subject:
    """The subject at the version its next verdict sheet carries."""
    return replace(subject, version=subject.version.next(epoch))


def finished(subject: Subject, *, at: datetime) -> Subject:
    """The subject once its run is over. While a look-up failed, the next round is set for later."""
    over = subject.run
    assert over is not None
    done = replace(subject, run=None, last_run_id=over.run_id, checked_at=at)
    if done.unchecked and over.attempt < len(RETRIES):
        run_id = str(derived_id("run", subject.sheet.subject_id, "retry", over.run_id))
        due = Run(run_id, False, at + RETRIES[over.attempt], over.attempt + 1)
        done = replace(done, run=due)
    return done


def says_more(known: Subject, settled: Subject) -> bool:
    """Whether readers would see a difference; that a look-up failed once more is none."""
    before = {claim_id: finding_digest(outcome) for claim_id, outcome in known.outcomes.items()}
    return before != {claim_id: finding_digest(outcome) for claim_id, outcome in settled.outcomes.items()}
