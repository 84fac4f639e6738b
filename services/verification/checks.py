"""The job that checks a subject: look up, compare, decide; then one transaction that saves and tells, or nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np

from services.verification import archive, contract, runs
from services.verification.archive_index import ArchiveIndex
from services.verification.connected import Answers, Connected, retrieval, with_added
from services.verification.connectors.asking import Sources
from services.verification.engine.addresses import canonical_url
from services.verification.engine.agreement import AgreementModel
from services.verification.engine.assessing import Found, assess, basis_of, of_itself, unfinished
from services.verification.engine.matching import Match
from services.verification.gathering import Gathered, Gatherer
from services.verification.model import Claim, Evidence, FactCheck, Outcome, PolicySettings
from services.verification.model.subject import SheetClaim, Subject, claim_under_check
from services.verification.plugins.consulting import Consultation, Plugins
from services.verification.settling import Checked, settle
from services.verification.site_policy import SitePolicy
from services.verification.store import evidence, fact_checks, review_record, subjects
from services.verification.store.codec import Case
from shared.inbox import Work
from shared.outbox import Outbox

NEAREST = 5
PROGRESS_SECONDS = 1.0


@dataclass(frozen=True)
class Lookups:
    """Everything looked up for a run before the first claim is assessed."""

    matches: dict[str, list[Match]]
    fact_checks: dict[str, FactCheck]
    same: dict[str, list[FactCheck]]
    gathered: Gathered
    held: dict[str, Evidence]
    links: tuple[str, ...]
    answers: Answers
    added: dict[str, list[Evidence]]  # what people put before each claim


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
        sources: Sources | None = None,
        plugins: Plugins | None = None,
        claim_seconds: float = 20.0,
        seconds: Callable[[], float] = time.monotonic,
        agreement: AgreementModel | None = None,
    ) -> None:
        self._index, self._gatherer, self._policy = index, gatherer, policy
        self._plugins = plugins or Plugins()
        self._connected = Connected(sources or Sources(()), self._keep_reviews)
        self._outbox, self._off_loop, self._claim_seconds = outbox, off_loop, claim_seconds
        self._agreement, self._seconds = agreement, seconds

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
                await settle(tx, now, checked, work)

    async def _check(self, subject: Subject) -> Checked:
        settings = await self._policy.of(self._outbox.db, subject.sheet.site_id)
        asked = subject.to_check
        claims = {each.claim_id: claim_under_check(subject.sheet, each) for each in asked}
        looked = await self._look_up(subject, claims, settings)
        checked = Checked(
            settings,
            pages=looked.gathered.tried,
            documents=looked.answers.every_document,
            changed_pages=looked.gathered.changed,
            vectors=await self._vectors({each.claim_id: claims[each.claim_id] for each in asked if not each.report}),
            model_hash=self._index.model_hash,
        )
        found = {each.claim_id: self._found(each, looked) for each in asked}
        found = await self._with_proposals(subject, claims, found, settings)
        told = self._seconds()
        for done, each in enumerate(asked):
            if self._seconds() - told >= PROGRESS_SECONDS:
                await self._tell_progress(subject, done, len(asked))
                told = self._seconds()
            claim, here = claims[each.claim_id], found[each.claim_id]
            checked.outcomes[each.claim_id] = await self._assess(claim, here, settings)
            checked.inputs[each.claim_id] = _inputs(here, settings)
            sources = tuple(item.evidence_id for item in here.sources)
            checked.cases[each.claim_id] = Case(claim, settings, sources, here.report)
            checked.bases[each.claim_id] = basis_of(claim, here, settings, self._asked(each, looked))
        return checked

    async def _vectors(self, claims: dict[str, Claim]) -> dict[str, tuple[str, bytes]]:
        """What a later fact check is held against; the matching has made these vectors already. Nothing is held against
        "X said P": that it was said is not what fact checks are about."""
        made = await self._off_loop(self._index.claim_vectors, [claim.text for claim in claims.values()])
        kept = zip(claims.values(), np.asarray(made, np.float16), strict=True)
        return {claim.claim_id: (claim.text_hash, vector.tobytes()) for claim, vector in kept}

    @staticmethod
    def _asked(claim: SheetClaim, looked: Lookups) -> list[str]:
        """The addresses whose answers may bear on a claim."""
        return [*_own_pages(claim, looked), *looked.answers.urls(claim.claim_id)]

    async def _keep_reviews(self, site_id: str, batch: dict[str, FactCheck]) -> None:
        """What a connector says others checked, as if it had been imported; this round already matches it."""
        await archive.keep(self._outbox, UUID(site_id), batch)
        await self._index.catch_up()

    async def _look_up(self, subject: Subject, claims: dict[str, Claim], settings: PolicySettings) -> Lookups:
        sheet, db = subject.sheet, self._outbox.db
        every = subject.run is not None and subject.run.every
        answers = await self._connected.ask(sheet, claims, settings.own_domains, anew=every)
        matches = await self._matches(subject, claims, settings)
        near = {match.fact_check_id for each in matches.values() for match in each}
        known = await fact_checks.of_ids(db, sheet.site_id, near) if near else {}
        same = {
            claim_id: [known[m.fact_check_id] for m in each if _carries(m, known, claims[claim_id], settings)]
            for claim_id, each in matches.items()
        }
        checked_before = {item.fact_check_id: item for each in same.values() for item in each}.values()
        reviewed = {item.url for item in known.values()}
        links = tuple(link for link in sheet.links if link != sheet.url and link not in reviewed)
        wanted = [*links, *(item.url for item in checked_before if not item.own), *answers.wanted]
        gathered = await self._gatherer.gather(db, sheet.site_id, wanted, anew=every, dates=answers.dates)
        cited = {c.evidence_id for item in checked_before for c in item.citations}
        held = await evidence.of_ids(db, sheet.site_id, cited)
        added = await review_record.evidence_before(db, list(claims), UUID(sheet.site_id))
        return Lookups(matches, known, same, gathered, held, links, answers, added)

    async def _matches(
        self, subject: Subject, claims: dict[str, Claim], settings: PolicySettings
    ) -> dict[str, list[Match]]:
        """The nearest fact checks of each claim; none of "X said P", and none is read that the policy has too far."""
        wanted = [each.claim_id for each in subject.to_check if not each.report]
        texts = [claims[claim_id].text for claim_id in wanted]
        least = settings.match_similarity
        found = await self._index.match(subject.sheet.site_id, texts, NEAREST, least=least)
        return {**{claim_id: [] for claim_id in claims}, **dict(zip(wanted, found, strict=True))}

    def _found(self, claim: SheetClaim, looked: Lookups) -> Found:
        checks = {m.fact_check_id: looked.fact_checks.get(m.fact_check_id) for m in looked.matches[claim.claim_id]}
        known: dict[str, FactCheck] = {}
        pages: list[Evidence] = []
        for fact_check_id, item in checks.items():
            if item is not None:
                page = looked.gathered.page(item.url)
                evidence_id = page.evidence_id if page else ""
                known[fact_check_id] = (
                    item if item.evidence_id == evidence_id else replace(item, evidence_id=evidence_id)
                )
                pages += [page] if page else []
        lookups = looked.answers.lookups(claim.claim_id, looked.gathered)
        read = looked.gathered.evidence([*looked.links, *_leads(claim, looked, known.values())])
        added = looked.added.get(claim.claim_id, [])
        documents = {item.evidence_id: item for item in (*looked.answers.documents(claim.claim_id), *added)}
        return Found(
            matches=looked.matches[claim.claim_id],
            fact_checks=known,
            sources=list({item.evidence_id: item for item in (*read, *documents.values())}.values()),
            held=(*pages, *looked.held.values()),
            retrieval=with_added(retrieval(looked.gathered.status(_own_pages(claim, looked)), lookups), len(added)),
            lookups=lookups,
            report=claim.report,
            agreement=self._agreement,
            model_hash=self._index.model_hash,
        )

    async def _with_proposals(
        self, subject: Subject, claims: dict[str, Claim], found: dict[str, Found], settings: PolicySettings
    ) -> dict[str, Found]:
        """What was found with what the plug-ins make of it. Whether somebody said something is not theirs to judge."""
        public = subject.sheet.public
        cases = {
            claim_id: Consultation(claims[claim_id], here.sources, settings, public, subject.sheet.site_id)
            for claim_id, here in found.items()
            if not here.report
        }
        proposed = await self._plugins.round(cases)
        return {claim_id: replace(here, proposals=proposed.get(claim_id, ())) for claim_id, here in found.items()}

    async def _assess(self, claim: Claim, found: Found, settings: PolicySettings) -> Outcome:
        try:
            async with asyncio.timeout(self._claim_seconds):
                outcome: Outcome = await self._off_loop(partial(assess, claim, found, settings, self._seconds))
                return outcome
        except TimeoutError:
            return unfinished(claim, found, settings, "the time for this claim was spent")

    async def _tell_progress(self, subject: Subject, done: int, total: int) -> None:
        assert subject.run is not None
        async with self._outbox.transaction() as unit:
            unit.emit(contract.verdict_progress(subject, subject.run, done, total))


def _own_pages(claim: SheetClaim, looked: Lookups) -> list[str]:
    """The addresses the subject itself, and what is known of the claim, lead to."""
    return [*looked.links, *(item.url for item in looked.same[claim.claim_id] if not item.own)]


def _leads(claim: SheetClaim, looked: Lookups, known: Iterable[FactCheck]) -> list[str]:
    """The pages connectors named, without those of fact checks: these repeat the claim they examine."""
    reviewed = {canonical_url(item.url) for item in known}
    return [url for url in looked.answers.urls(claim.claim_id) if canonical_url(url) not in reviewed]


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
