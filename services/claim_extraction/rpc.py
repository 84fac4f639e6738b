"""The partner door: texts and claims sent in, and what came of them. A partner sees its own alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from plumbline.partner.v1 import claim_service_pb2 as pb
from plumbline.partner.v1 import claim_service_pb2_grpc

from services.claim_extraction import asked, store
from services.claim_extraction.model import ClaimSheet
from services.claim_extraction.partner_wire import partner_claim, passing_claim
from services.claim_extraction.submitting import Read, Submitting
from shared.clock import Clock
from shared.errors import NotFound
from shared.grpc import CALLER, Rpc
from shared.paging import Pages, page_size
from shared.postgres import Database

SERVICE = "plumbline.partner.v1.ClaimService"
READ, WRITE = "claims.read", "claims.write"
ALL = "subjects/-"
Dated = list[tuple[ClaimSheet, datetime]]
_LAST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))


def claim_rpc(db: Database, submitting: Submitting, read: Read, clock: Clock, *, secret: bytes) -> Rpc:
    """The service for a partner door."""
    servicer = Claims(db, submitting, read, clock, Pages(secret))
    return Rpc(
        SERVICE,
        lambda server: claim_service_pb2_grpc.add_ClaimServiceServicer_to_server(servicer, server),
        {"SubmitText": WRITE, "SubmitClaim": WRITE, "ExtractClaims": READ, "GetClaim": READ, "ListClaims": READ},
    )


class Claims(claim_service_pb2_grpc.ClaimServiceServicer):
    """ClaimService. Models run off the event loop; Kafka is not needed for an answer."""

    def __init__(self, db: Database, submitting: Submitting, read: Read, clock: Clock, pages: Pages) -> None:
        self._db, self._submitting, self._read = db, submitting, read
        self._clock, self._pages = clock, pages

    async def SubmitText(self, request: pb.SubmitTextRequest, context: Any) -> pb.SubmitTextResponse:
        return await self._submitting.text(asked.text_of(request), CALLER.get())

    async def SubmitClaim(self, request: pb.SubmitClaimRequest, context: Any) -> pb.SubmitClaimResponse:
        return await self._submitting.claim(asked.claim_of(request), CALLER.get())

    async def ExtractClaims(
        self, request: pb.ExtractClaimsRequest, context: Any
    ) -> AsyncIterator[pb.ExtractClaimsResponse]:
        """One summary, then the claims in reading order."""
        sent = asked.passing_text_of(request)
        found = await self._read(asked.blocks_of(sent.text), sent.published_at or self._clock.now(), sent.language)
        yield pb.ExtractClaimsResponse(
            summary=pb.ExtractionSummary(
                language=found.language, note=found.note, sentences=found.sentences, claims=len(found.claims)
            )
        )
        places = {claim.key: at for at, claim in enumerate(found.claims)}
        for claim in found.claims:
            yield pb.ExtractClaimsResponse(claim=passing_claim(claim, places))

    async def GetClaim(self, request: pb.GetClaimRequest, context: Any) -> pb.Claim:
        """With what is known and like it today."""
        subject_id, claim_id = asked.claim_named(request.name)
        caller = CALLER.get()
        sheet = await store.own_sheet(self._db, subject_id, caller.site_id, caller.partner_id)
        claim = sheet.claim(claim_id) if sheet else None
        if claim is None:
            raise NotFound("claim")
        (shown,) = await self._submitting.shown([claim], str(subject_id), str(caller.site_id))
        return shown

    async def ListClaims(self, request: pb.ListClaimsRequest, context: Any) -> pb.ListClaimsResponse:
        """Subjects newest first, the claims of each as they stand in its text."""
        size, caller = page_size(request.page_size), CALLER.get()
        question = [str(caller.site_id), caller.partner_id, request.parent]
        place = self._pages.place(question, request.page_token)
        if request.parent == ALL:
            before = (datetime.fromisoformat(place[0]), UUID(place[1])) if place else _LAST
            sheets = await store.own_sheets(self._db, caller.site_id, caller.partner_id, before=before, limit=size + 1)
        else:
            sheets = await self._one(asked.subject_named(request.parent, "parent"), caller)
        return self._page(sheets, place, question, size)

    async def _one(self, subject_id: UUID, caller: Any) -> Dated:
        sheet = await store.own_sheet(self._db, subject_id, caller.site_id, caller.partner_id)
        if sheet is None:
            raise NotFound("subject")
        return [(sheet, _LAST[0])]

    def _page(self, sheets: Dated, place: list[Any] | None, question: list[str], size: int) -> pb.ListClaimsResponse:
        """The claims from `place` on: (moment, subject, claims of it that were shown). The last sheet of more than fit
        begins the next page, so that subjects without claims end nothing."""
        rest, rows = sheets[size:], []
        for sheet, moment in sheets[:size]:
            shown = place[2] if place and place[1] == sheet.subject_id else 0
            rows += [(sheet, moment, at) for at in range(shown, len(sheet.claims))]
        answer = pb.ListClaimsResponse(
            claims=[partner_claim(sheet.claims[at], sheet.subject_id) for sheet, _, at in rows[:size]]
        )
        for sheet, moment, at in [*rows[size:], *((sheet, moment, 0) for sheet, moment in rest)][:1]:
            answer.next_page_token = self._pages.token(question, [moment.isoformat(), sheet.subject_id, at])
        return answer
