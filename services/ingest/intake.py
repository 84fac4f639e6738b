"""From checked events to what is told of them: everything about one delivery happens in one transaction, or nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.ingest import store
from services.ingest.cloud_events import CmsEvent
from services.ingest.model import News, Origin, Outcome
from services.ingest.payloads import read_news
from services.ingest.settling import Settling
from services.ingest.store import Delivery, Submission
from shared.clock import Clock
from shared.errors import Refused
from shared.ids import Ids
from shared.outbox import Outbox, Unit
from shared.vault import MasterKey, Vault

OffLoop = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery as it came in: whose, through which door, its bytes and headers."""

    origin: Origin
    door: str
    body: bytes
    headers_sha256: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sender is told about one event: the id to ask with, and what became of it."""

    submission_id: UUID
    event_id: str
    outcome: Outcome
    article_id: UUID | None = None
    comment_id: UUID | None = None


def headers_digest(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Tells two deliveries' headers apart without keeping them."""
    digest = hashlib.sha256()
    for name, value in headers:
        digest.update(name.lower() + b"\x00" + value + b"\x00")
    return digest.digest()


class Intake:
    """Takes in deliveries of CMS events."""

    def __init__(
        self, outbox: Outbox, vault: Vault, master: MasterKey, *, ids: Ids, clock: Clock, off_loop: OffLoop
    ) -> None:
        self._outbox, self._vault, self._master = outbox, vault, master
        self._ids, self._clock, self._off_loop = ids, clock, off_loop

    async def read(self, events: Sequence[CmsEvent], received_at: datetime) -> list[News]:
        """The events in the domain's words; parsing runs off the event loop. Raises Refused naming the field."""
        return await self._off_loop(_read_all, events, received_at)  # type: ignore[no-any-return]

    async def take(
        self, parcel: Parcel, webhook_id: str, events: Sequence[CmsEvent], news: Sequence[News]
    ) -> list[Receipt]:
        """Take in a delivery from HTTP: a receipt per event, in order. A repetition changes nothing."""
        source, sender_key = parcel.origin.source_id, f"w:{webhook_id}"
        keys = [_event_key(event) for event in events]
        firsts = {key: at for at, key in reversed(list(enumerate(keys)))}
        own = {key: self._ids.new() for key in keys}
        told: dict[str, Submission] = {}
        try:
            async with self._outbox.transaction() as unit:
                named = [(sender_key, own[keys[0]]), *own.items()]
                fresh = await store.enter(unit, source, named, now=parcel.received_at)
                if sender_key not in fresh:
                    raise _Repeated
                new = [key for key in own if key in fresh]
                if new:
                    items = [(own[key], events[firsts[key]], news[firsts[key]]) for key in new]
                    told = dict(zip(new, await self.apply(unit, parcel, items), strict=True))
                earlier = await store.known(unit, source, keys) if len(new) < len(keys) else {}
        except _Repeated:
            earlier = await store.known(self._outbox.db, source, [sender_key, *keys])
        receipts = []
        for key, event in zip(keys, events, strict=True):
            submission = told.pop(key, None)
            first = earlier.get(key) or earlier.get(sender_key) or own[key]
            receipts.append(_receipt(submission) if submission else Receipt(first, event.event_id, Outcome.DUPLICATE))
        return receipts

    async def apply(self, unit: Unit, parcel: Parcel, items: Sequence[tuple[UUID, CmsEvent, News]]) -> list[Submission]:
        """Within a transaction: settle each event against what is known, save, tell, and keep the delivery."""
        settling = await Settling.begin(unit, parcel.origin, [news for _, _, news in items])
        submissions = [
            settling.settle(submission_id, event, news, self._outbox.epoch, self._author_key)
            for submission_id, event, news in items
        ]
        await settling.save()
        await self._keep(unit, parcel, submissions)
        return submissions

    async def reject(self, unit: Unit, parcel: Parcel, error: Refused, event: CmsEvent | None = None) -> UUID:
        """Keep a delivery that was refused, with the reason; returns the id to ask with."""
        refused = Submission(
            self._ids.new(),
            event.event_id if event else "",
            event.type if event else "",
            Outcome.REJECTED,
            reason=error.reason,
            field=error.field,
        )
        await self._keep(unit, parcel, [refused])
        return refused.submission_id

    async def _keep(self, unit: Unit, parcel: Parcel, submissions: Sequence[Submission]) -> None:
        day = parcel.received_at.date()
        delivery = Delivery(
            delivery_id=self._ids.new(),
            site_id=parcel.origin.site_id,
            source_id=parcel.origin.source_id,
            door=parcel.door,
            headers_sha256=parcel.headers_sha256,
            sealed=await self._vault.seal(unit, day, parcel.body),
            sealed_day=day,
            received_at=parcel.received_at,
        )
        await store.keep(unit, delivery, submissions)

    def _author_key(self, site_id: UUID, trait: str) -> str:
        pepper = self._master.derive("pepper", str(site_id))
        return hmac.new(pepper, trait.encode(), hashlib.sha256).hexdigest()[:32]


class _Repeated(Exception):
    """The sender used this webhook id before: what this transaction noted is given up."""


def _read_all(events: Sequence[CmsEvent], received_at: datetime) -> list[News]:
    return [read_news(event, received_at=received_at) for event in events]


def _event_key(event: CmsEvent) -> str:
    return f"e:{event.source} {event.event_id}"


def _receipt(submission: Submission) -> Receipt:
    return Receipt(
        submission.submission_id,
        submission.event_id,
        submission.outcome,
        submission.article_id,
        submission.comment_id,
    )
