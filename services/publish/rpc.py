"""PublicationService: what readers see, and every change of it, for partner organisations."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import grpc.aio
from plumbline.events.v1 import common_pb2, publication_pb2
from plumbline.partner.v1 import publication_service_pb2 as partner_pb2
from plumbline.partner.v1 import publication_service_pb2_grpc as partner_grpc

from services.publish import presenting, reading
from shared.errors import NotFound, Refused
from shared.grpc import CALLER, Rpc
from shared.service import Resources

SERVICE = "plumbline.partner.v1.PublicationService"
BATCH = 100
LOOK_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0
_STANCES = {
    common_pb2.STANCE_SUPPORTS: "supports",
    common_pb2.STANCE_CONTRADICTS: "contradicts",
    common_pb2.STANCE_DISCUSSES: "discusses",
}


class Publications(partner_grpc.PublicationServiceServicer):
    """Panels of the caller's own site; everything else is NOT_FOUND."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._token_key = resources.master.derive("publish", "resume-token")

    async def GetPanel(self, request: partner_pb2.GetPanelRequest, context: grpc.aio.ServicerContext) -> Any:
        prefix, _, text = request.name.partition("/")
        try:
            article_id = UUID(text)
        except ValueError:
            article_id = None
        if prefix != "articles" or article_id is None:
            raise Refused("INVALID_NAME", "A name looks like articles/{id}.", field="name", status=400)
        found = await reading.panel(self._resources.db, article_id, CALLER.get().site_id)
        if found is None:
            raise NotFound("article")
        return partner_panel(*found)

    async def WatchPublications(
        self, request: partner_pb2.WatchPublicationsRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[partner_pb2.WatchPublicationsResponse]:
        """Panels in the order they changed. A token is good for as long as the log reaches back to it."""
        caller = CALLER.get()
        db = self._resources.db
        head, tail = await reading.log_ends(db)
        at = head
        if request.resume_token:
            at = self._read_token(request.resume_token, caller.key_id)
            if tail and at < tail - 1:
                message = "The token is older than what is kept; start again with from_start."
                raise Refused("RESUME_TOKEN_COMPACTED", message, field="resume_token", status=400)
        elif request.from_start:
            at = 0
            while batch := await reading.panels_after(db, caller.site_id, at, BATCH):
                for revision, panel in batch:
                    at = revision
                    yield self._told(panel, revision, caller.key_id)
            at = max(at, head)
        quiet = 0.0
        while True:
            batch = await reading.log_after(db, caller.site_id, at, BATCH)
            for revision, panel in batch:
                at = revision
                yield self._told(panel, revision, caller.key_id)
            if batch:
                quiet = 0.0
                continue
            await asyncio.sleep(LOOK_SECONDS)
            quiet += LOOK_SECONDS
            if quiet >= HEARTBEAT_SECONDS:
                quiet = 0.0
                yield partner_pb2.WatchPublicationsResponse(
                    heartbeat=partner_pb2.Heartbeat(), resume_token=self._token(at, caller.key_id)
                )

    def _told(self, panel: publication_pb2.Panel, revision: int, key_id: str) -> partner_pb2.WatchPublicationsResponse:
        return partner_pb2.WatchPublicationsResponse(
            panel=partner_panel(panel, revision), resume_token=self._token(revision, key_id)
        )

    def _token(self, revision: int, key_id: str) -> str:
        body = revision.to_bytes(8)
        return base64.urlsafe_b64encode(body + self._seal(body, key_id)).decode()

    def _read_token(self, token: str, key_id: str) -> int:
        try:
            raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        if len(raw) != 24 or not hmac.compare_digest(raw[8:], self._seal(raw[:8], key_id)):
            raise Refused("INVALID_TOKEN", "This token was not given to this key.", field="resume_token", status=400)
        return int.from_bytes(raw[:8])

    def _seal(self, body: bytes, key_id: str) -> bytes:
        return hmac.digest(self._token_key, body + key_id.encode(), hashlib.sha256)[:16]


def partner_panel(panel: publication_pb2.Panel, revision: int) -> partner_pb2.Panel:
    """A panel in partners' words."""
    wire = partner_pb2.Panel(
        name=f"articles/{panel.article_id}",
        title=panel.title,
        url=panel.url,
        revision=revision,
        withdrawn=panel.withdrawn,
        complete=panel.complete,
        claims=[_claim(one) for one in panel.claims],
        evidence=[_evidence(one) for one in panel.evidence],
    )
    wire.update_time.CopyFrom(panel.updated_at)
    return wire


def _claim(one: publication_pb2.PanelClaim) -> partner_pb2.PanelClaim:
    claim, outcome = one.claim, one.outcome
    return partner_pb2.PanelClaim(
        claim_id=claim.claim_id,
        text=claim.text,
        source_name=claim.attribution.source_name,
        source_kind=presenting.source_kind(claim),
        status=presenting.status_of(one),
        rating=outcome.rating,
        headline=outcome.headline,
        explanation=outcome.explanation,
        reviewed_by=outcome.reviewed_by,
        citations=[
            partner_pb2.Citation(evidence_id=c.evidence_id, exact=c.exact, stance=_STANCES.get(c.stance, ""))
            for c in outcome.citations
        ],
    )


def _evidence(one: common_pb2.Evidence) -> partner_pb2.Evidence:
    wire = partner_pb2.Evidence(
        evidence_id=one.evidence_id, url=one.url, title=one.title, publisher=one.publisher, sha256=one.sha256
    )
    wire.fetch_time.CopyFrom(one.fetched_at)
    if one.HasField("published_at"):
        wire.publish_time.CopyFrom(one.published_at)
    return wire


def publications(resources: Resources) -> Rpc:
    """The service for a partner door."""
    servicer = Publications(resources)

    def register(server: grpc.aio.Server) -> None:
        partner_grpc.add_PublicationServiceServicer_to_server(servicer, server)

    return Rpc(SERVICE, register, {"GetPanel": "panels.read", "WatchPublications": "panels.read"})
