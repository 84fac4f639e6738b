"""The report on a draft, for whoever holds its token: at once, or when it is done."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.publish import draft_store, presenting
from services.publish.api import uuid_of
from services.publish.drafts import DraftCheck, Judged, judge
from services.publish.live import Watchers
from services.publish.panel_json import claim_json, evidence_json
from services.publish.waiting import Waits
from services.publish.wording import RatingStep
from shared.errors import NotFound, Refused
from shared.service import Resources
from shared.web.pages import iso

LONGEST_WAIT = 30
ARRIVES_WITHIN = 5.0
"""So long a report that nobody heard of yet may be waited for: its draft is on the way from another service."""

_TOKEN = re.compile(r"Bearer ([A-Za-z0-9_-]{22,128})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DraftDoor:
    """`GET /v1/drafts/{draft_id}/report`. A missing draft, a wrong token and an expired report answer the same."""

    resources: Resources
    watchers: Watchers
    waits: Waits

    def routes(self) -> tuple[BaseRoute, ...]:
        return (Route("/v1/drafts/{draft_id}/report", self.report),)

    async def report(self, request: Request) -> Response:
        """The report as it stands, or, with `wait`, as soon as it is done or the seconds are over."""
        draft_id = uuid_of(request.path_params["draft_id"], "report")
        token = _TOKEN.fullmatch(request.headers.get("authorization", ""))
        if token is None:
            raise NotFound("report")
        seconds = _seconds(request.query_params.get("wait", "0"))
        check, judged, scheme = await self._found(draft_id, token[1], seconds)
        return JSONResponse(_json(check, judged, scheme), headers={"cache-control": "no-store"})

    async def _found(
        self, draft_id: UUID, token: str, seconds: int
    ) -> tuple[DraftCheck, Judged, tuple[RatingStep, ...]]:
        """Raises NotFound when the token opens nothing, also not after a moment, and TooMany where nobody more may wait."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        held: str | None = None
        with ExitStack() as seat:
            async with self.watchers.watch(draft_id) as queue:
                while True:
                    check = await draft_store.find(self.resources.db, draft_id) or DraftCheck()
                    opened = check.opens(token, self.resources.clock.now())
                    left = started + (seconds if opened else min(seconds, ARRIVES_WITHIN)) - loop.time()
                    if opened and check.draft is not None:
                        scheme = presenting.scheme_of(await self.resources.directory.site(UUID(check.draft.site_id)))
                        judged = judge(check, scheme)
                        if judged.done or left <= 0:
                            return check, judged, scheme
                    elif left <= 0:
                        raise NotFound("report")
                    source = f"{check.draft.site_id} {check.draft.source}" if opened and check.draft is not None else ""
                    if held != source:
                        seat.close()
                        seat.enter_context(self.waits.hold(source))
                        held = source
                    try:
                        await asyncio.wait_for(queue.get(), left)
                    except TimeoutError:
                        continue  # one last look: what came in this moment still counts


def _seconds(given: str) -> int:
    if not (given.isascii() and given.isdecimal()) or len(given) > 2 or int(given) > LONGEST_WAIT:
        raise Refused("INVALID_NUMBER", f"wait is a whole number of seconds from 0 to {LONGEST_WAIT}.", field="wait")
    return int(given)


def _json(check: DraftCheck, judged: Judged, scheme: tuple[RatingStep, ...]) -> dict[str, Any]:
    assert check.draft is not None
    draft, evidence = check.draft, {one.evidence_id: one for one in judged.evidence}
    claims = [claim_json(one, number, evidence, "", scheme) for number, one in enumerate(judged.claims, 1)]
    for claim in claims:
        del claim["url"]  # a draft's claims have no page
    return {
        "draft": draft.draft_id,
        "draft_of": draft.draft_of or None,
        "title": draft.title,
        "state": "done" if judged.done else "checking",
        "decision": judged.decision.value,
        "reasons": [
            {"decision": reason.decision.value, "words": reason.words, "claim_id": reason.claim_id or None}
            for reason in judged.reasons
        ],
        "claims": claims,
        "evidence": [evidence_json(one) for one in judged.evidence],
        "text_sha256": draft.text_sha256,
        "expires_at": iso(draft.expires_at.ToDatetime(tzinfo=UTC)),
    }
