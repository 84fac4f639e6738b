"""A claim as the desk works on it: everything that was found, put before it, said and done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.verification.engine.admissibility import inadmissible
from services.verification.model import Evidence, PolicySettings, Review, Shown, Verdict
from services.verification.model.subject import Subject, claim_under_check
from services.verification.site_policy import SitePolicy
from services.verification.store import evidence, review_record, reviews, subjects, verdicts
from services.verification.store.review_record import Act, AddedSource, KeptQuote
from services.verification.store.reviews import Kept, Waiting
from shared.errors import Conflict, NotFound
from shared.outbox import Unit
from shared.postgres import Sql


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One claim with everything that was found for it. `refused` says of each text that may not be evidence why."""

    waiting: Waiting
    evidence: Mapping[str, Evidence]
    refused: Mapping[str, str]
    history: list[Verdict]
    acts: list[Act]
    sources: list[AddedSource]
    quotes: list[KeptQuote]


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A claim in hand, its subject locked."""

    subject: Subject
    kept: Kept
    waiting: Waiting
    shown: Shown
    settings: PolicySettings

    @property
    def review(self) -> Review:
        return self.kept.review

    @property
    def site_id(self) -> UUID:
        return UUID(self.subject.sheet.site_id)


class Cases:
    """Reads and opens claims for the people of a site."""

    def __init__(self, policy: SitePolicy) -> None:
        self._policy = policy

    async def load(self, sql: Sql, site_id: UUID, claim_id: str) -> CaseFile:
        """One claim with all that was found. Raises NotFound."""
        waiting = await reviews.one(sql, site_id, claim_id) if claim_id else None
        subject = await subjects.load(sql, waiting.subject_id) if waiting else None
        if waiting is None or subject is None:
            raise NotFound("review")
        history = await verdicts.history(sql, claim_id, site_id)
        sources = await review_record.sources_of(sql, claim_id, site_id)
        quotes = await review_record.quotes_of(sql, claim_id, site_id)
        ids = _named(waiting) | _put_before(sources, quotes) | {c.evidence_id for v in history for c in v.citations}
        found = await evidence.of_ids(sql, str(site_id), ids)
        settings = await self._policy.of(sql, str(site_id))
        refused = _refused(found, subject, claim_id, settings)
        acts = await review_record.acts_of(sql, claim_id, site_id)
        return CaseFile(waiting, found, refused, history, acts, sources, quotes)

    async def open(self, unit: Unit, site_id: UUID, claim_id: str) -> OpenCase:
        """The claim, locked for a step. Raises NotFound, and Conflict when the article does not make it any more."""
        subject_id = await subjects.of_claim(unit, claim_id, site_id)
        if subject_id is None:
            raise NotFound("review")
        await subjects.lock(unit, subject_id)
        subject = await subjects.load(unit, subject_id)
        held = (await reviews.of_claims(unit, [claim_id])).get(claim_id)
        waiting = await reviews.one(unit, site_id, claim_id)
        if subject is None or waiting is None:
            raise NotFound("review")
        claim = next(each for each in subject.sheet.claims if each.claim_id == claim_id)
        kept = held or Kept(waiting.review)
        if not claim.active or claim.text_hash != kept.review.text_hash:
            raise Conflict("This claim is no longer in the article.", field="claim_id")
        settings = await self._policy.of(unit, str(site_id))
        sources = await review_record.sources_of(unit, claim_id, site_id)
        quotes = await review_record.quotes_of(unit, claim_id, site_id)
        latest = subject.verdicts.get(claim_id)
        standing = latest if latest and latest.text_hash == kept.review.text_hash else None
        ids = (
            _named(waiting)
            | _put_before(sources, quotes)
            | {c.evidence_id for c in (latest.citations if latest else ())}
        )
        found = await evidence.of_ids(unit, str(site_id), ids)
        usable = frozenset(found) - frozenset(_refused(found, subject, claim_id, settings))
        return OpenCase(subject, _numbered(kept, latest), waiting, Shown(found, usable, standing), settings)


def _numbered(kept: Kept, latest: Verdict | None) -> Kept:
    """The next verdict follows the last one, also where the machine reached that alone."""
    number = max(kept.review.verdict_version, latest.version if latest else 0)
    return replace(kept, review=replace(kept.review, verdict_version=number))


def _refused(
    found: Mapping[str, Evidence], subject: Subject, claim_id: str, settings: PolicySettings
) -> dict[str, str]:
    claim = next(each for each in subject.sheet.claims if each.claim_id == claim_id)
    checked = claim_under_check(subject.sheet, claim)
    reasons = {each: inadmissible(item, checked, settings) for each, item in found.items()}
    return {each: reason for each, reason in reasons.items() if reason}


def _put_before(sources: list[AddedSource], quotes: list[KeptQuote]) -> set[str]:
    added = {each.evidence_id for each in sources if each.evidence_id}
    return added | {each.citation.evidence_id for each in quotes}


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


def entry(case: OpenCase, act: str, people: tuple[str, str], at: str, **more: Any) -> dict[str, Any]:
    """A person's act in the audit, as ids and hashes: who, on which words."""
    return {
        "act": act,
        "at": at,
        "site": case.subject.sheet.site_id,
        "subject": case.subject.sheet.subject_id,
        "claim": case.review.claim_id,
        "text": case.review.text_hash,
        "people": list(people),
        "policy_version": case.settings.version,
        **more,
    }
