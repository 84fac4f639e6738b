"""The HTTP door of ingest: signed deliveries in, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.ingest import store
from services.ingest.cloud_events import media_type, read_http, refuse_other_than_json
from services.ingest.drafting import Drafting
from services.ingest.intake import Intake, Parcel, Receipt, headers_digest
from services.ingest.model import Origin, Outcome
from services.ingest.signatures import BadSignature, verify
from services.ingest.sources import Sealer, find_source
from shared.clock import Clock
from shared.errors import NotFound, Refused
from shared.outbox import Outbox
from shared.problem import problem_of, problem_response
from shared.strict_json import parse_json

SUBMISSION_HEADER = "x-submission-id"


class Api:
    """`POST /v1/ingest/{source}`, `POST /v1/check/{source}` and `GET /v1/submissions/{submission_id}`."""

    def __init__(self, intake: Intake, drafting: Drafting, outbox: Outbox, sealer: Sealer, clock: Clock) -> None:
        self._drafting = drafting
        self._intake, self._outbox, self._sealer, self._clock = intake, outbox, sealer, clock

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("/v1/ingest/{source}", self.ingest, methods=["POST"]),
            Route("/v1/check/{source}", self.check, methods=["POST"]),
            Route("/v1/submissions/{submission_id}", self.submission, methods=["GET"]),
        )

    async def ingest(self, request: Request) -> Response:
        """202 with a submission id; 200 for what changes nothing (`duplicate`, `stale`); a problem names its field.

        The order of checks: size (by the door), media type, signature, then the words. A refusal of a signed delivery
        is kept too, and answers with its id in `x-submission-id`.
        """
        media = media_type(request.headers.get("content-type", ""))
        origin, webhook_id, body, now = await self._signed(request)
        parcel = Parcel(origin, "http", body, headers_digest(request.headers.raw), now)
        try:
            events = read_http(request.headers.items(), body, media)
            news = await self._intake.read(events, now)
        except Refused as error:
            return await self._refused(parcel, error)
        receipts = await self._intake.take(parcel, webhook_id, events, news)
        accepted = any(receipt.outcome is Outcome.ACCEPTED for receipt in receipts)
        content = [_told(receipt) for receipt in receipts]
        answer = {"submissions": content} if len(events) > 1 else content[0]
        return JSONResponse(answer, 202 if accepted else 200)

    async def check(self, request: Request) -> Response:
        """202 with what opens the report of a text that is not published yet; a repetition gets the same answer.

        Signed as a delivery is. Neither the raw text nor a refused one is kept.
        """
        refuse_other_than_json(request.headers.get("content-type", ""))
        origin, webhook_id, body, now = await self._signed(request)
        news = await self._drafting.read(parse_json(body))
        ticket = await self._drafting.take(origin, webhook_id, news, now)
        answer = {
            "draft": str(ticket.draft_id),
            "report": f"/v1/drafts/{ticket.draft_id}/report",
            "token": ticket.token,
            "expires_at": ticket.expires_at.isoformat(),
        }
        return JSONResponse(answer, 202)

    async def _signed(self, request: Request) -> tuple[Origin, str, bytes, datetime]:
        """Whose delivery this is, its webhook id, its bytes, and the moment. Raises BadSignature for every doubt."""
        _refuse_encoding(request)
        body = await request.body()
        now = self._clock.now()
        source = await find_source(self._outbox.db, self._sealer, request.path_params["source"], now=now)
        webhook_id = verify(source.keys if source else (), request.headers.raw, body, now=now)
        if source is None:
            raise BadSignature
        return source.origin, webhook_id, body, now

    async def submission(self, request: Request) -> Response:
        """What became of one event of a delivery, for whoever holds its id."""
        try:
            submission_id = UUID(request.path_params["submission_id"])
        except ValueError:
            raise NotFound("submission") from None
        row = await store.submission(self._outbox.db, submission_id)
        if row is None:
            raise NotFound("submission")
        found = {name: row[name] for name in ("event_id", "event_type", "outcome", "reason", "field", "told")}
        for name in ("submission_id", "article_id", "comment_id"):
            found[name] = str(row[name]) if row[name] else None
        return JSONResponse({**found, "received_at": row["received_at"].isoformat()})

    async def _refused(self, parcel: Parcel, error: Refused) -> Response:
        async with self._outbox.transaction() as unit:
            submission_id = await self._intake.reject(unit, parcel, error)
        response = problem_response(problem_of(error))
        response.headers[SUBMISSION_HEADER] = str(submission_id)
        return response


def _told(receipt: Receipt) -> dict[str, Any]:
    told: dict[str, Any] = {"submission_id": str(receipt.submission_id), "event_id": receipt.event_id}
    if receipt.outcome in {Outcome.DUPLICATE, Outcome.STALE}:
        told[receipt.outcome.value] = True
    for name, value in (("article_id", receipt.article_id), ("comment_id", receipt.comment_id)):
        if value is not None:
            told[name] = str(value)
    return told


def _refuse_encoding(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(
            "UNSUPPORTED_ENCODING", "Send the body without content-encoding.", field="content-encoding", status=415
        )
