"""Texts and claims that partners send in: read, stored, told, answered; each once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from plumbline.partner.v1 import claim_service_pb2 as pb

from services.claim_extraction import contract, store
from services.claim_extraction.asked import Sent, blocks_of, whole_block
from services.claim_extraction.handlers import Judge, sent_in
from services.claim_extraction.known import Alike, KnownClaims
from services.claim_extraction.model import (
    Block,
    Claim,
    ClaimKind,
    ClaimOrigin,
    ClaimSheet,
    ClaimState,
    Findings,
    Reading,
    Subject,
    SubjectKind,
    settle_claims,
)
from services.claim_extraction.partner_wire import partner_claim
from shared.clock import Clock
from shared.errors import Refused
from shared.events import NEVER
from shared.ids import derived_id
from shared.outbox import Outbox
from shared.partner_keys import Caller

Read = Callable[[Sequence[Block], datetime, str], Awaitable[Findings]]
"""The claims of blocks: (blocks, moment relative dates count from, language stated)."""

SHOWN = 0.7
MOST_SHOWN = 5


class Submitting:
    """What ClaimService does with what it is given."""

    def __init__(self, outbox: Outbox, clock: Clock, known: KnownClaims, *, read: Read, judge: Judge) -> None:
        self._outbox, self._clock, self._known = outbox, clock, known
        self._read, self._judge = read, judge

    async def text(self, sent: Sent, caller: Caller) -> pb.SubmitTextResponse:
        """A text becomes a subject of its own. Raises Refused when the request's id stands for other content."""
        about = _subject(sent, caller, SubjectKind.TEXT)
        if (known := await self._answered(sent, about)) is not None:
            return pb.SubmitTextResponse.FromString(known)
        now, blocks = self._clock.now(), blocks_of(sent.text)
        found = await self._read(blocks, sent.published_at or now, sent.language)
        sheet = settle_claims(
            ClaimSheet(about.subject_id, about.site_id),
            found,
            article_version=NEVER.next(self._outbox.epoch),
            blocks=blocks,
            new_id=lambda key: str(derived_id("claim", about.subject_id, key)),
        )
        claims = tuple(replace(claim, origin=ClaimOrigin.PARTNER) for claim in sheet.claims)
        answer = pb.SubmitTextResponse(
            subject=f"subjects/{about.subject_id}",
            language=sheet.language,
            note=sheet.note,
            claims=await self.shown(claims, about.subject_id, about.site_id),
        )
        reading = Reading(blocks, (sent.published_at or now).date())
        kept = await self._keep(sent, about, replace(sheet, claims=claims), reading, answer.SerializeToString())
        return pb.SubmitTextResponse.FromString(kept)

    async def claim(self, sent: Sent, caller: Caller) -> pb.SubmitClaimResponse:
        """A claim becomes a subject of its own; what is known and like it comes with the answer. Raises Refused when the
        request's id stands for other content."""
        about = _subject(sent, caller, SubjectKind.CLAIM)
        if (known := await self._answered(sent, about)) is not None:
            return pb.SubmitClaimResponse.FromString(known)
        block, now = whole_block(sent.text), self._clock.now()
        found = await self._judge(block, sent.published_at or now, sent.language, sent.claimant)
        sheet = sent_in(ClaimSheet(about.subject_id, about.site_id), found, ClaimOrigin.PARTNER)
        sheet = replace(sheet, article_version=NEVER.next(self._outbox.epoch))
        (shown,) = await self.shown(sheet.claims, about.subject_id, about.site_id)
        answer = pb.SubmitClaimResponse(
            subject=f"subjects/{about.subject_id}", language=sheet.language, note=sheet.note, claim=shown
        )
        reading = Reading((block,), (sent.published_at or now).date())
        kept = await self._keep(sent, about, sheet, reading, answer.SerializeToString())
        return pb.SubmitClaimResponse.FromString(kept)

    async def shown(self, claims: Sequence[Claim], subject_id: str, site_id: str) -> list[pb.Claim]:
        """Claims in partners' words, each with what is known and like it."""
        statements = [claim for claim in claims if claim.kind is ClaimKind.STATEMENT]
        alike = await self._known.like(site_id, [claim.text for claim in statements])
        near = [[each for each in one if each.same or each.similarity >= SHOWN][:MOST_SHOWN] for one in alike]
        standing = await self._standing({each for one in near for each in one})
        known = {
            claim.claim_id: [each for each in one if each.known.fact_check or each.known.known_id in standing]
            for claim, one in zip(statements, near, strict=True)
        }
        return [partner_claim(claim, subject_id, known.get(claim.claim_id, ())) for claim in claims]

    async def _standing(self, found: set[Alike]) -> set[str]:
        """Of the claims found, those that stand in a published article today."""
        articles = sorted({each.known.subject_id for each in found if not each.known.fact_check})
        sheets = await store.sheets(self._outbox.db, articles) if articles else []
        return {claim.claim_id for sheet in sheets for claim in sheet.claims if claim.state is ClaimState.ACTIVE}

    async def _answered(self, sent: Sent, about: Subject) -> bytes | None:
        """What this request was answered before. Raises Refused when it was another."""
        before = await store.answered(self._outbox.db, about.subject_id)
        if before is None:
            return None
        content, answer = before
        if content != sent.content_sha256:
            raise Refused(
                "ALREADY_EXISTS",
                "request_id was used for other content; choose a new one.",
                field="request_id",
                status=409,
            )
        return answer

    async def _keep(self, sent: Sent, about: Subject, sheet: ClaimSheet, reading: Reading, answer: bytes) -> bytes:
        """Subject, event and answer in one transaction; a twin that came first has the say."""
        sheet = replace(sheet, version=NEVER.next(self._outbox.epoch))
        event = contract.claim_sheet(sheet, about)
        told = event.message.SerializeToString(deterministic=True)
        async with self._outbox.transaction() as unit:
            kept = await store.send_in(unit, sheet, about, reading, told, content=sent.content_sha256, answer=answer)
            if kept:
                unit.emit(event)
        if kept:
            return answer
        before = await self._answered(sent, about)
        assert before is not None, "who came first has committed"
        return before


def _subject(sent: Sent, caller: Caller, kind: SubjectKind) -> Subject:
    """One subject for each request of a partner, whichever method it came by."""
    site_id = str(caller.site_id)
    return Subject(
        subject_id=str(derived_id("subject", site_id, "partner", caller.partner_id, sent.request_id)),
        site_id=site_id,
        kind=kind,
        owner=caller.partner_id,
        title=sent.title,
        url=sent.url,
        published_at=sent.published_at,
    )
