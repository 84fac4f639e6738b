"""What people do with claims: each step in one transaction that locks the subject, asks the model, saves and tells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.verification import contract, runs, telling
from services.verification.engine.admissibility import place
from services.verification.model import (
    Citation,
    Decision,
    Deed,
    Evidence,
    FactCheck,
    Person,
    Priority,
    Rating,
    Stance,
    Step,
    Verdict,
    assign,
    correct,
    outcome_of,
    propose,
    release,
    retract,
    schedule,
    second,
    withdraw,
)
from services.verification.model.rechecking import finding_digest
from services.verification.review_case import CaseFile, Cases, OpenCase, entry
from services.verification.store import audit, fact_checks, review_record, reviews, subjects, verdicts
from services.verification.store.review_record import Act
from services.verification.store.reviews import Filter, Kept, Waiting
from shared.clock import Clock
from shared.errors import Refused
from shared.events import NEVER
from shared.ids import derived_id
from shared.outbox import Outbox, Unit


@dataclass(frozen=True, slots=True)
class Quote:
    """Words a person wants to cite, by evidence; `start` and `end` say where, or both are 0."""

    evidence_id: str
    exact: str
    stance: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person says of a claim."""

    rating: str
    explanation: str
    quotes: tuple[Quote, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts on which claim of which site, having seen which version of its review."""

    site_id: UUID
    by: Person
    claim_id: str
    version: int
    lead: bool = False


@dataclass(frozen=True, slots=True)
class _Done:
    """A step with what is written down about it. `first` is who proposed it, where another person answered."""

    act: str
    step: Step
    note: str = ""
    first: Person | None = None


class Desk:
    """The staff door's operations. `decided` is called after a verdict was committed."""

    def __init__(self, outbox: Outbox, cases: Cases, *, clock: Clock, decided: Callable[[], None]) -> None:
        self._outbox, self._cases, self._clock, self._decided = outbox, cases, clock, decided

    @property
    def now(self) -> datetime:
        return self._clock.now()

    async def listed(self, site_id: UUID, asked: Filter, size: int) -> list[Waiting]:
        """Claims of the site. Nothing the machine thinks of a claim leaves it out."""
        return await reviews.listed(self._outbox.db, site_id, asked, size)

    async def case(self, site_id: UUID, claim_id: str) -> CaseFile:
        """One claim with all that was found. Raises NotFound."""
        return await self._cases.load(self._outbox.db, site_id, claim_id)

    async def propose(self, caller: Caller, said: Proposal) -> CaseFile:
        """One person's decision; a rating that needs two waits for the other. Raises Refused, Conflict, NotFound."""

        def step(case: OpenCase, deed: Deed) -> _Done:
            decision = _decision(case, said)
            return _Done("propose", propose(case.review, decision, deed, case.shown), decision.note)

        return await self._act(caller, step)

    async def correct(self, caller: Caller, said: Proposal) -> CaseFile:
        """Another decision in place of one that readers saw, with what changed and why."""

        def step(case: OpenCase, deed: Deed) -> _Done:
            decision = _decision(case, said)
            return _Done("correct", correct(case.review, decision, deed, case.shown), decision.note)

        return await self._act(caller, step)

    async def withdraw(self, caller: Caller, reason: str) -> CaseFile:
        """Takes a verdict back."""
        return await self._act(
            caller, lambda case, deed: _Done("withdraw", withdraw(case.review, reason, deed, case.shown), reason)
        )

    async def second(self, caller: Caller, *, agree: bool, note: str) -> CaseFile:
        """Another person agrees, or sends it back. Raises Conflict for the one who proposed it."""

        def step(case: OpenCase, deed: Deed) -> _Done:
            done = second(case.review, deed, case.shown, agree=agree, note=note)
            return _Done("second" if agree else "return", done, note, case.review.proposed_by)

        return await self._act(caller, step)

    async def retract(self, caller: Caller) -> CaseFile:
        """Whoever proposed takes it back."""
        return await self._act(caller, lambda case, deed: _Done("retract", retract(case.review, deed)))

    async def assign(self, caller: Caller, to: Person) -> CaseFile:
        """Gives the claim to a person."""
        act = "take" if to.same_as(caller.by) else "assign"
        return await self._act(caller, lambda case, deed: _Done(act, assign(case.review, to, deed), to.name))

    async def release(self, caller: Caller) -> CaseFile:
        """Puts the claim back for everybody."""
        return await self._act(caller, lambda case, deed: _Done("release", release(case.review, deed)))

    async def schedule(self, caller: Caller, due_at: datetime | None, priority: Priority) -> CaseFile:
        """Says by when it is due and how urgent it is."""
        note = priority.name.lower() + (f", due {due_at.isoformat(timespec='minutes')}" if due_at else "")
        return await self._act(
            caller, lambda case, deed: _Done("schedule", schedule(case.review, due_at, priority, deed), note)
        )

    async def _act(self, caller: Caller, step: Callable[[OpenCase, Deed], _Done]) -> CaseFile:
        async with self._outbox.transaction() as unit:
            case = await self._cases.open(unit, caller.site_id, caller.claim_id)
            deed = Deed(caller.by, self._clock.now(), caller.version, case.settings, caller.lead)
            done = step(case, deed)
            await self._take(unit, case, done, deed)
        if done.step.verdict is not None:
            self._decided()
        return await self.case(caller.site_id, caller.claim_id)

    async def _take(self, unit: Unit, case: OpenCase, done: _Done, deed: Deed) -> None:
        """Save a step; a verdict becomes the claim's outcome, an own fact check and a new verdict sheet."""
        step, machine = done.step, case.waiting.machine
        seen = finding_digest(machine) if step.verdict is not None and machine is not None else case.kept.seen
        await reviews.save(unit, case.subject.sheet.site_id, [Kept(step.review, seen)])
        people = (done.first.person_id, deed.by.person_id) if done.first else (deed.by.person_id, "")
        if step.verdict is not None:
            await self._decide(unit, case, step.verdict, people)
        decision = step.review.decision or case.review.decision
        act = Act(
            done.act,
            deed.by,
            deed.at,
            done.note,
            decision.rating.value if decision else "",
            step.review.version,
            step.verdict.version if step.verdict else 0,
        )
        await review_record.record(unit, case.review.claim_id, case.site_id, act)
        await audit.append(unit, entry(case, done.act, people, deed.at.isoformat(), **_step_entry(step, decision)))

    async def _decide(self, unit: Unit, case: OpenCase, verdict: Verdict, people: tuple[str, str]) -> None:
        sheet = case.subject.sheet
        await verdicts.append(unit, sheet.site_id, [(verdict, *people)])
        stages = case.waiting.machine.stages if case.waiting.machine else ()
        outcome = outcome_of(verdict, stages)
        await subjects.save_outcomes(unit, sheet.site_id, [subjects.outcome_row(outcome)])
        settled = replace(case.subject, outcomes={**case.subject.outcomes, verdict.claim_id: outcome})
        settled = runs.told(settled, self._outbox.epoch)
        await subjects.save_run(unit, settled)
        await telling.verdict_sheet(unit, settled)
        await self._own_fact_check(unit, case, verdict)

    async def _own_fact_check(self, unit: Unit, case: OpenCase, verdict: Verdict) -> None:
        """Our reviewed verdict joins the archive, so the next article that says the same finds it."""
        sheet = case.subject.sheet
        if not sheet.public:
            return
        fact_check_id = _own_id(case)
        held = (await fact_checks.locked(unit, [fact_check_id])).get(fact_check_id)
        version = (held.version if held else NEVER).next(self._outbox.epoch)
        item = FactCheck(
            fact_check_id=fact_check_id,
            claim=case.waiting.text,
            title=sheet.title,
            claimant=case.waiting.source_name,
            url=sheet.url,
            publisher=case.settings.site_name,
            rating=verdict.rating,
            rating_label=verdict.rating.value.replace("_", " "),
            reviewed_at=verdict.decided_at,
            language=sheet.language,
            own=True,
            withdrawn=verdict.rating is Rating.WITHDRAWN,
            article_id=sheet.article_id,
            claim_id=verdict.claim_id,
        )
        await fact_checks.save(unit, sheet.site_id, [(item, version)])
        unit.emit(contract.fact_check(item, sheet.site_id, version))


def _own_id(case: OpenCase) -> str:
    return str(derived_id("own_fact_check", case.subject.sheet.site_id, case.review.claim_id))


def _decision(case: OpenCase, said: Proposal) -> Decision:
    cited = (citation_of(quote, case.shown.evidence.get(quote.evidence_id)) for quote in said.quotes)
    return Decision(
        rating=_rating(said.rating),
        explanation=said.explanation.strip(),
        citations=tuple(dict.fromkeys(cited)),
        note=said.note.strip(),
        fact_check_id=_own_id(case),
    )


def _rating(name: str) -> Rating:
    try:
        return Rating(name)
    except ValueError as error:
        raise Refused("UNKNOWN_RATING", "There is no such rating.", field="rating") from error


def citation_of(quote: Quote, held: Evidence | None, *, field: str = "citations") -> Citation:
    """The citation of words a person chose. Raises Refused when the snapshot does not say so, there or anywhere."""
    if held is None:
        raise Refused("UNKNOWN_EVIDENCE", "A citation names evidence that is not stored.", field=field)
    try:
        stance = Stance(quote.stance)
    except ValueError as error:
        raise Refused("UNKNOWN_STANCE", "A stance is supports, contradicts or discusses.", field="stance") from error
    if quote.end:
        inside = 0 <= quote.start < quote.end <= len(held.text)
        words = held.text[quote.start : quote.end] if inside else ""
        if not words.strip() or (quote.exact and quote.exact != words):
            raise Refused("NOT_VERBATIM", "A quoted passage is not word for word in its source.", field=field)
        return Citation(held.evidence_id, quote.start, quote.end, words, stance)
    found = place(quote.exact, held, stance)
    if found is None:
        raise Refused("NOT_VERBATIM", "A quoted passage is not word for word in its source.", field=field)
    return found


def _step_entry(step: Step, decision: Decision | None) -> dict[str, Any]:
    """What a step came to, as ids and hashes."""
    return {
        "review_version": step.review.version,
        "state": step.review.state.value,
        "assigned_to": step.review.assigned_to,
        "rating": decision.rating.value if decision else "",
        "explanation_sha256": hashlib.sha256(decision.explanation.encode()).hexdigest() if decision else "",
        "citations": [f"{c.evidence_id}:{c.start}:{c.end}" for c in decision.citations] if decision else [],
        "verdict_version": step.verdict.version if step.verdict else 0,
    }
