"""Rounds of checks: when one is due, when one is joined, and what it leaves behind. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.verification.model import Outcome
from services.verification.model.subject import Run, Subject

CHECK = "verification.check"
GIVEN_UP = timedelta(minutes=10)  # a run older than this is not waited for any more


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
    run = Run(run_id, every, at)
    due = replace(settled, run=run).to_check
    return replace(settled, run=run if due else None)


def after_request(known: Subject, *, run_id: str, at: datetime) -> Subject | None:
    """The subject with a full run; None when the run under way covers every claim already, or there is no claim."""
    every = Run(run_id, True, at)
    wanted = replace(known, run=every)
    if not wanted.to_check:
        return None
    covers = known.run is not None and len(known.to_check) == len(wanted.to_check)
    if known.run is not None and covers and at - known.run.started_at < GIVEN_UP:
        return None
    return wanted


def changes(known: Subject, settled: Subject) -> Changes:
    """What the store has to write so that it holds the settled outcomes."""
    fresh = tuple(o for claim_id, o in settled.outcomes.items() if known.outcomes.get(claim_id) != o)
    return Changes(fresh, frozenset(known.outcomes) - frozenset(settled.outcomes))


def told(subject: Subject, epoch: int) -> Subject:
    """The subject at the version its next verdict sheet carries."""
    return replace(subject, version=subject.version.next(epoch))


def finished(subject: Subject, *, at: datetime, epoch: int) -> Subject:
    """The subject once its run is over."""
    assert subject.run is not None
    return told(replace(subject, run=None, last_run_id=subject.run.run_id, checked_at=at), epoch)
