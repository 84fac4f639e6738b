"""The job that checks a subject: look up, compare, decide; then one transaction that saves and tells, or nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np

from services.verification import contract, rechecks, runs
from services.verification.archive_index import ArchiveIndex
from services.verification.engine.assessing import Found, assess, basis_of, of_itself, unfinished
from services.verification.engine.matching import Match
from services.verification.gathering import Gathered, Gatherer
from services.verification.model import Claim, Evidence, FactCheck, Outcome, PolicySettings, Verdict
from services.verification.model.affected import Basis, Change
from services.verification.model.rechecking import after_check, finding_digest, machine_verdict, review_after_check
from services.verification.model.subject import SheetClaim, Subject, claim_under_check
from services.verification.site_policy import SitePolicy
from services.verification.store import audit, bases, evidence, fact_checks, reviews, subjects, verdicts
from services.verification.store.evidence import Page
from shared.inbox import Work
from shared.outbox import Outbox, Unit

NEAREST = 5
PROGRESS_SECONDS = 1.0


@dataclass(frozen=True)
class Checked:
    """What one run found: the machine's outcome of each claim, what it was given, and the pages it tried."""

    settings: PolicySettings
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: tuple[Page, ...] = ()
    changed_pages: frozenset[str] = frozenset()  # addresses that gave other words than before
    bases: dict[str, Basis] = field(default_factory=dict)
    vectors: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # text hash and vector of each claim
    model_hash: str = ""


@dataclass(frozen=True)
class Lookups:
    """Everything looked up for a run before the first claim is assessed."""

    matches: dict[str, list[Match]]
    fact_checks: dict[str, FactCheck]
    same: dict[str, list[FactCheck]]
    gathered: Gathered
    held: dict[str, Evidence]
    links: tuple[str, ...]


class Checker:
    """Runs rounds of checks. `claim_seconds` bounds the comparison of one claim; fetching has a budget of its own."""

    def __init__(
        self,
        *,
        index: ArchiveIndex,
        gatherer: Gatherer,
        policy: SitePolicy,
        outbox: Outbox,
        off_loop: Callable[..., Awaitable[Any]],
        claim_seconds: float = 20.0,
    ) -> None:
        self._index, self._gatherer, self._policy = index, gatherer, policy
        self._outbox, self._off_loop, self._claim_seconds = outbox, off_loop, claim_seconds

    async def check_subject(self, payload: bytes, work: Work) -> None:
        """One round over a subject. When a newer sheet or request took over meanwhile, that round's job decides."""
        asked = runs.asked(payload)
        if await work.seen():
            return
        subject = await subjects.load(work.db, asked.subject_id)
        if not _current(subject, asked.run_id):
            return
        assert subject is not None
        checked = await self._check(subject)
        async with work.once() as tx:
            await subjects.lock(tx, asked.subject_id)
            now = await subjects.load(tx, asked.subject_id)
            if now is not None and _current(now, asked.run_id):
                await _settle(tx, now, checked, work)

    async def _check(self, subject: Subject) -> Checked:
        settings = await self._policy.of(self._outbox.db, subject.sheet.site_id)
        asked = subject.to_check
        claims = {each.claim_id: claim_under_check(subject.sheet, each) for each in asked}
        looked = await self._look_up(subject, claims, settings)
        checked = Checked(
            settings,
            pages=looked.gathered.tried,
            changed_pages=looked.gathered.changed,
            vectors=await self._vectors(claims),
            model_hash=self._index.model_hash,
        )
        told = time.monotonic()
        for done, each in enumerate(asked):
            if time.monotonic() - told >= PROGRESS_SECONDS:
                await self._tell_progress(subject, done, len(asked))
                told = time.monotonic()
            claim, found = claims[each.claim_id], self._found(each, looked)
            checked.outcomes[each.claim_id] = await self._assess(claim, found, settings)
            checked.inputs[each.claim_id] = _inputs(found, settings)
            checked.bases[each.claim_id] = basis_of(claim, found, settings, self._asked(each, looked))
        return checked

    async def _vectors(self, claims: dict[str, Claim]) -> dict[str, tuple[str, bytes]]:
        """What a later fact check is held against; the matching has made these vectors already."""
        made = await self._off_loop(self._index.claim_vectors, [claim.text for claim in claims.values()])
        kept = zip(claims.values(), np.asarray(made, np.float16), strict=True)
        return {claim.claim_id: (claim.text_hash, vector.tobytes()) for claim, vector in kept}

    @staticmethod
    def _asked(claim: SheetClaim, looked: Lookups) -> list[str]:
        """The addresses whose answers may bear on a claim."""
        return [*looked.links, *(item.url for item in looked.same[claim.claim_id] if not item.own)]

    async def _look_up(self, subject: Subject, claims: dict[str, Claim], settings: PolicySettings) -> Lookups:
        sheet, db = subject.sheet, self._outbox.db
        texts = [claim.text for claim in claims.values()]
        found = await self._index.match(sheet.site_id, texts, NEAREST)
        matches = dict(zip(claims, found, strict=True))
        near = {match.fact_check_id for each in found for match in each}
        known = await fact_checks.of_ids(db, sheet.site_id, near) if near else {}
        same = {
            claim_id: [known[m.fact_check_id] for m in each if _carries(m, known, claims[claim_id], settings)]
            for claim_id, each in matches.items()
        }
        checked_before = {item.fact_check_id: item for each in same.values() for item in each}.values()
        reviewed = {item.url for item in known.values()}
        links = tuple(link for link in sheet.links if link != sheet.url and link not in reviewed)
        wanted = [*links, *(item.url for item in checked_before if not item.own)]
        every = subject.run is not None and subject.run.every
        gathered = await self._gatherer.gather(db, sheet.site_id, wanted, anew=every)
        cited = {c.evidence_id for item in checked_before for c in item.citations}
        held = await evidence.of_ids(db, sheet.site_id, cited)
        return Lookups(matches, known, same, gathered, held, links)

    def _found(self, claim: SheetClaim, looked: Lookups) -> Found:
        checks = {m.fact_check_id: looked.fact_checks.get(m.fact_check_id) for m in looked.matches[claim.claim_id]}
        known: dict[str, FactCheck] = {}
        pages: list[Evidence] = []
        for fact_check_id, item in checks.items():
            if item is not None:
                page = looked.gathered.page(item.url)
                known[fact_check_id] = replace(item, evidence_id=page.evidence_id if page else "")
                pages += [page] if page else []
        return Found(
            matches=looked.matches[claim.claim_id],
            fact_checks=known,
            sources=looked.gathered.evidence(looked.links),
            held=(*pages, *looked.held.values()),
            retrieval=looked.gathered.status(self._asked(claim, looked)),
            report=claim.report,
            model_hash=self._index.model_hash,
        )

    async def _assess(self, claim: Claim, found: Found, settings: PolicySettings) -> Outcome:
        try:
            async with asyncio.timeout(self._claim_seconds):
                outcome: Outcome = await self._off_loop(partial(assess, claim, found, settings))
                return outcome
        except TimeoutError:
            return unfinished(claim, found, settings, "the time for this claim was spent")

    async def _tell_progress(self, subject: Subject, done: int, total: int) -> None:
        assert subject.run is not None
        async with self._outbox.transaction() as unit:
            unit.emit(contract.verdict_progress(subject, subject.run, done, total))


def _current(subject: Subject | None, run_id: str) -> bool:
    return subject is not None and subject.run is not None and subject.run.run_id == run_id


def _carries(match: Match, known: dict[str, FactCheck], claim: Claim, settings: PolicySettings) -> bool:
    """Whether a match is the same claim, so that what it stands on has to be at hand."""
    check = known.get(match.fact_check_id)
    near = match.same and match.similarity >= settings.match_similarity
    return near and check is not None and not of_itself(claim, check)


def _inputs(found: Found, settings: PolicySettings) -> dict[str, Any]:
    """What decided, by name: enough to run the same decision again."""
    return {
        "evidence": sorted(found.evidence),
        "fact_checks": sorted(found.fact_checks),
        "model_sha256": found.model_hash,
        "policy_version": settings.version,
    }


async def _settle(tx: Unit, now: Subject, checked: Checked, work: Work) -> None:
    """Save what a run found and tell it. People's verdicts stay; what disagrees with them goes back to people."""
    site_id, at = now.sheet.site_id, work.clock.now()
    assert now.run is not None
    run_id = now.run.run_id
    await evidence.save(tx, site_id, [page.evidence for page in checked.pages if page.evidence is not None], at=at)
    await evidence.save_pages(tx, site_id, checked.pages)
    shown, decided = _shown(now, checked, at)
    await verdicts.append(tx, site_id, [(verdict, "", "") for verdict in decided])
    found = [(machine, checked.inputs[claim_id]) for claim_id, machine in checked.outcomes.items()]
    await verdicts.keep_assessments(tx, site_id, run_id, found, at=at)
    rows = [subjects.outcome_row(shown[claim_id], machine) for claim_id, machine in checked.outcomes.items()]
    await subjects.save_outcomes(tx, site_id, rows)
    await bases.save(tx, site_id, checked.model_hash, checked.bases, checked.vectors)
    if checked.changed_pages:
        await rechecks.ask(tx, Change(site_id, pages=checked.changed_pages))
    await _open_reviews(tx, site_id, shown, checked, work)
    settled = runs.finished(replace(now, outcomes={**now.outcomes, **shown}), at=at)
    if now.run.attempt == 0 or runs.says_more(now, settled):
        settled = runs.told(settled, work.epoch)
        tx.emit(contract.verdict_sheet(settled, await evidence.cited(tx, settled)))
    await subjects.save_run(tx, settled)
    if settled.run is not None:
        delay = settled.run.started_at - at
        await tx.enqueue(runs.CHECK, runs.payload(settled), dedupe_key=settled.run.run_id, delay=delay)
    await audit.append(tx, _audit_entry(settled, run_id, checked, at))


def _shown(now: Subject, checked: Checked, at: datetime) -> tuple[dict[str, Outcome], list[Verdict]]:
    """The outcomes to show, and the verdicts the policy let the machine reach alone."""
    shown: dict[str, Outcome] = {}
    decided: list[Verdict] = []
    for claim_id, machine in checked.outcomes.items():
        latest = now.verdicts.get(claim_id)
        outcome = after_check(now.outcomes.get(claim_id), machine)
        verdict = machine_verdict(outcome, latest, at=at, settings=checked.settings)
        if verdict is not None:
            decided.append(verdict)
        standing = verdict or latest
        shown[claim_id] = replace(outcome, verdict_version=standing.version) if standing else outcome
    return shown, decided


async def _open_reviews(tx: Unit, site_id: str, shown: dict[str, Outcome], checked: Checked, work: Work) -> None:
    held = await reviews.of_claims(tx, list(shown))
    opened: list[reviews.Kept] = []
    for claim_id, outcome in shown.items():
        kept = held.get(claim_id)
        review, seen = (kept.review, kept.seen) if kept else (None, "")
        after = review_after_check(review, seen, outcome, checked.outcomes[claim_id], at=work.clock.now())
        if after is not None:
            opened.append(reviews.Kept(after, seen))
    await reviews.save(tx, site_id, opened)


def _audit_entry(settled: Subject, run_id: str, checked: Checked, at: datetime) -> dict[str, Any]:
    """A run in the audit: which words were judged on which evidence, and what came out, as ids and hashes."""
    return {
        "act": "check",
        "at": at.isoformat(),
        "site": settled.sheet.site_id,
        "subject": settled.sheet.subject_id,
        "claims_version": str(settled.sheet.version),
        "run": run_id,
        "claims": {
            claim_id: {"text": machine.text_hash, "found": finding_digest(machine), **checked.inputs[claim_id]}
            for claim_id, machine in checked.outcomes.items()
        },
    }
