"""Texts to be checked before they are published: taken in once, told, and answered with what opens their report."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.ingest import draft_store, store
from services.ingest.contract import tell_draft
from services.ingest.engine.block_ids import give_ids
from services.ingest.model import REPORT_FOR, Draft, DraftNews, Origin, text_sha256
from services.ingest.payloads import read_draft
from shared.events import NEVER
from shared.ids import Ids
from shared.outbox import Outbox
from shared.vault import MasterKey


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the sender of a draft is told. Whoever holds `token` reads the report until `expires_at`."""

    draft_id: UUID
    token: str
    expires_at: datetime


class Drafting:
    """Takes in drafts. No raw copy is kept: what is not published yet stands in as few places as can be."""

    def __init__(self, outbox: Outbox, master: MasterKey, *, ids: Ids, off_loop: Callable[..., Awaitable[Any]]) -> None:
        self._outbox, self._ids, self._off_loop = outbox, ids, off_loop
        self._key = master.derive("ingest", "draft-token")

    async def read(self, data: dict[str, Any]) -> DraftNews:
        """The text in the domain's words, read off the event loop. Raises Refused naming the field."""
        return await self._off_loop(read_draft, data)  # type: ignore[no-any-return]

    async def take(self, origin: Origin, webhook_id: str, news: DraftNews, now: datetime) -> Ticket:
        """Take in a draft and tell it; a webhook id used before gets the answer it got then, and changes nothing."""
        key, draft_id = f"d:{webhook_id}", self._ids.new()
        async with self._outbox.transaction() as unit:
            if not await store.enter(unit, origin.source_id, [(key, draft_id)], now=now):
                earlier, submitted_at = await draft_store.first_use(unit, origin.source_id, key)
                return self._ticket(earlier, submitted_at)
            ticket = self._ticket(draft_id, now)
            draft_of = origin.article_id(news.external_id) if news.external_id else None
            url = news.url or (await draft_store.article_url(unit, draft_of) if draft_of else "")
            event = tell_draft(self._draft(origin, news, ticket, draft_of=draft_of, url=url, submitted_at=now))
            told = event.message.SerializeToString(deterministic=True)
            await draft_store.save(unit, draft_id, origin, told, expires_at=ticket.expires_at)
            unit.emit(event)
        return ticket

    def _ticket(self, draft_id: UUID, submitted_at: datetime) -> Ticket:
        made = hmac.digest(self._key, draft_id.bytes, hashlib.sha256)
        token = base64.urlsafe_b64encode(made).rstrip(b"=").decode()
        return Ticket(draft_id, token, submitted_at + REPORT_FOR)

    def _draft(
        self,
        origin: Origin,
        news: DraftNews,
        ticket: Ticket,
        *,
        draft_of: UUID | None,
        url: str,
        submitted_at: datetime,
    ) -> Draft:
        blocks = give_ids(news.passages, (), article_id=str(ticket.draft_id))
        return Draft(
            draft_id=ticket.draft_id,
            site_id=origin.site_id,
            source_id=origin.source_id,
            draft_of=draft_of,
            version=NEVER.next(self._outbox.epoch),
            url=url,
            title=news.title,
            language=news.language,
            blocks=blocks,
            links=news.links,
            text_sha256=text_sha256(news.title, blocks),
            submitted_at=submitted_at,
            token_sha256=hashlib.sha256(ticket.token.encode()).hexdigest(),
        )
