"""What people do with claims: each step in one transaction that locks the subject, asks the model, saves and tells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.verification import contract, runs
from services.verification.engine.admissibility import admissible_ids, place
from services.verification.model import (
    Citation,
    Decision,
    Evidence,
    FactCheck,
    Person,
    PolicySettings,
    Rating,
    Shown,
    Stance,
    Step,
    Verdict,
    outcome_of,
    propose,
    second,
    withdraw,
)
from services.verification.model.rechecking import finding_digest
from services.verification.model.subject import Subject, claim_under_check
from services.verification.site_policy import SitePolicy
from services.verification.store import audit, evidence, fact_checks, reviews, subjects, verdicts
from services.verification.store.reviews import Kept, Waiting
from shared.clock import Clock
from shared.errors import Conflict, NotFound, Refused
from shared.events import NEVER
from shared.ids import derived_id
from shared.outbox import Outbox, Unit

FIRST = (datetime.min.replace(tzinfo=UTC), "")


@dataclass(frozen=True, slots=True)
class Quote:
    """Words a person wants to cite, by evidence."""

    evidence_id: str
    exact: str
    stance: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person says of a claim; `version` is the review they looked at."""

    claim_id: str
    rating: str
    explanation: str
    quotes: tuple[Quote, ...]
    version: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One review with everything that was found for its claim."""

    waiting: Waiting
    evidence: dict[str, Evidence]
    latest: Verdict | None


@dataclass(frozen=True, slots=True)
class _Open:
    """A review in hand, its subject locked."""

    subject: Subject
    kept: Kept
    waiting: Waiting
    shown: Shown
    settings: PolicySettings


class Desk:
    """The staff door's operations. `decided` is called after a verdict was committed."""

    def __init__(self, outbox: Outbox, policy: SitePolicy, *, clock: Clock, decided: Callable[[], None]) -> None:
        self._outbox, self._policy, self._clock, self._decided = outbox, policy, clock, decided

    async def waiting(
        self, site_id: UUID, states: Sequence[str], after: tuple[datetime, str] | None, size: int
    ) -> list[Waiting]:
        """Reviews of the site, oldest first. Nothing the machine thinks of a claim leaves it out."""
        return await reviews.waiting(self._outbox.db, site_id, states=states, after=after or FIRST, size=size)

    async def case(self, site_id: UUID, claim_id: str) -> CaseFile:
        """One claim with all that was found. Raises NotFound."""
        db = self._outbox.db
        waiting = await reviews.one(db, site_id, claim_id)
        if waiting is None:
            raise NotFound("review")
        history = await verdicts.history(db, claim_id, site_id)
        found = await evidence.of_ids(db, str(site_id), _named(waiting))
        return CaseFile(waiting, found, history[-1] if history else None)

    async def propose(self, site_id: UUID, by: Person, proposal: Proposal) -> CaseFile:
        """One person's decision; a rating that needs two waits for the other. Raises Refused, Conflict, NotFound."""
        rating = _rating(proposal.rating)
        async with self._outbox.transaction() as unit:
            case = await self._open(unit, site_id, proposal.claim_id)
            review, at = case.kept.review, self._clock.now()
            if rating is Rating.WITHDRAWN:
                reason, seen = proposal.note or proposal.explanation, proposal.version
                step = withdraw(review, reason=reason, by=by, at=at, seen_version=seen, settings=case.settings)
            else:
                step = propose(
                    review,
                    self._decision(case, rating, proposal),
                    by=by,
                    at=at,
                    seen_version=proposal.version,
                    shown=case.shown,
                    settings=case.settings,
                )
            await self._take(unit, case, step, act="propose", people=(by.person_id, ""))
        self._decided()
        return await self.case(site_id, proposal.claim_id)

    async def second(
        self, site_id: UUID, by: Person, claim_id: str, *, agree: bool, note: str, version: int
    ) -> CaseFile:
        """Another person agrees, or sends it back. Raises Conflict for the one who proposed it."""
        async with self._outbox.transaction() as unit:
            case = await self._open(unit, site_id, claim_id)
            first = case.kept.review.proposed_by
            shown = Shown({}, frozenset()) if _withdrawing(case) else case.shown
            step = second(
                case.kept.review,
                agree=agree,
                by=by,
                at=self._clock.now(),
                seen_version=version,
                shown=shown,
                settings=case.settings,
                note=note,
            )
            people = (first.person_id if first else "", by.person_id)
            await self._take(unit, case, step, act="second" if agree else "return", people=people)
        self._decided()
        return await self.case(site_id, claim_id)

    async def _open(self, unit: Unit, site_id: UUID, claim_id: str) -> _Open:
        subject_id = await subjects.of_claim(unit, claim_id, site_id)
        if subject_id is None:
            raise NotFound("review")
        await subjects.lock(unit, subject_id)
        subject = await subjects.load(unit, subject_id)
        kept = (await reviews.of_claims(unit, [claim_id])).get(claim_id)
        waiting = await reviews.one(unit, site_id, claim_id)
        if subject is None or kept is None or waiting is None:
            raise NotFound("review")
        claim = next(each for each in subject.sheet.claims if each.claim_id == claim_id)
        if not claim.active or claim.text_hash != kept.review.text_hash:
            raise Conflict("This claim is no longer in the article.")
        settings = await self._policy.of(unit, str(site_id))
        found = await evidence.of_ids(unit, str(site_id), _named(waiting))
        usable = admissible_ids(found.values(), claim_under_check(subject.sheet, claim), settings)
        return _Open(subject, kept, waiting, Shown(found, usable), settings)

    def _decision(self, case: _Open, rating: Rating, proposal: Proposal) -> Decision:
        return Decision(
            rating=rating,
            explanation=proposal.explanation.strip(),
            citations=tuple(_citation(quote, case.shown.evidence) for quote in proposal.quotes),
            note=proposal.note.strip(),
            fact_check_id=str(derived_id("own_fact_check", case.subject.sheet.site_id, proposal.claim_id)),
        )

    async def _take(self, unit: Unit, case: _Open, step: Step, *, act: str, people: tuple[str, str]) -> None:
        """Save a step; a verdict becomes the claim's outcome, an own fact check and a new verdict sheet."""
        site_id = case.subject.sheet.site_id
        machine = case.waiting.machine
        seen = finding_digest(machine) if step.verdict is not None and machine is not None else case.kept.seen
        await reviews.save(unit, site_id, [Kept(step.review, seen)])
        if step.verdict is not None:
            await self._decide(unit, case, step.verdict, people)
        await audit.append(unit, _audit_entry(case, step, act, people, self._clock.now()))

    async def _decide(self, unit: Unit, case: _Open, verdict: Verdict, people: tuple[str, str]) -> None:
        sheet = case.subject.sheet
        await verdicts.append(unit, sheet.site_id, [(verdict, *people)])
        stages = case.waiting.machine.stages if case.waiting.machine else ()
        outcome = outcome_of(verdict, stages)
        await subjects.save_outcomes(unit, sheet.site_id, [subjects.outcome_row(outcome)])
        settled = replace(case.subject, outcomes={**case.subject.outcomes, verdict.claim_id: outcome})
        settled = runs.told(settled, self._outbox.epoch)
        await subjects.save_run(unit, settled)
        unit.emit(contract.verdict_sheet(settled, await evidence.cited(unit, settled)))
        await self._own_fact_check(unit, case, verdict)

    async def _own_fact_check(self, unit: Unit, case: _Open, verdict: Verdict) -> None:
        """Our reviewed verdict joins the archive, so the next article that says the same finds it."""
        sheet = case.subject.sheet
        if not sheet.public:
            return
        fact_check_id = str(derived_id("own_fact_check", sheet.site_id, verdict.claim_id))
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


def _named(waiting: Waiting) -> set[str]:
    """Every snapshot that was put before the reviewer: what stages found, and what stands cited."""
    named: set[str] = set()
    for outcome in (waiting.machine, waiting.outcome):
        if outcome is not None:
            named |= {citation.evidence_id for citation in outcome.citations}
            named |= {c.evidence_id for stage in outcome.stages for f in stage.findings for c in f.citations}
    if waiting.review.decision is not None:
        named |= {citation.evidence_id for citation in waiting.review.decision.citations}
    return named


def _withdrawing(case: _Open) -> bool:
    decision = case.kept.review.decision
    return decision is not None and decision.rating is Rating.WITHDRAWN


def _rating(name: str) -> Rating:
    try:
        return Rating(name)
    except ValueError as error:
        raise Refused("UNKNOWN_RATING", "There is no such rating.", field="rating") from error


def _citation(quote: Quote, shown: Any) -> Citation:
    held = shown.get(quote.evidence_id)
    if held is None:
        raise Refused("UNKNOWN_EVIDENCE", "A citation names evidence that is not stored.", field="citations")
    try:
        stance = Stance(quote.stance)
    except ValueError as error:
        raise Refused("UNKNOWN_STANCE", "A stance is supports, contradicts or discusses.", field="citations") from error
    found = place(quote.exact, held, stance)
    if found is None:
        raise Refused("NOT_VERBATIM", "A quoted passage is not word for word in its source.", field="citations")
    return found


def _audit_entry(case: _Open, step: Step, act: str, people: tuple[str, str], at: datetime) -> dict[str, Any]:
    """A person's step as ids and hashes: who, on which words, citing what."""
    decision = step.review.decision or case.kept.review.decision
    return {
        "act": act,
        "at": at.isoformat(),
        "site": case.subject.sheet.site_id,
        "subject": case.subject.sheet.subject_id,
        "claim": case.waiting.review.claim_id,
        "text": step.review.text_hash,
        "people": list(people),
        "review_version": step.review.version,
        "rating": decision.rating.value if decision else "",
        "explanation_sha256": hashlib.sha256(decision.explanation.encode()).hexdigest() if decision else "",
        "citations": [f"{c.evidence_id}:{c.start}:{c.end}" for c in decision.citations] if decision else [],
        "verdict_version": step.verdict.version if step.verdict else 0,
        "policy_version": case.settings.version,
    }
